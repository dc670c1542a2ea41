"""From whoever is signed in (or holds a link secret) to the Person that the spine's rules ask about."""

from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.auth import Principal
from balai.cases.models import Unit
from balai.cases.people import Person
from balai.cases.units import units_of
from balai.db import TenantSession


def staff(session: TenantSession, principal: Principal) -> Person:
    """A member of this region's staff, with their units."""
    units = units_of(session, principal.member_id) if principal.member_id else []
    heads: frozenset[UUID] = frozenset()
    if principal.member_id:
        heads = frozenset(session.scalars(select(Unit.id).where(Unit.head_id == principal.member_id)))
    return Person(
        "staff",
        member_id=principal.member_id,
        is_admin="admin" in principal.roles,
        permissions=principal.permissions,
        units=frozenset(u.id for u in units),
        heads=heads,
    )


def citizen(session: TenantSession, *, sub: str | None = None, holds: frozenset[UUID] = frozenset()) -> Person:
    """A reporter: signed in, or holding link secrets, or both."""
    index = keys.blind_index(session, "sub", sub) if sub else None
    return Person("citizen", reporter_index=index, holds=holds)
