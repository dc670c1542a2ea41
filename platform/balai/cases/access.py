"""Who may read which case, written once: as a question about one case and as a condition for lists.

public: members of staff who work on cases (citizens see it once published, with a coarse place); private (rahasia): its
reporter, its unit and assignee, the admin; secret: its reporter and the members named for it, each read audited, in no list
and no search.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from balai import audit
from balai.cases.models import Case, CaseReader
from balai.cases.people import Person
from balai.db import TenantSession
from balai.errors import NotFound


def may_read(session: TenantSession, person: Person, case: Case) -> bool:
    """Whether this person sees the whole case."""
    if person.kind == "system":
        return True
    if person.kind == "citizen":
        return is_reporter(person, case)
    if not person.may("cases.work"):
        return False
    if case.visibility == "secret":
        return _is_named(session, person.member_id, case.id)
    return case.visibility == "public" or handles(person, case)


def is_reporter(person: Person, case: Case) -> bool:
    """Whether the case is this citizen's own."""
    if person.kind != "citizen":
        return False
    known = person.reporter_index is not None and person.reporter_index == case.reporter_index
    return known or case.id in person.holds


def handles(person: Person, case: Case) -> bool:
    """Whether this member works where the case is: in its unit, as its assignee, or as admin."""
    if person.kind == "system":
        return True
    mine = person.member_id is not None and case.assignee_id == person.member_id
    return person.is_admin or mine or case.unit_id in person.units or case.unit_id in person.heads


def may_work(session: TenantSession, person: Person, case: Case) -> bool:
    """Whether this member may take steps in the case."""
    return may_read(session, person, case) and (case.visibility == "secret" or handles(person, case))


def listed(person: Person) -> ColumnElement[bool]:
    """Condition on Case for everything that this person finds in lists and searches; secret cases are in none."""
    if person.kind == "citizen":
        own: list[Any] = []
        if person.reporter_index is not None:
            own.append(Case.reporter_index == person.reporter_index)
        if person.holds:
            own.append(Case.id.in_(person.holds))
        return or_(*own) if own else false()
    if not person.may("cases.work"):
        return false()
    if person.is_admin or person.kind == "system":
        return Case.visibility.in_(("public", "private"))
    # None == assignee would mean "nobody's yet", and show such cases to machines, which are no members.
    handled: list[Any] = [Case.assignee_id == person.member_id] if person.member_id else [false()]
    if person.units or person.heads:
        handled.append(Case.unit_id.in_(person.units | person.heads))
    return or_(Case.visibility == "public", (Case.visibility == "private") & or_(*handled))


def read_case(session: TenantSession, person: Person, code: str) -> Case:
    """A case by its code (already parsed) for somebody who may see the whole of it; NotFound otherwise.

    A member's look into a secret case is recorded.
    """
    case = session.scalars(select(Case).where(Case.code == code)).first()
    if case is None or not may_read(session, person, case):
        raise NotFound
    if case.visibility == "secret" and person.kind == "staff":
        audit.record(session, "case.secret_read", subject_kind="case", subject_id=case.id, data={"code": case.code})
    return case


def name_reader(session: TenantSession, case: Case, member_id: UUID, at: Any) -> None:
    """Let a member read a secret case."""
    if not _is_named(session, member_id, case.id):
        session.add(CaseReader(case_id=case.id, member_id=member_id, added_at=at))
        session.flush()


def _is_named(session: TenantSession, member_id: UUID | None, case_id: UUID) -> bool:
    if member_id is None:
        return False
    query = select(CaseReader.id).where(CaseReader.case_id == case_id, CaseReader.member_id == member_id)
    return session.scalars(query).first() is not None
