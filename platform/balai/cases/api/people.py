"""Who asks, as far as cases are concerned: a member of staff with their units, or a citizen with an account or a link secret."""

import hmac
from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import request

from balai import auth, db
from balai.auth import Principal
from balai.cases.api import queries
from balai.cases.filing import hash_secret
from balai.cases.people import Person
from balai.cases.viewers import citizen
from balai.db import TenantSession, driver

LINK_HEADER: Final = "Link-Secret"
NOBODY: Final = Person("citizen")


def person(session: TenantSession) -> Person:
    """The Person behind the request's token; without one, or without a role here, a citizen."""
    principal = auth.current()
    if principal is None:
        return NOBODY
    if principal.is_staff:
        return staff(principal, queries.workplace(driver(session), session.tenant_id, principal.sub))
    return citizen(session, sub=principal.sub)


def staff(principal: Principal, workplace: queries.Workplace) -> Person:
    """A member of staff at their places. A token names no row of `member`; its subject does."""
    return Person(
        "staff",
        member_id=workplace.member_id,
        is_admin="admin" in principal.roles,
        permissions=principal.permissions,
        units=workplace.units,
    )


def with_heads(session: TenantSession, who: Person) -> Person:
    """The same person with the units that they lead: who may share out work depends on it."""
    return replace(who, heads=frozenset(queries.led_by(driver(session), session.tenant_id, who.member_id)))


def reporter(principal: Principal | None, case_id: UUID, link_hash: str | None) -> Person:
    """The same person as a citizen; whoever shows the case's link secret holds the case (decision 31)."""
    secret = request.headers.get(LINK_HEADER, "")
    held = bool(secret) and link_hash is not None and hmac.compare_digest(hash_secret(secret), link_hash)
    holds = frozenset({case_id}) if held else frozenset()
    return citizen(db.session(), sub=principal.sub, holds=holds) if principal else Person("citizen", holds=holds)
