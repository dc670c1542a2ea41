"""Somebody of the staff has just signed in: the region's mirror of Keycloak learns what the token says."""

from datetime import timedelta

from sqlalchemy import select

from balai import audit, keys
from balai.auth import leaving, queries
from balai.auth.models import Member
from balai.auth.tokens import Claims
from balai.clock import now
from balai.db import TenantSession
from balai.tenancy import Tenant, tenant_scope

# The token that tells of a new member is younger than the membership.
_BEFORE = timedelta(minutes=1)


def note(tenant: Tenant, claims: Claims) -> None:
    """Bring the member's row up to date with a verified token, in a transaction of its own."""
    roles = claims.organizations.get(tenant.alias)
    if not roles:
        return
    with tenant_scope(tenant) as session:
        mirror(session, claims, roles)


def mirror(session: TenantSession, claims: Claims, roles: frozenset[str]) -> Member:
    """The member's row after this sign-in. A token from before the last change of roles changes nothing."""
    row = session.scalars(select(Member).where(Member.sub == claims.sub).with_for_update()).one_or_none()
    if row is None:
        row = _adopt(session, claims, roles)
    elif claims.issued_at >= row.roles_changed_at:
        _follow(session, row, claims, roles)
    if row.active and row.joined_at is None:
        row.joined_at = now()
    if claims.name:
        row.name = claims.name
    _set_email(session, row, claims.email)
    return row


def _follow(session: TenantSession, row: Member, claims: Claims, roles: frozenset[str]) -> None:
    """Given or taken away in Keycloak itself: Keycloak is right, but nobody stops being the last admin that way."""
    back = not row.active or row.missing_since is not None
    last = leaving.ADMIN in row.roles and leaving.ADMIN not in roles and set(queries.lock_admins(session)) <= {row.id}
    if not back and (last or set(row.roles) == roles):
        return
    if not row.active:
        audit.record(session, "member.adopted", subject_kind="member", subject_id=row.id, data={"roles": sorted(roles)})
    leaving.let_in(row)
    row.roles = sorted(roles | {leaving.ADMIN}) if last else sorted(roles)
    row.roles_changed_at = claims.issued_at
    leaving.settle(session, row, "roles")


def _adopt(session: TenantSession, claims: Claims, roles: frozenset[str]) -> Member:
    """A member whom Keycloak knows and we don't: added there by the operator."""
    row = Member(
        sub=claims.sub, name=claims.name, roles=sorted(roles), active=True, roles_changed_at=claims.issued_at - _BEFORE
    )
    session.add(row)
    leaving.settle(session, row, "roles")
    audit.record(session, "member.adopted", subject_kind="member", subject_id=row.id, data={"roles": sorted(roles)})
    return row


def _set_email(session: TenantSession, row: Member, email: str) -> None:
    if not email:
        return
    index = keys.blind_index(session, "email", email)
    if row.email_index != index:
        keys.seal(session, row, "email", email)
        row.email_index = index
