"""A member leaves, is suspended or loses a role: what waited for them waits for others, in the same transaction.

Their open cases go back to their unit's queue; where nobody is left in a unit its open cases go to the region's admins; a secret
case whose last reader is gone gets a new one; and the admins' own unit always has an admin, as long as there is one.
"""

from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.auth import ADMIN, Member, What
from balai.cases import access, units
from balai.cases.letterbox import queries, telling
from balai.cases.models import Case, Unit
from balai.cases.people import SYSTEM
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Invalid
from balai.web.i18n import gettext as _


def follow(session: TenantSession, member_id: UUID, what: What) -> None:
    """What `auth` calls with every such change; the member's row says already how it is now."""
    held = _stand_up(session, member_id, keep_seats=what == "suspended") if what != "roles" else []
    keep_admin(session)
    for unit in held:
        empty(session, unit)
    if what != "roles":
        for case in queries.unread_secrets(session, member_id):
            _name_reader(session, case)


def leave_nothing_behind(session: TenantSession, member_id: UUID) -> None:
    """The same for somebody who has left: idempotent, so that the event may say it again."""
    follow(session, member_id, "left")


def take_out(session: TenantSession, unit: Unit, member_id: UUID) -> None:
    """Out of one unit only; what was assigned to them there waits for the unit, or for the admins. Raises Invalid."""
    if unit.is_admin and not any(m.id != member_id for m in _admins(session) if m.id in _inside(session, unit)):
        raise Invalid.field("member_id", _("Unit admin perlu paling sedikit satu admin. Tambah admin lain dulu."))
    theirs = (Case.unit_id == unit.id) & (Case.assignee_id == member_id)
    queries.move(session, theirs, person=SYSTEM, at=now())
    units.drop_member(session, unit, member_id)
    empty(session, unit)


def _stand_up(session: TenantSession, member_id: UUID, *, keep_seats: bool) -> list[Unit]:
    """Nothing is assigned to them any more, no unit is theirs to lead or (unless kept) to work in; the units."""
    queries.move(session, Case.assignee_id == member_id, person=SYSTEM, at=now())
    held = queries.held_units(session, member_id)
    for unit in held:
        if keep_seats:
            units.take_headship(session, unit, member_id)
        else:
            units.drop_member(session, unit, member_id)
    return held


def empty(session: TenantSession, unit: Unit) -> int:
    """Where nobody works any more, open cases go to the admins' unit; how many."""
    if unit.is_admin or units.is_staffed(session, unit.id):
        return 0
    admins = units.admin_unit(session)
    moved = queries.move(session, Case.unit_id == unit.id, person=SYSTEM, at=now(), unit_id=admins.id)
    if moved:
        telling.landed(session, admins.head_id, unit.name, len(moved))
        audit.record(session, "unit.emptied", subject_kind="unit", subject_id=unit.id, data={"cases": len(moved)})
    return len(moved)


def rescue(session: TenantSession) -> int:
    """Whatever came to somebody gone all the same: filed, say, while a unit's last member was being removed; how many."""
    queries.move(session, Case.assignee_id.in_(queries.gone(session)), person=SYSTEM, at=now())
    moved = sum(empty(session, units.unit(session, unit_id)) for unit_id in queries.deserted_with_cases(session))
    for case in queries.unread_secrets(session):
        _name_reader(session, case)
    return moved


def keep_admin(session: TenantSession) -> None:
    """The admins' unit has an admin in it and at its head, as long as the region has one."""
    admins = _admins(session)
    if not admins:
        return
    unit = units.admin_unit(session)
    inside = [m for m in admins if m.id in _inside(session, unit)]
    if not inside:
        units.add_member(session, unit, admins[0].id)
    if unit.head_id is None:
        units.set_head(session, unit, (inside or admins)[0].id)


def _admins(session: TenantSession) -> list[Member]:
    query = select(Member).where(Member.active, Member.missing_since.is_(None)).order_by(Member.id)
    return [m for m in session.scalars(query) if ADMIN in m.roles]


def _inside(session: TenantSession, unit: Unit) -> set[UUID]:
    return {m.id for m in units.members_of(session, unit.id)}


def _name_reader(session: TenantSession, case: Case) -> None:
    """The head of the case's unit reads it from now on; without one whoever works there."""
    unit = units.unit(session, case.unit_id)
    people = [unit.head_id] if unit.head_id else [m.id for m in units.members_of(session, unit.id)]
    for member_id in people:
        access.name_reader(session, case, member_id, now())
        data = {"code": case.code, "member": str(member_id)}
        audit.record(session, "case.reader_named", subject_kind="case", subject_id=case.id, data=data)


def alone_in(session: TenantSession, member_id: UUID) -> list[tuple[Unit, int]]:
    """Units that would be without anybody if this member went, with their open cases: for the page that asks once more."""
    return [
        (unit, queries.count_open(session, unit.id))
        for unit in queries.held_units(session, member_id)
        if not unit.is_admin and {m.id for m in units.members_of(session, unit.id)} <= {member_id}
    ]
