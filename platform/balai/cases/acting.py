"""Acts on a case beside the steps of its workflow: ask, answer, note, assign, attach, rate, reopen, publish, redact."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai import audit, files, keys
from balai.auth import Member
from balai.cases import access, catalogue, second_check, telling, timeline, units
from balai.cases.clockwork import enter_state
from balai.cases.models import Case, CaseEvent, CaseFile, CaseText, UnitMember
from balai.cases.moving import lock, move_case, require_fresh, steps
from balai.cases.people import Person
from balai.cases.personal import forget, marks, masking
from balai.cases.shown import queries as shown_queries
from balai.cases.shown import words as shown_words
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.db import TenantSession, announce
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

STARS = range(1, 6)
_HIDDEN = "[disamarkan]"


def ask(session: TenantSession, case_id: UUID, text: str, *, person: Person, seen: int | None = None) -> Case:
    """Ask the reporter something by the step that the workflow has for it; Conflict when it has none here."""
    return _by_demand(session, case_id, "question", text, person, seen)


def answer(session: TenantSession, case_id: UUID, text: str, *, person: Person, seen: int | None = None) -> Case:
    """The reporter's reply to a question or an answer."""
    return _by_demand(session, case_id, "reply", text, person, seen)


def _by_demand(session: TenantSession, case_id: UUID, demand: str, text: str, person: Person, seen: int | None) -> Case:
    case = lock(session, case_id)
    for step in steps(session, case, person):
        if step.demands == (demand,):
            return move_case(session, case_id, step.key, person=person, fields={demand: text}, seen=seen)
    allowed = [{"key": s.key, "label": s.label} for s in steps(session, case, person)]
    raise Conflict(_("Ini tidak bisa dilakukan sekarang."), slug="langkah-tidak-bisa", allowed=allowed, seq=case.seq)


def note(session: TenantSession, case_id: UUID, text: str, *, person: Person) -> CaseEvent:
    """An internal note: staff only, never the reporter."""
    case = _for_work(session, case_id, person)
    return timeline.append(
        session, case, "noted", person, public=False, words={"note": _words(text, "note", most=5000)}
    )


def assign(
    session: TenantSession,
    case_id: UUID,
    *,
    person: Person,
    unit_id: UUID | None = None,
    member_id: UUID | None = None,
    seen: int | None = None,
) -> Case:
    """Give an open case to a unit (None = it stays), a member of it (None = nobody yet), or both.

    Taking a case of one's own unit needs cases.work; giving it to others needs cases.assign or leading the unit.
    """
    case = _for_work(session, case_id, person)
    require_fresh(session, case, seen)
    if not case.is_open:
        raise Conflict(_("Laporan ini sudah selesai."), slug="sudah-selesai")
    takes_it = member_id == person.member_id and unit_id in {None, case.unit_id}
    if not (takes_it or person.may("cases.assign") or case.unit_id in person.heads):
        raise Forbidden(_("Membagi tugas adalah hak kepala unit atau admin."))
    target = units.unit(session, unit_id) if unit_id else units.unit(session, case.unit_id)
    if not target.active:
        raise Invalid.field("unit_id", _("Unit ini sudah tidak dipakai."))
    if target.id != case.unit_id and not target.is_admin and not units.is_staffed(session, target.id):
        raise Invalid.field("unit_id", _("Unit ini belum punya anggota yang aktif: laporannya tidak akan dibaca."))
    if member_id is not None:
        _require_colleague(session, member_id, target.id, person)
    before = {"unit": str(case.unit_id), "member": str(case.assignee_id or "")}
    case.unit_id, case.assignee_id = target.id, member_id
    if case.visibility == "secret" and member_id:
        access.name_reader(session, case, member_id, now())
    data = {"from": before, "unit": str(target.id), "member": str(member_id or "")}
    timeline.append(session, case, "assigned", person, public=before["unit"] != str(target.id), data=data)
    if member_id and member_id != person.member_id:
        telling.assigned(session, case, catalogue.rules(session, case), member_id)
    return case


def attach(session: TenantSession, case_id: UUID, file_ids: Sequence[UUID], *, person: Person) -> CaseEvent:
    """Add stored files to a case: the reporter while it is open, staff who work on it at any time."""
    case = lock(session, case_id)
    if person.kind == "citizen":
        if not access.is_reporter(person, case):
            raise NotFound
        if not case.is_open:
            raise Conflict(_("Laporan ini sudah selesai."), slug="sudah-selesai")
    elif not access.may_work(session, person, case):
        raise NotFound
    by_citizen = person.kind == "citizen"
    if by_citizen and any(files.find(session, file_id).media_type.startswith("audio/") for file_id in file_ids):
        # A voice note stands for words that staff write down before anything else; later nobody would be asked to.
        raise Invalid.field(
            "files", _("Suara hanya bisa dikirim bersama laporan baru. Tulis tambahannya, atau kirim foto.")
        )
    event = timeline.append(session, case, "attached", person, public=False, data={"files": len(file_ids)})
    session.flush()
    for file_id in file_ids:
        files.find(session, file_id)
        row = CaseFile(case_id=case.id, file_id=file_id, event_id=event.id, by_citizen=by_citizen, added_at=event.at)
        session.add(row)
    session.flush()
    return event


def rate_case(session: TenantSession, case_id: UUID, stars: int, comment: str = "", *, person: Person) -> Case:
    """The reporter's judgement of a closed case, 1 to 5 stars, once."""
    case = lock(session, case_id)
    if not access.is_reporter(person, case):
        raise NotFound
    if stars not in STARS:
        raise Invalid.field("stars", _("Pilih satu sampai lima bintang."))
    if case.is_open:
        raise Conflict(_("Nilai bisa diberikan setelah selesai."), slug="belum-selesai")
    if case.rating is not None:
        raise Conflict(_("Anda sudah memberi nilai. Terima kasih."), slug="sudah-dinilai")
    case.rating = stars
    words = {"comment": _words(comment, "comment", most=1000, least=0)} if comment.strip() else None
    timeline.append(session, case, "rated", person, public=False, data={"stars": stars}, words=words)
    session.flush()
    announce(session, "case_rated", case.id)
    return case


def reopen(session: TenantSession, case_id: UUID, reason: str, *, person: Person) -> Case:
    """Bring a closed case back to staff and restart its clock: the reporter within the region's window, heads and admins too."""
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if person.kind == "staff" and not (access.may_work(session, person, case) and person.may("cases.assign")):
        raise Forbidden(_("Membuka lagi adalah hak kepala unit atau admin."))
    at = now()
    if case.is_open or case.outcome == "merged":
        raise Conflict(_("Laporan ini tidak bisa dibuka lagi."), slug="tidak-bisa-dibuka", state=case.state)
    if person.kind == "citizen" and (case.reopen_until is None or at > case.reopen_until):
        raise Conflict(_("Waktu untuk membuka lagi sudah lewat. Silakan buat yang baru."), slug="lewat-waktu")
    words = {"reason": _words(reason, "reason", most=5000)}
    service = catalogue.rules(session, case)
    left, case.state = case.state, second_check.working_state(session, case, service.workflow)
    case.outcome = case.closed_at = case.reopen_until = case.rating = case.forget_at = None
    case.reopened += 1
    slot = service.workflow.state(case.state).slot
    _land(session, case, slot)
    enter_state(case, service, units.calendar(session), at)
    event = timeline.append(session, case, "reopened", person, at=at, from_state=left, to_state=case.state, words=words)
    session.flush()
    telling.case_reopened(session, case, service, event)
    announce(session, "case_moved", case.id)
    return case


def _land(session: TenantSession, case: Case, slot: str | None) -> None:
    """Where a reopened case waits: people and units may be gone since it was closed."""
    unit = units.staffed_unit_for(session, case.service_id, slot) if slot else units.unit(session, case.unit_id)
    if not unit.is_admin and not units.is_staffed(session, unit.id):
        unit = units.admin_unit(session)
    kept = case.assignee_id if unit.id == case.unit_id else None
    there = kept is not None and session.scalars(select(Member.id).where(Member.id == kept, Member.active)).first()
    case.unit_id, case.assignee_id = unit.id, kept if there else None


def publish(session: TenantSession, case_id: UUID, *, person: Person, shown: bool = True) -> Case:
    """Put a public case on the region's list and map, or take it off; a human looks first (decision 34)."""
    case = _for_work(session, case_id, person)
    if case.visibility != "public":
        raise Conflict(_("Laporan rahasia tidak bisa ditampilkan."), slug="rahasia")
    if shown:
        marks.require_unrestricted(session, case.id)
    if case.held_at is not None:
        raise Conflict(_("Laporan ini masih perlu dilihat: loloskan dulu."), slug="ditahan")
    case.published_at, case.moderated_at = now() if shown else None, now()
    if shown:
        shown_words.keep_proposed(session, case, catalogue.rules(session, case), by_member=person.member_id)
    action = "case.published" if shown else "case.unpublished"
    audit.record(session, action, subject_kind="case", subject_id=case.id, data={"code": case.code})
    return case


def redact(
    session: TenantSession,
    case_id: UUID,
    *,
    person: Person,
    reason: str,
    field: str | None = None,
    event_id: UUID | None = None,
    file_id: UUID | None = None,
) -> Case:
    """Take out what should not stand in a case: an answer of the form, the words of a step, or a file. Audited; no way back."""
    case = _for_work(session, case_id, person)
    why = _words(reason, "reason", most=500)
    if field is not None:
        sealed = forget.forget_fields(session, case, catalogue.rules(session, case), {field})
        if field == "landmark":
            case.landmark = _HIDDEN
        elif field in case.data:
            case.data = {**case.data, field: _HIDDEN}
        elif not sealed:
            raise NotFound
        case.summary = _HIDDEN
        shown_queries.drop_words(session, case.id)
    elif event_id is not None:
        text = session.scalars(select(CaseText).where(CaseText.id == event_id, CaseText.case_id == case.id)).first()
        if text is None:
            raise NotFound
        text.redacted_at = now()
        keys.seal(session, text, "body", None)
    elif file_id is not None:
        query = select(CaseFile).where(CaseFile.file_id == file_id, CaseFile.case_id == case.id)
        if session.scalars(query).first() is None:
            raise NotFound
        files.redact(session, files.find(session, file_id), reason=why)
    what: dict[str, Any] = {"field": field, "event": str(event_id or ""), "file": str(file_id or "")}
    what = {key: value for key, value in what.items() if value}
    timeline.append(session, case, "redacted", person, public=False, data=what, words={"reason": why})
    audit.record(
        session,
        "case.redacted",
        subject_kind="case",
        subject_id=case.id,
        data={"code": case.code, "reason": why, **what},
    )
    return case


def reveal_contact(session: TenantSession, case: Case, *, person: Person, reason: str) -> dict[str, str]:
    """The reporter's name, phone and e-mail in full, for a stated reason; audited. Of an anonymous case nobody gets them."""
    if case.anonymity == "anonymous":
        raise NotFound
    return dict(masking.reveal(session, case, person=person, reason=reason).contact)


def _for_work(session: TenantSession, case_id: UUID, person: Person) -> Case:
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if not access.may_work(session, person, case):
        raise Forbidden(_("Laporan ini ditangani unit lain."))
    return case


def _require_colleague(session: TenantSession, member_id: UUID, unit_id: UUID, person: Person) -> None:
    query = (
        select(UnitMember.id)
        .join(Member, (Member.tenant_id == UnitMember.tenant_id) & (Member.id == UnitMember.member_id))
        .where(UnitMember.unit_id == unit_id, UnitMember.member_id == member_id, Member.active)
    )
    if session.scalars(query).first() is None and not (person.is_admin and member_id == person.member_id):
        raise Invalid.field("member_id", _("Orang ini tidak bekerja di unit itu."))


def _words(text: str, field: str, *, most: int, least: int = 2) -> str:
    try:
        return clean_text(text, least=least, most=most)
    except ValueFault as fault:
        raise Invalid.field(field, str(fault)) from None
