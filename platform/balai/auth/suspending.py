"""Without access for a time: a member on leave, or under inquiry. Roles and units stay known; cases don't wait for them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.auth import leaving
from balai.auth.directory import directory
from balai.auth.members import asking_keycloak, lock_member, tenant_of
from balai.auth.models import Member
from balai.clock import now
from balai.db import TenantSession
from balai.errors import NotFound


def suspended_members(session: TenantSession) -> Sequence[Member]:
    """Everybody who is suspended, by name."""
    query = select(Member).where(Member.suspended_at.is_not(None)).order_by(Member.name, Member.id)
    return session.scalars(query).all()


def suspended_member(session: TenantSession, member_id: UUID) -> Member:
    """One of them; raises NotFound."""
    query = select(Member).where(Member.id == member_id, Member.suspended_at.is_not(None)).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def suspend_member(session: TenantSession, member_id: UUID) -> Member:
    """Take access away until `resume_member`. Raises NotFound, Conflict (last admin), Unavailable (Keycloak)."""
    tenant = tenant_of(session)
    member = lock_member(session, member_id, keeps_admin=False)
    with asking_keycloak():
        people = directory()
        people.remove_membership(people.organization(tenant), member.sub)
    leaving.let_go(session, member, suspended=True)
    audit.record(session, "member.suspended", subject_kind="member", subject_id=member.id)
    return member


def resume_member(session: TenantSession, member_id: UUID) -> Member:
    """Give the former roles back; the units are still theirs, a headship has to be given anew. Raises NotFound, Unavailable."""
    tenant = tenant_of(session)
    member = suspended_member(session, member_id)
    with asking_keycloak():
        people = directory()
        people.set_membership(people.organization(tenant), member.sub, frozenset(member.roles))
    leaving.let_in(member)
    member.roles_changed_at = now()
    leaving.settle(session, member, "roles")
    audit.record(session, "member.resumed", subject_kind="member", subject_id=member.id)
    return member
