"""A hand-over is taken back within ten minutes by whoever made it and still may: case by case, where nobody has acted since."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, true, tuple_

from balai import audit
from balai.auth import Member
from balai.cases import access, units
from balai.cases.drawing.models import Drawing
from balai.cases.letterbox import leaving, queries
from balai.cases.letterbox.handing import lock_members, unname
from balai.cases.letterbox.models import HandOver
from balai.cases.models import Case
from balai.cases.officer.bulk import UNDO_WITHIN
from balai.cases.people import Person
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden, NotFound
from balai.web.i18n import gettext as _


def undoable(session: TenantSession, person: Person, member_id: UUID) -> HandOver | None:
    """This person's last hand-over for a member, while it can be taken back."""
    query = select(HandOver).where(HandOver.member_id == member_id, HandOver.by_member == person.member_id)
    found = session.scalars(query.order_by(HandOver.id.desc()).limit(1)).first() if person.member_id else None
    if found is None or found.undone_at is not None or found.at <= now() - UNDO_WITHIN:
        return None
    return found if _may(session, person, found) else None


def _may(session: TenantSession, person: Person, act: HandOver) -> bool:
    """Whether they are still who may: an admin, or the head of every unit in it. Whoever gave their own headship away may have
    it back from the receiver.
    """
    if person.is_admin:
        return True
    if act.parts["drawings"] or not act.parts["units"]:
        return False
    own = act.member_id == person.member_id
    for item in act.parts["units"]:
        unit = units.unit(session, UUID(item["unit"]))
        if unit.id not in person.heads and not (own and item["head"] and unit.head_id == act.to_member):
            return False
    return True


def undo(session: TenantSession, person: Person, hand_over_id: UUID) -> tuple[int, int]:
    """Bring everything back where nobody has acted since; (cases back, cases left). Raises NotFound, Conflict, Forbidden."""
    query = select(HandOver).where(HandOver.id == hand_over_id, HandOver.by_member == person.member_id)
    act = session.scalars(query.with_for_update()).first() if person.member_id else None
    if act is None:
        raise NotFound
    if act.undone_at is not None:
        raise Conflict(_("Ini sudah dibatalkan."), slug="sudah-dibatalkan")
    if act.at <= now() - UNDO_WITHIN:
        raise Conflict(_("Sudah lebih dari 10 menit: tidak bisa dibatalkan lagi."), slug="lewat-waktu")
    lock_members(session, act.member_id, act.to_member)
    if not _may(session, person, act):
        raise Forbidden(_("Menyerahkan pekerjaan orang lain adalah hak kepala unitnya atau admin."))
    member = session.get(Member, (session.tenant_id, act.member_id), populate_existing=True)
    if member is None or not member.active:
        raise Conflict(_("Orangnya tidak bekerja di sini lagi."), slug="sudah-keluar")
    back = _cases_back(session, person, act)
    for item in act.parts["units"]:
        _seat_back(session, act, item)
    _readers_back(session, person, act)
    for drawing in session.scalars(select(Drawing).where(Drawing.id.in_([UUID(d) for d in act.parts["drawings"]]))):
        drawing.asked_by = act.member_id
    act.undone_at = now()
    leaving.keep_admin(session)
    session.flush()
    audit.record(
        session, "member.hand_over_undone", subject_kind="member", subject_id=act.member_id, data={"cases": back}
    )
    return back, len(act.parts["cases"]) - back


def _cases_back(session: TenantSession, person: Person, act: HandOver) -> int:
    pairs = [(UUID(case), seq) for case, seq, _before in act.parts["cases"]]
    if not pairs:
        return 0
    unchanged = (Case.assignee_id == act.to_member) & tuple_(Case.id, Case.seq).in_(pairs) & _within(person, act)
    more = {"of": "member", "undo": str(act.id)}
    return len(
        queries.move(
            session, unchanged, person=person, at=now(), assignee_id=act.member_id, kind="handed_over", more=more
        )
    )


def _within(person: Person, act: HandOver) -> Any:
    """Condition on Case: an admin's hand-over may hold cases of units that a head has no say in."""
    return true() if person.is_admin else Case.unit_id.in_([UUID(item["unit"]) for item in act.parts["units"]])


def _seat_back(session: TenantSession, act: HandOver, item: dict[str, Any]) -> None:
    unit = units.unit(session, UUID(item["unit"]))
    if item["works"] or item["head"]:
        units.add_member(session, unit, act.member_id)
    if item["head"] and unit.head_id == act.to_member:
        units.set_head(session, unit, act.member_id)
    busy = select(Case.id).where(Case.unit_id == unit.id, Case.assignee_id == act.to_member, Case.closed_at.is_(None))
    if not item["was"] and session.scalars(busy.limit(1)).first() is None:
        units.drop_member(session, unit, act.to_member)


def _readers_back(session: TenantSession, person: Person, act: HandOver) -> None:
    for case_id, knew in act.parts["readers"]:
        case = session.scalars(select(Case).where(Case.id == UUID(case_id), _within(person, act))).first()
        if case is None:
            continue
        access.name_reader(session, case, act.member_id, now())
        if not knew:
            unname(session, case.id, act.to_member)
        data = {"code": case.code, "member": str(act.member_id)}
        audit.record(session, "case.reader_named", subject_kind="case", subject_id=case.id, data=data)
