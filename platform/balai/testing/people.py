"""People on pages without a trip to Keycloak: a member row and a real session, made the way sign-in makes them.

For tests of what a signed-in person may see. That sign-in itself works is tested against the real Keycloak
(balai.testing.identity).
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from balai.clock import now
from balai.db import new_id
from balai.tenancy import Tenant, tenant_scope

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person: the cookie's value, the subject, the member (None for citizens), the roles in their region."""

    cookie: str
    sub: str
    member_id: uuid.UUID | None
    roles: frozenset[str]
    tenant: Tenant


class People:
    """Makes people: `people(tenant, "officer")`, `people(tenant)` for a citizen."""

    def __init__(self, app: "Flask") -> None:
        self._app = app

    def __call__(self, tenant: Tenant, *roles: str, name: str = "Siti Uji") -> Person:
        """A person with `roles` in `tenant`; without roles a citizen."""
        sub = str(uuid.uuid4())
        with self._app.app_context():
            member_id = self._member(tenant, sub, name, roles) if roles else None
            cookie = self._session(tenant, sub, name, frozenset(roles))
        return Person(cookie, sub, member_id, frozenset(roles), tenant)

    def _member(self, tenant: Tenant, sub: str, name: str, roles: Iterable[str]) -> uuid.UUID:
        from balai.auth.models import Member
        from balai.keys import seal

        with tenant_scope(tenant) as session:
            member = Member(id=new_id(), sub=sub, name=name, roles=sorted(roles), active=True)
            seal(session, member, "email", f"{sub}@contoh.id")
            session.add(member)
            return member.id

    def _session(self, tenant: Tenant, sub: str, name: str, roles: frozenset[str]) -> str:
        from balai.auth import sessions
        from balai.auth.runtime import runtime
        from balai.auth.tokens import Claims

        moment = now()
        claims = Claims(
            sub=sub, sid=str(uuid.uuid4()), azp="portal", acr="2", name=name, email=f"{sub}@contoh.id", issued_at=moment,
            auth_at=moment, expires_at=moment + timedelta(minutes=5), organizations={tenant.alias: roles}, raw={},
        )  # fmt: skip
        return sessions.create(
            runtime(), self._app.extensions["balai.db"], tenant_id=tenant.id, alias=tenant.alias, claims=claims,
            tokens=sessions.Tokens(access="", refresh="", identity=""),
        )  # fmt: skip


@pytest.fixture(scope="session")
def people(app: "Flask") -> People:
    """Makes signed-in people for the pages of `app`."""
    return People(app)


@pytest.fixture
def sign_in() -> "Callable[[FlaskClient, Person], FlaskClient]":
    """`sign_in(client, person)`: the client carries the person's cookie, on the person's host or another."""
    from balai.auth.sessions import COOKIE

    def put(client: "FlaskClient", person: Person) -> "FlaskClient":
        client.set_cookie(COOKIE, person.cookie, domain=client.environ_base["SERVER_NAME"], secure=True)
        return client

    return put
