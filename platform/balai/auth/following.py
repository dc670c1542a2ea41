"""Keycloak is asked whom it still lets in: who was removed or disabled there leaves here too, and leaves nothing behind.

The last admin is the exception. Keycloak can lock them out, but then nobody could run the region: the row stays, counts as nobody
where a unit must be staffed, and the operator is told (`registry.tenant.no_admin_since`) until there is an admin again.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from balai import audit
from balai.auth import leaving, queries
from balai.auth.directory import Directory
from balai.auth.models import Member
from balai.clock import now
from balai.db import TenantSession
from balai.tenancy import Tenant
from balai.tenancy import queries as registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What Keycloak says of a region: subs of members whose account works, and of those among them who are admins."""

    members: frozenset[str]
    admins: frozenset[str]


def follow(session: TenantSession, tenant: Tenant, people: Directory) -> list[Member]:
    """Bring the mirror up to date with Keycloak; who left. Raises what Keycloak's line raises."""
    # Ours first: whoever stands here was put into Keycloak before, so nobody is missed in between.
    mirrored = {m.sub for m in session.scalars(select(Member).where(Member.active))}
    known = ask(people, tenant)
    if known is None:
        return []
    if mirrored - known.members:
        # Keycloak pages by offset: when somebody is removed between two pages, the next one is skipped. So it is asked twice.
        again = ask(people, tenant) or known
        known = Known(known.members | again.members, known.admins | again.admins)
    queries.lock_admins(session)
    query = select(Member).where(Member.active, Member.sub.in_(mirrored)).order_by(Member.id).with_for_update()
    there = session.scalars(query.execution_options(populate_existing=True)).all()
    return _compare(session, tenant, there, known)


def ask(people: Directory, tenant: Tenant) -> Known | None:
    """What Keycloak says; None while it has no organization for this region."""
    if people.find_organization(tenant) is None:
        return None
    organization = people.organization(tenant)
    enabled = people.enabled_members(organization)
    return Known(enabled, people.subs_with_role(organization, leaving.ADMIN) & enabled)


def _compare(session: TenantSession, tenant: Tenant, there: Collection[Member], known: Known) -> list[Member]:
    admins = [m for m in there if leaving.ADMIN in m.roles]
    working = [m for m in admins if m.sub in known.admins]
    gone = []
    for member in there:
        if member.sub in known.members:
            _is_there(session, member, known, more=any(m is not member for m in working))
        elif leaving.ADMIN in member.roles and not working:
            _miss(session, member)
        else:
            leaving.let_go(session, member)
            audit.record(session, "member.gone", subject_kind="member", subject_id=member.id)
            gone.append(member)
    if admins:
        _tell_operator(session, tenant, there=bool(working))
    return gone


def _is_there(session: TenantSession, member: Member, known: Known, *, more: bool) -> None:
    if member.missing_since is not None:
        member.missing_since = None
        leaving.settle(session, member, "roles")
    if leaving.ADMIN in member.roles and member.sub not in known.admins and more:
        before, member.roles = sorted(member.roles), sorted(set(member.roles) - {leaving.ADMIN})
        member.roles_changed_at = now()
        queries.end_sessions_of_member(session, member.sub)
        leaving.settle(session, member, "roles")
        audit.record(
            session, "member.roles_changed", subject_kind="member", subject_id=member.id,
            data={"before": before, "after": member.roles},
        )  # fmt: skip


def _miss(session: TenantSession, member: Member) -> None:
    """The last admin is locked out: no sessions, but no removal either."""
    if member.missing_since is None:
        member.missing_since = now()
        queries.end_sessions_of_member(session, member.sub)
        audit.record(session, "member.missing", subject_kind="member", subject_id=member.id)
    session.flush()


def _tell_operator(session: TenantSession, tenant: Tenant, *, there: bool) -> None:
    if not there:
        log.warning("region %s has no admin whom Keycloak lets in: `balai user invite %s`", tenant.slug, tenant.slug)
    registry.note_admin(session, there=there, at=now())
