"""Many open cases to somebody else at once, each with its row in the timeline. Core SQL, with an explicit tenant filter.

A unit that loses its last member may have thousands of open cases, and the officer who removes that member waits for the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, insert, select, update

from balai.auth.models import Member
from balai.cases.models import Case, CaseEvent, CaseReader, Unit, UnitMember
from balai.cases.people import Person
from balai.db import TenantSession, new_id

# So many parameters fit into one statement of PostgreSQL with room to spare.
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that moved: seq after it, where it was."""

    id: UUID
    seq: int
    unit_id: UUID
    assignee_id: UUID | None


def move(
    session: TenantSession,
    which: ColumnElement[bool],
    *,
    person: Person,
    at: datetime,
    unit_id: UUID | None = None,
    assignee_id: UUID | None = None,
    kind: str = "assigned",
    more: dict[str, Any] | None = None,
) -> list[Moved]:
    """Give every open case that `which` describes to a unit (None: it stays in its own) and a member (None: nobody yet).

    Locks them in the order of their ids, so that two such moves never wait for each other in a ring.
    """
    session.flush()
    query = (
        select(Case.id, Case.seq, Case.unit_id, Case.assignee_id)
        .where(Case.tenant_id == session.tenant_id, Case.closed_at.is_(None), which)
        .order_by(Case.id)
        .with_for_update()
    )
    found = [Moved(row.id, row.seq + 1, row.unit_id, row.assignee_id) for row in session.execute(query)]
    for start in range(0, len(found), _CHUNK):
        _write(session, found[start : start + _CHUNK], person, at, unit_id, assignee_id, kind, more or {})
    if found:
        _forget(session)
    return found


def _write(
    session: TenantSession,
    cases: Sequence[Moved],
    person: Person,
    at: datetime,
    unit_id: UUID | None,
    assignee_id: UUID | None,
    kind: str,
    more: dict[str, Any],
) -> None:
    values: dict[str, Any] = {"assignee_id": assignee_id, "seq": Case.seq + 1, "changed_at": at}
    if unit_id is not None:
        values["unit_id"] = unit_id
    session.execute(
        update(Case).where(Case.tenant_id == session.tenant_id, Case.id.in_([c.id for c in cases])).values(**values),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        insert(CaseEvent), [_event(session, c, person, at, unit_id, assignee_id, kind, more) for c in cases]
    )


def _event(
    session: TenantSession,
    case: Moved,
    person: Person,
    at: datetime,
    unit_id: UUID | None,
    assignee_id: UUID | None,
    kind: str,
    more: dict[str, Any],
) -> dict[str, Any]:
    to = unit_id or case.unit_id
    data = {"from": {"unit": str(case.unit_id), "member": str(case.assignee_id or "")}, "unit": str(to)}
    return {
        "tenant_id": session.tenant_id, "id": new_id(), "case_id": case.id, "seq": case.seq, "kind": kind, "at": at,
        "actor_kind": person.kind, "actor": person.member_id, "unit": to, "from_state": None, "to_state": None,
        "public": to != case.unit_id, "data": {**data, "member": str(assignee_id or ""), **more},
    }  # fmt: skip


def _forget(session: TenantSession) -> None:
    """What the session remembers of cases is older than what was just written."""
    for known in list(session.identity_map.values()):
        if isinstance(known, Case):
            session.expire(known)


def staffed(session: TenantSession) -> ColumnElement[bool]:
    """Condition on Unit: somebody works there whom Keycloak lets in."""
    return exists().where(
        UnitMember.tenant_id == session.tenant_id, UnitMember.unit_id == Unit.id, Member.tenant_id == session.tenant_id,
        Member.id == UnitMember.member_id, Member.active, Member.missing_since.is_(None),
    )  # fmt: skip


def deserted_with_cases(session: TenantSession) -> list[UUID]:
    """Units without anybody in which open cases wait, the admins' own left out."""
    waiting = exists().where(Case.tenant_id == session.tenant_id, Case.unit_id == Unit.id, Case.closed_at.is_(None))
    query = select(Unit.id).where(Unit.tenant_id == session.tenant_id, ~Unit.is_admin, ~staffed(session), waiting)
    return list(session.scalars(query.order_by(Unit.id)))


def gone(session: TenantSession) -> Any:
    """Ids of members who left or are suspended, as a subquery."""
    return select(Member.id).where(Member.tenant_id == session.tenant_id, ~Member.active)


def held_units(session: TenantSession, member_id: UUID) -> list[Unit]:
    """Every unit that a member works in or leads, closed ones too."""
    works = exists().where(
        UnitMember.tenant_id == session.tenant_id, UnitMember.unit_id == Unit.id, UnitMember.member_id == member_id
    )
    query = select(Unit).where(Unit.tenant_id == session.tenant_id, works | (Unit.head_id == member_id))
    return list(session.scalars(query.order_by(Unit.is_admin.desc(), Unit.name)))


def unread_secrets(session: TenantSession, member_id: UUID | None = None) -> Sequence[Case]:
    """Open secret cases whose named readers (of whom this member was one, if given) are all gone."""
    living = exists().where(
        CaseReader.tenant_id == session.tenant_id, CaseReader.case_id == Case.id, Member.tenant_id == session.tenant_id,
        Member.id == CaseReader.member_id, Member.active, Member.missing_since.is_(None),
    )  # fmt: skip
    query = select(Case).where(
        Case.tenant_id == session.tenant_id, Case.visibility == "secret", Case.closed_at.is_(None), ~living
    )
    if member_id is not None:
        query = query.where(Case.id.in_(read_by(session, member_id)))
    return session.scalars(query.order_by(Case.id)).all()


def read_by(session: TenantSession, member_id: UUID) -> Any:
    """Ids of the secret cases for which a member is named, as a subquery."""
    return select(CaseReader.case_id).where(
        CaseReader.tenant_id == session.tenant_id, CaseReader.member_id == member_id
    )


def open_by_unit(session: TenantSession, member_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Unit -> how many open cases there are assigned to this member, and how many secret ones only name them as reader."""
    mine, named = Case.assignee_id == member_id, Case.id.in_(read_by(session, member_id))
    query = (
        select(Case.unit_id, func.count().filter(mine), func.count().filter(named & func.coalesce(~mine, True)))
        .where(Case.tenant_id == session.tenant_id, Case.closed_at.is_(None), mine | named)
        .group_by(Case.unit_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def count_open(session: TenantSession, unit_id: UUID) -> int:
    """Open cases of a unit."""
    query = select(func.count()).where(
        Case.tenant_id == session.tenant_id, Case.unit_id == unit_id, Case.closed_at.is_(None)
    )
    return session.scalar(query) or 0
