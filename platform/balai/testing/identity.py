"""Real Keycloak for tests: one realm, people and organizations made cheaply, sign-in through its own pages.

Two ways to act as somebody:
- `act_as(client, tenant, "officer")` writes a session row as sign-in would, without asking Keycloak: for tests of everything
  behind the sign-in. `bearer_for(app, tenant, "officer")` does the same for the API with a key of this test process.
- fixture `identity` (mark such tests `identity`): the real server. `identity.person(tenant, "officer")`, then
  `identity.sign_in(client, person)` through the real pages, or `identity.token(tenant, "officer")`, cached.
"""

import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from balai.testing.acting import act_as, bearer_for, organization_claim, set_cookie, sign
from balai.testing.kcbrowser import PASSWORD, Browser, Person

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from balai.auth.keycloak import Account
    from balai.auth.provisioning import Provisioner
    from balai.settings import Settings
    from balai.tenancy import Tenant

__all__ = [
    "PASSWORD", "Browser", "Identity", "Person", "act_as", "bearer_for", "organization_claim", "set_cookie", "sign",
]  # fmt: skip
SEE_OTHER = 303


@dataclass(slots=True)
class Identity:
    """The real Keycloak, set up for this test process. `realm` settings are those of `app`."""

    app: "Flask"
    settings: "Settings"
    admin: "Account"
    provisioner: "Provisioner"
    _tokens: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    _people: dict[tuple[str, tuple[str, ...]], Person] = field(default_factory=dict)
    _onboarded: set[str] = field(default_factory=set)

    def onboard(self, tenant: "Tenant") -> "Tenant":
        """The tenant's organization, groups and addresses, once."""
        if tenant.alias not in self._onboarded:
            self.provisioner.onboard(tenant)
            self._onboarded.add(tenant.alias)
        return tenant

    def person(self, tenant: "Tenant | None" = None, *roles: str, verified: bool = True, name: str = "") -> Person:
        """A fresh account; with a tenant and roles a member of its organization (not of Balai's mirror)."""
        mark = secrets.token_hex(4)
        email = f"uji-{mark}@contoh.id"
        body = {
            "username": email, "email": email, "firstName": name or f"Uji {mark}", "enabled": True,
            "emailVerified": verified, "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }  # fmt: skip
        sub = self.admin.post("/users", body).location
        person = Person(sub, email, name or f"Uji {mark}", tenant, roles)
        if tenant is not None and roles:
            self.join(tenant, person, *roles)
        return person

    def join(self, tenant: "Tenant", person: Person, *roles: str) -> None:
        """Give a person these roles in a region, behind Balai's back."""
        self.onboard(tenant)
        directory = self.provisioner.directory
        directory.set_membership(directory.organization(tenant), person.sub, roles)

    def member(self, tenant: "Tenant", *roles: str) -> Person:
        """A person with these roles in this region, made once per region and roles."""
        key = (tenant.alias, roles)
        if key not in self._people:
            self._people[key] = self.person(tenant, *roles)
        return self._people[key]

    def token(self, tenant: "Tenant", *roles: str) -> str:
        """An access token of a member with these roles (none: a citizen), cached for the life of the process."""
        key = (tenant.alias, roles)
        if key not in self._tokens:
            self._tokens[key] = self.tokens(tenant, self.member(tenant, *roles))["access_token"]
        return self._tokens[key]

    def tokens(self, tenant: "Tenant", person: Person, *, scope: str | None = None) -> dict[str, Any]:
        """Fresh tokens of this person for this region, through Keycloak's own pages; Keycloak's whole answer."""
        from balai.auth import signin

        self.onboard(tenant)
        runtime = self.app.extensions["balai.auth"]
        host = self.settings.tenant_host(tenant.slug) if tenant.kind == "region" else self.settings.domain
        host_url = self.settings.public_url(host)
        begun = signin.begin(runtime, host_url=host_url, alias=tenant.alias, to="/")
        url = begun.url if scope is None else re.sub(r"scope=[^&]*", urlencode({"scope": scope}), begun.url)
        browser = Browser().open(url).enter(person)
        query = {key: values[0] for key, values in parse_qs(urlsplit(browser.location).query).items()}
        pending = next(iter(signin._open(runtime, begun.cookie).values()))  # noqa: SLF001 - the other half of this sign-in
        form = {
            "grant_type": "authorization_code", "code": query["code"], "redirect_uri": host_url + signin.CALLBACK,
            "client_id": "portal", "client_secret": self.settings.portal_client_secret, "code_verifier": pending["v"],
        }  # fmt: skip
        path = f"/realms/{self.settings.realm}/protocol/openid-connect/token"
        answer: dict[str, Any] = runtime.server.send("POST", path, form=form).data
        return answer

    def sign_in(
        self, client: "FlaskClient", person: Person, *, to: str = "/", browser: Browser | None = None, query: str = ""
    ) -> Browser:
        """Sign in on the client's host through Balai's /masuk and Keycloak's pages; the browser, for what follows."""
        browser = browser or Browser()
        begun = client.get(f"/masuk?next={to}{query}")
        assert begun.status_code == SEE_OTHER, begun.get_data(as_text=True)[:2000]
        browser.open(begun.headers["Location"]).enter(person)
        parts = urlsplit(browser.location)
        assert parts.path == "/masuk/selesai", (
            f"{browser.page} {browser.title} {browser.location} {browser.text[-1500:]}"
        )
        done = client.get(f"{parts.path}?{parts.query}")
        assert done.status_code == SEE_OTHER, done.get_data(as_text=True)[:2000]
        return browser


@pytest.fixture(scope="session")
def keycloak() -> Any:
    """The running server (`balai.devstack.keycloak.KcInfo`)."""
    from balai.devstack import stack

    return stack.ensure_keycloak("test")


@pytest.fixture(scope="session")
def identity_settings(settings: "Settings", keycloak: Any) -> "Settings":
    """Settings with a realm of this test process's own, on the shared server: processes never see each other's people."""
    from dataclasses import replace

    return replace(settings, keycloak_url=keycloak.url, realm=f"balai-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def identity(identity_settings: "Settings", keycloak: Any) -> "Iterator[Identity]":
    """The real Keycloak with a realm of its own; its application is `identity.app`."""
    from balai.app import create_app
    from balai.auth.keycloak import Account, KeycloakHttp
    from balai.auth.provisioning import Provisioner
    from balai.auth.realm import ensure_realm

    ensure_realm(identity_settings, keycloak.admin_user, keycloak.admin_password)
    server = KeycloakHttp(identity_settings.keycloak_server_url, timeout=60)
    admin = Account.administrator(server, identity_settings.realm, keycloak.admin_user, keycloak.admin_password)
    # One round of hashing: tests sign in hundreds of times, production keeps Keycloak's own default.
    admin.put("", {"passwordPolicy": "length(10) and hashAlgorithm(pbkdf2-sha256) and hashIterations(1)"})
    app = create_app(identity_settings)
    made = Identity(app, identity_settings, admin, Provisioner(identity_settings, app.extensions["balai.db"]))
    yield made
    admin.delete("")
    app.extensions["balai.db"].close()


@pytest.fixture
def person_client(identity: Identity) -> Any:
    """`person_client(tenant)`: a test client of the application that talks to the real Keycloak, on the tenant's host."""
    from balai.testing.probe import client_on

    return lambda tenant: client_on(identity.app, tenant)
