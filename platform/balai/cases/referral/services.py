"""Hand a case to whom it belongs: name a body, or ask its reporter, hear the answer, send it on.

Every step here is a step of the case's rules (`flow.with_ways`), taken under its lock; the words of a step name the receiver, so
that timeline, tracking page and message all say the same.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import select

from balai import audit, files, keys, places
from balai.cases import access, catalogue, telling
from balai.cases.forms import check_step, place_field
from balai.cases.models import Case, CaseFile, CaseLink, Referral
from balai.cases.moving import apply_step, lock, require_fresh
from balai.cases.people import SYSTEM, Person
from balai.cases.personal import marks
from balai.cases.referral import flow, receivers, sending
from balai.clock import now
from balai.contracts import Service, Transition
from balai.db import TenantSession, new_id
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.jobs import defer
from balai.web.i18n import gettext as _

RUNNING: Final = ("asked", "agreed")
# How staff may have heard the answer; the reporter's own is "link".
HEARD: Final = ("counter", "phone", "letter", "whatsapp")
OWN: Final = "link"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What may go along. region: village or district there; landmark: in words; files: ids; contact: name, phone, e-mail too;
    sub: the account, when they were signed in.
    """

    region: str = ""
    landmark: str = ""
    files: tuple[str, ...] = ()
    contact: bool = False
    sub: str | None = None


def running(session: TenantSession, case: Case) -> Referral | None:
    """The referral that a case waits for."""
    query = select(Referral).where(Referral.case_id == case.id, Referral.state.in_(RUNNING))
    return session.scalars(query).first()


def latest(session: TenantSession, case: Case) -> Referral | None:
    """The last attempt, whatever became of it."""
    query = select(Referral).where(Referral.case_id == case.id).order_by(Referral.id.desc()).limit(1)
    return session.scalars(query).first()


def take(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    person: Person,
    fields: Mapping[str, Any],
    demands: Sequence[str],
) -> Case | None:
    """Steps that only this room can take, for `moving.move_case`; None = an ordinary step. The case is locked.

    demands: what is asked for at this step, of this case.
    """
    if step.key.startswith(flow.AGREE):
        allowed = {"region", "landmark", "files", "contact"}
        if wrong := [FieldError(str(key), _("Isian ini tidak dikenal.")) for key in fields if key not in allowed]:
            raise Invalid(wrong)
        return answer(session, case.id, agreed=True, given=fields, person=person)
    if step.key.startswith(flow.REFUSE):
        return answer(session, case.id, agreed=False, given={}, person=person)
    if step.key.startswith(flow.WITHDRAW):
        return _withdraw(session, case, service, step, person, check_step(service, demands, fields))
    if not flow.leads_away(service, step):
        return None
    words, answers = check_step(service, demands, fields)
    receiver = receivers.parse(session, case, service, words["receiver"])
    if receiver.tenant is not None:
        return _ask(session, case, service, step, person, receiver, words, answers)
    return _tell(session, case, service, step, person, receiver, words, answers)


def _tell(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    person: Person,
    receiver: receivers.Receiver,
    words: Mapping[str, str],
    answers: Mapping[str, Any],
) -> Case:
    """End the case with the contact of a body."""
    told = {**words, "receiver": receiver.text}
    made = _referral(case, "body", step, receiver, person)
    made.state, made.settled_at = "told", made.asked_at
    made.body_id = receiver.body.id if receiver.body else None
    session.add(made)
    _link(session, case, "", receiver.body.name if receiver.body else "")
    event = apply_step(session, case, service, step, person, words=told, answers=answers)
    telling.case_moved(session, case, service, step, event, told)
    return case


def _ask(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    person: Person,
    receiver: receivers.Receiver,
    words: Mapping[str, str],
    answers: Mapping[str, Any],
) -> Case:
    """Ask the reporter whether the other region may have it; the clock stands still meanwhile."""
    assert receiver.tenant is not None  # noqa: S101 - asked by the caller
    marks.require_unrestricted(session, case.id)
    made = _referral(case, "region", step, receiver, person)
    made.state, made.client_id = "asked", uuid.uuid4()
    made.region_code, made.region_name = receiver.tenant.region_code or "", receiver.tenant.name
    made.service_id = receiver.service_id
    session.add(made)
    asking = service.workflow.transition(flow.ASK + case.state)
    told = {"reason": words.get("reason", ""), "receiver": receiver.text}
    told = {key: text for key, text in told.items() if text}
    event = apply_step(session, case, service, asking, person, words=told, answers=answers)
    telling.case_moved(session, case, service, asking, event, told)
    return case


def _referral(case: Case, kind: str, step: Transition, receiver: receivers.Receiver, person: Person) -> Referral:
    return Referral(
        id=new_id(), case_id=case.id, kind=kind, step=step.key, receiver=receiver.text, asked_at=now(),
        asked_by=person.member_id, region_code="", region_name="", service_id="", answered_via="", other_code="", problem="",
    )  # fmt: skip


def _link(session: TenantSession, case: Case, code: str, name: str) -> None:
    session.add(
        CaseLink(case_id=case.id, kind="handed_over", other_id=None, other_code=code, receiver=name, made_at=now())
    )


def answer(
    session: TenantSession,
    case_id: uuid.UUID,
    *,
    agreed: bool,
    given: Mapping[str, Any],
    person: Person,
    via: str = OWN,
    sub: str | None = None,
    seen: int | None = None,
) -> Case:
    """The reporter's yes or no; from staff (`via` tells how they heard it) it is audited, and the reporter is told.

    given: region, landmark, files (ids of the case's files), contact (bool), of which only a yes needs any. A no ends the case:
    it isn't this region's, and the reporter has the other one's address. Raises Conflict when nothing is asked (any more).
    """
    case = lock(session, case_id)
    _require_asked(session, case, person, via)
    require_fresh(session, case, seen)
    made = running(session, case)
    if made is None or made.state != "asked" or not flow.is_asked(case.state):
        raise Conflict(
            _("Tidak ada izin yang sedang ditunggu untuk laporan ini."), slug="tidak-ditanya", state=case.state
        )
    service, source = catalogue.rules(session, case), flow.source_of(case.state)
    made.answered_at, made.answered_by, made.answered_via = now(), person.member_id, via
    if agreed:
        marks.require_unrestricted(session, case.id)
        allowed = _agreed(session, case, made, given, sub)
        made.state = "agreed"
        keys.seal(session, made, "agreed", msgspec.json.encode(asdict(allowed)).decode())
        step = service.workflow.transition(flow.AGREE + source)
        left = case.due_left, case.due_for
        event = apply_step(session, case, service, step, person)
        # Should the other region not take it, the deadline goes on where it stopped.
        case.due_left, case.due_for = left
        defer(session, sending.send_referral, queueing_lock=f"referral:{made.id}", referral=made.id)
    else:
        made.state, made.settled_at = "refused", made.answered_at
        step = service.workflow.transition(flow.REFUSE + source)
        event = _keep(session, case, service, step, person, made)
    _note_answer(session, case, made, service, step, event, agreed)
    session.flush()
    return case


def _note_answer(
    session: TenantSession,
    case: Case,
    made: Referral,
    service: Service,
    step: Transition,
    event: Any,
    agreed: bool,
) -> None:
    if made.answered_via != OWN:
        data = {"code": case.code, "agreed": agreed, "via": made.answered_via, "region": made.region_code}
        audit.record(session, "case.consent_heard", subject_kind="case", subject_id=case.id, data=data)
    if step.message:
        telling.case_moved(session, case, service, step, event, {"receiver": made.receiver})
    elif made.answered_via != OWN:
        # Whoever is said to have agreed must learn of it.
        telling.referral(session, case, service, "refer_agreed", {"words": made.region_name})


def _require_asked(session: TenantSession, case: Case, person: Person, via: str) -> None:
    if not access.may_read(session, person, case):
        raise NotFound
    if person.kind == "staff":
        if not access.may_work(session, person, case):
            raise Forbidden(_("Laporan ini ditangani unit lain."))
        if via not in HEARD:
            raise Invalid.field("via", _("Pilih bagaimana pelapor menyampaikannya."))
    elif via != OWN:
        raise Invalid.field("via", _("Isian ini tidak dikenal."))


def _agreed(session: TenantSession, case: Case, made: Referral, given: Mapping[str, Any], sub: str | None) -> Agreed:
    """What was agreed to, checked: a place of the other region, files of this case."""
    region, landmark, chosen = (given.get(name) or "" for name in ("region", "landmark", "files"))
    faults: list[FieldError] = []
    if not isinstance(region, str) or not _is_place(session, made, region):
        faults.append(FieldError("region", _("Pilih desa atau kecamatan tempatnya di daerah itu.")))
    if not isinstance(landmark, str) or len(landmark) > 300:  # noqa: PLR2004 - as on the form
        faults.append(FieldError("landmark", _("Tulis patokannya dengan singkat.")))
    known = {str(file_id) for file_id, _name in own_files(session, case)}
    wanted = [str(key) for key in chosen] if isinstance(chosen, Sequence) and not isinstance(chosen, str) else []
    if (chosen and not wanted) or set(wanted) - known:
        faults.append(FieldError("files", _("Berkas ini bukan dari laporan Anda.")))
    if faults:
        raise Invalid(faults)
    return Agreed(
        region, " ".join(str(landmark).split()), tuple(dict.fromkeys(wanted)), given.get("contact") is True, sub
    )


def _is_place(session: TenantSession, made: Referral, code: str) -> bool:
    """Whether the other region's service has what it needs as a place."""
    tenant = receivers.other_region(session, made.region_code)
    if tenant is None:
        return True  # it left Balai meanwhile; the job finds out and gives the case back
    with receivers.inside(tenant) as there:
        try:
            asked = place_field(catalogue.service(there, made.service_id))
        except NotFound:
            return True
        if asked is None or (not code and not asked.required):
            return True
        return bool(code) and places.area(there, code) is not None


def own_files(session: TenantSession, case: Case) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of what the reporter attached and what is still there."""
    query = (
        select(files.File)
        .join(CaseFile, (CaseFile.tenant_id == files.File.tenant_id) & (CaseFile.file_id == files.File.id))
        .where(CaseFile.case_id == case.id, CaseFile.by_citizen)
        .order_by(CaseFile.id)
    )
    return [(f.id, files.filename(session, f)) for f in session.scalars(query) if f.is_readable]


def _keep(
    session: TenantSession, case: Case, service: Service, step: Transition, person: Person, made: Referral
) -> Any:
    """The reporter goes there on their own: the case ends, with the other region's address."""
    _link(session, case, "", made.region_name)
    return apply_step(session, case, service, step, person, words={"receiver": made.receiver})


def lapse(session: TenantSession, case: Case, service: Service, step: Transition) -> None:
    """Ten working days without an answer: nothing goes anywhere, and the reporter is told where to turn. The case is locked."""
    made = running(session, case)
    if made is None:
        return
    made.state = "lapsed"
    made.settled_at = now()
    event = _keep(session, case, service, step, SYSTEM, made)
    telling.case_moved(session, case, service, step, event, {"receiver": made.receiver})


def _withdraw(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    person: Person,
    checked: tuple[Mapping[str, str], Mapping[str, Any]],
) -> Case:
    """Staff take the question back: the case is where it was, its clock goes on."""
    words, answers = checked
    made = running(session, case)
    if made is not None:
        made.state, made.settled_at = "withdrawn", now()
    event = apply_step(session, case, service, step, person, words=words, answers=answers)
    telling.case_moved(session, case, service, step, event, words)
    return case


def retry(session: TenantSession, case_id: uuid.UUID, *, person: Person) -> Case:
    """Queue the sending once more, when it seems stuck; harmless while it isn't."""
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if not access.may_work(session, person, case):
        raise Forbidden(_("Laporan ini ditangani unit lain."))
    made = running(session, case)
    if made is None or made.state != "agreed":
        raise Conflict(_("Laporan ini tidak sedang diteruskan."), slug="tidak-sedang-diteruskan")
    defer(session, sending.send_referral, queueing_lock=f"referral:{made.id}", referral=made.id)
    return case
