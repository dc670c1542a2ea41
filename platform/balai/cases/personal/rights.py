"""What a person may demand of what was found: a copy, a correction, deletion, restriction. Each act is audited."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from balai import audit, keys, notify
from balai.billing import personal as bills
from balai.cases import catalogue, timeline, wording
from balai.cases.models import Case
from balai.cases.moving import lock
from balai.cases.people import Person
from balai.cases.personal import forget, lookups, marks
from balai.cases.personal.people import Found, Hit, forget_profiles, standing_consents, withdraw_consent
from balai.cases.personal.shield import LANDMARK
from balai.cases.values import CHECKS, ValueFault, clean_text, email, phone
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.keys import find_traces, mask_traces
from balai.web.i18n import gettext as _

CONTACT: Final = ("name", "phone", "email")
_CORRECTED: Final = frozenset({"text", "longtext", "nik", "phone", "email", "date"})


@dataclass(slots=True)
class Deleted:
    """What a deletion did. cases: parts of which went at once; later: open ones, cleaned once they are closed; held: kept
    under a legal hold; profiles: deleted; bills: whose contact went (name and sums stay ten years); open_bills: later, too.
    """

    cases: int = 0
    later: int = 0
    profiles: int = 0
    bills: int = 0
    open_bills: int = 0
    held: list[str] = field(default_factory=list)


def copy_of(session: TenantSession, found: Found, *, request: str, by: str = "officer") -> dict[str, Any]:
    """Everything of the person as plain JSON values. Audited. Of cases that others filed only the person's own numbers."""
    data = {"request": request, "by": by, "cases": len(found.hits)}
    audit.record(session, "privacy.copied", subject_kind="request", subject_id=request, data=data)
    return {
        "dibuat": now().isoformat(),
        "dicari_dengan": dict(found.given),
        "profil": [
            {part: keys.reveal(session, profile, part) for part in CONTACT} | {"sejak": profile.created_at.isoformat()}
            for profile in found.profiles
        ],
        "persetujuan": [
            {"kalimat": c.wording, "setuju": c.given, "pada": c.at.isoformat(), "tujuan": c.purpose}
            for c in found.consents
        ],
        "laporan": [_case(session, hit.case) for hit in found.hits if hit.as_reporter],
        "disebut_dalam": [_mention(session, hit, found.given) for hit in found.hits if not hit.as_reporter],
        "mengikuti": [{"jenis": f.kind, "sejak": f.added_at.isoformat()} for f in found.followed],
        "tagihan": bills.copy_of(session, found.bills),
    }


def _case(session: TenantSession, case: Case) -> dict[str, Any]:
    service = catalogue.rules(session, case)
    answers = forget.sealed_answers(session, case)
    labels = {f.key: f for f in service.fields}
    values = {**case.data, **{k: v for k, v in answers.items() if k != LANDMARK}}
    entries = timeline.for_reporter(timeline.read(session, case, whole=True))
    return {
        "kode": case.code,
        "layanan": service.title,
        "masuk": case.filed_at.isoformat(),
        "keadaan": wording.state_label(service, case.state),
        "kontak": {part: keys.reveal(session, case, f"contact_{part}") for part in CONTACT},
        "isi": {labels[k].label if k in labels else k: _plain(labels.get(k), v) for k, v in values.items()},
        "tempat": {
            "wilayah": case.region,
            "patokan": answers.get(LANDMARK, case.landmark),
            "lintang": case.latitude,
            "bujur": case.longitude,
        },
        "perjalanan": [
            {"pada": e.event.at.isoformat(), "apa": e.event.kind, "kata": list(e.words.values())} for e in entries
        ],
        "pesan": [
            dict(zip(("judul", "isi"), notify.text_of(session, m), strict=True)) for m in notify.box(session, case.id)
        ],
    }


def _plain(asked: Any, value: Any) -> str:
    return wording.answer_text(asked, value) if asked is not None else str(value)


def _mention(session: TenantSession, hit: Hit, given: Mapping[str, str]) -> dict[str, Any]:
    """A case of somebody else in which the person's number stands: only that, the rest is the other's."""
    service = catalogue.rules(session, hit.case)
    where = [
        f.label
        for f in service.fields
        if f.personal and forget.sealed_answers(session, hit.case).get(f.key) in given.values()
    ]
    return {
        "kode_ditutup": True,
        "layanan": service.title,
        "masuk": hit.case.filed_at.date().isoformat(),
        "isian": where or [_("di dalam uraian")],
    }


def correct(session: TenantSession, case_id: uuid.UUID, what: str, value: str, *, person: Person, request: str) -> Case:
    """Put right a contact (`contact.phone`) or a sealed answer (`field.<key>`) of a case; Invalid says what can't be."""
    case = lock(session, case_id)
    part, _dot, key = what.partition(".")
    if part == "contact" and key in CONTACT and case.anonymity == "named":
        _correct_contact(session, case, key, value)
    elif part == "field":
        _correct_answer(session, case, key, value)
    else:
        raise NotFound
    told = _("Data pribadi diperbaiki atas permintaan %(code)s.", code=request)
    timeline.append(session, case, "noted", person, public=False, data={"corrected": what}, words={"note": told})
    data = {"request": request, "code": case.code, "what": what}
    audit.record(session, "privacy.corrected", subject_kind="case", subject_id=case.id, data=data)
    session.flush()
    return case


def _correct_contact(session: TenantSession, case: Case, part: str, value: str) -> None:
    checks: dict[str, Any] = {"name": lambda raw: clean_text(raw, least=1, most=120), "phone": phone, "email": email}
    new = _checked(checks[part], value)
    old = keys.reveal(session, case, f"contact_{part}") or ""
    keys.seal(session, case, f"contact_{part}", new)
    if part != "name":
        lookups.drop(session, case.id, lookups.of_reporter(session, **{part: old}))
        lookups.add(session, case.id, lookups.of_reporter(session, **{part: new}))


def _correct_answer(session: TenantSession, case: Case, key: str, value: str) -> None:
    service = catalogue.rules(session, case)
    answers = forget.sealed_answers(session, case)
    asked = next((f for f in service.fields if f.key == key), None)
    if key not in answers or asked is None or asked.type not in _CORRECTED:
        raise NotFound
    new = _checked(lambda raw: CHECKS[asked.type](asked, raw), value)
    forget.forget_fields(session, case, service, {key})
    kept = forget.sealed_answers(session, case) | {key: new}
    found = lookups.of_answers(session, service, {key: new})
    if not asked.personal:
        case.data = {**case.data, key: mask_traces(new)}
        found = lookups.of_traces(session, find_traces(new))
    forget.keep_answers(session, case, kept)
    lookups.add(session, case.id, found)


def _checked(check: Any, value: str) -> Any:
    try:
        return check(value)
    except ValueFault as fault:
        raise Invalid.field("value", str(fault)) from None


def delete(
    session: TenantSession, found: Found, *, reason: str, request: str, by_member: uuid.UUID | None = None
) -> Deleted:
    """Take the person out of all that was found: closed cases at once, open ones once they are closed, held ones never."""
    why = marks.written_reason(reason)
    done = Deleted(profiles=forget_profiles(session, found.profiles))
    for consent in standing_consents(found):
        withdraw_consent(session, consent)
    for follower in found.followed:
        follower.contact, follower.person, follower.words, follower.wants_news = None, None, None, False
    for hit in found.hits:
        _delete_from(session, hit, found.given, done, why, request, by_member)
    paid = bills.forget_contact(session, found.bills)
    done.bills, done.open_bills = paid.cleaned, paid.later
    done.held += paid.kept
    data = {"request": request, "cases": done.cases, "later": done.later, "held": done.held, "profiles": done.profiles,
            "bills": done.bills, "open_bills": done.open_bills}  # fmt: skip
    audit.record(session, "privacy.deleted", subject_kind="request", subject_id=request, data=data | {"reason": why})
    session.flush()
    return done


def _delete_from(
    session: TenantSession,
    hit: Hit,
    given: Mapping[str, str],
    done: Deleted,
    why: str,
    request: str,
    by_member: uuid.UUID | None,
) -> None:
    case = lock(session, hit.case.id)
    if "hold" in marks.marks_of(session, case.id):
        done.held.append(case.code)
        return
    if case.is_open:
        marks.mark(session, case, "forget", why, by_member=by_member, request=request)
        done.later += 1
        return
    service = catalogue.rules(session, case)
    if hit.as_reporter:
        gone = ["contact"] if forget.forget_contact(session, case) else []
        gone += ["words"] if forget.forget_words(session, case, service) else []
        gone += ["files"] if forget.forget_files(session, case, reason=why) else []
    else:
        names = _keys_with(session, case, given)
        gone = ["fields"] if forget.forget_fields(session, case, service, names) else []
    if gone:
        person = Person("staff", member_id=by_member) if by_member else Person("citizen")
        timeline.append(session, case, "redacted", person, public=False, data={"request": request, "parts": gone})
        done.cases += 1


def _keys_with(session: TenantSession, case: Case, given: Mapping[str, str]) -> set[str]:
    """Sealed answers that are, or hold, one of the person's numbers."""
    wanted = set(given.values())
    return {
        key
        for key, value in forget.sealed_answers(session, case).items()
        if value in wanted or (isinstance(value, str) and {t.value for t in find_traces(value)} & wanted)
    }


def restrict(
    session: TenantSession, found: Found, *, reason: str, request: str, by_member: uuid.UUID | None = None
) -> int:
    """Keep what was found, but neither show nor use it any more until somebody lifts it; how many cases."""
    for case in found.own:
        marks.mark(session, case, "restricted", reason, by_member=by_member, request=request)
    return len(found.own)
