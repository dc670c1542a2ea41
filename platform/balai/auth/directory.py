"""People and organizations in Keycloak, as the console may touch them: never clients, realms or anybody's known password.

The account behind it (`balai-console`) has manage-users and manage-organizations only (decision 19).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from balai.auth.keycloak import Account, KeycloakRefusedError
from balai.auth.realm import api_client_uuid
from balai.auth.runtime import Runtime, runtime
from balai.auth.tokens import AUDIENCE, PORTAL
from balai.tenancy import Tenant

CONFLICT = 409
_PAGE = 200
# Read aloud over the phone: no 0/O, 1/l/I.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class RoleUnknownError(Exception):
    """Keycloak's client `api` lacks the role: the worker hasn't made it yet (`balai doctor --fix`)."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account in Keycloak. made_by: alias of the organization whose invitation made it; waiting: no own password yet."""

    sub: str
    email: str
    name: str
    verified: bool
    enabled: bool
    waiting: bool
    made_by: str


class Directory:
    """Calls on behalf of one deployment's console."""

    def __init__(self, account: Account, *, mails: bool) -> None:
        self.account = account
        self.mails = mails
        self._organizations: dict[str, str] = {}

    # --- organizations ---

    def organization(self, tenant: Tenant) -> str:
        """Keycloak's id of the region's organization; raises LookupError when it isn't there yet."""
        known = self._organizations.get(tenant.alias)
        if known is None:
            found = self.find_organization(tenant)
            if found is None:
                raise LookupError(f"Keycloak has no organization {tenant.alias}: run the onboarding again")
            known = self._organizations[tenant.alias] = str(found["id"])
        return known

    def find_organization(self, tenant: Tenant) -> dict[str, Any] | None:
        """The region's organization, found by its key (the name may be changed by the region)."""
        rows = self.account.get("/organizations", q=f"kunci:{tenant.key}", max=2)
        return next((row for row in rows if row["alias"] == tenant.alias), None)

    def ensure_organization(self, tenant: Tenant, roles: Iterable[str]) -> str:
        """The organization with one group for each role; idempotent. Keycloak's id of it."""
        found = self.find_organization(tenant)
        if found is None:
            try:
                body = {"name": tenant.name, "alias": tenant.alias, "attributes": {"kunci": [str(tenant.key)]}}
                made = self.account.post("/organizations", body).location
            except KeycloakRefusedError as refused:
                if refused.status != CONFLICT:
                    raise
                # Another region has this name, or the other half of this very call was faster.
                found = self.find_organization(tenant)
                made = found["id"] if found else self._create_named_apart(tenant)
        else:
            made = found["id"]
        self._organizations[tenant.alias] = str(made)
        self.ensure_groups(str(made), roles)
        return str(made)

    def _create_named_apart(self, tenant: Tenant) -> str:
        name = f"{tenant.name} ({tenant.region_code or tenant.slug})"
        body = {"name": name, "alias": tenant.alias, "attributes": {"kunci": [str(tenant.key)]}}
        return self.account.post("/organizations", body).location

    def ensure_groups(self, organization: str, roles: Iterable[str]) -> dict[str, str]:
        """Group id by role; a missing group is made and mapped to the role of client `api`. Raises RoleUnknownError."""
        path = f"/organizations/{organization}/groups"
        groups = {row["name"]: row["id"] for row in self.account.get(path, max=200)}
        for role in roles:
            if role not in groups:
                groups[role] = self._make_group(path, role)
        return groups

    def _make_group(self, path: str, role: str) -> str:
        try:
            group = self.account.post(path, {"name": role}).location
        except KeycloakRefusedError as refused:
            if refused.status != CONFLICT:
                raise
            group = next(row["id"] for row in self.account.get(path, max=200) if row["name"] == role)
        # Of a client that it may not view, this account sees what it could map, and what a group has in all.
        mapping = f"{path}/{group}/role-mappings"
        client = f"{mapping}/clients/{api_client_uuid(self.account.realm)}"
        wanted = [row for row in self.account.get(f"{client}/available") if row["name"] == role]
        if wanted:
            self.account.post(client, wanted)
        elif role not in _mapped(self.account.get(mapping)):
            self.account.delete(f"{path}/{group}")
            raise RoleUnknownError(role)
        return group

    def set_look(self, tenant: Tenant, *, name: str, color: str, text_color: str, crest_url: str) -> None:
        """Name, colours (#rrggbb) and crest (https address, "" for none) of the region's sign-in pages."""
        organization = self.organization(tenant)
        there = self.account.get(f"/organizations/{organization}")
        look = {"warna": [color], "warnaTeks": [text_color], "lambang": [crest_url] if crest_url else []}
        attributes = there.get("attributes", {}) | {k: v for k, v in look.items() if v}
        if not crest_url:
            attributes.pop("lambang", None)
        self.account.put(f"/organizations/{organization}", there | {"name": name, "attributes": attributes})

    def set_enabled(self, tenant: Tenant, *, enabled: bool) -> None:
        """Suspend or resume: with its organization disabled nobody signs in for the region."""
        organization = self.organization(tenant)
        there = self.account.get(f"/organizations/{organization}")
        self.account.put(f"/organizations/{organization}", there | {"enabled": enabled})

    # --- people ---

    def find_person(self, email: str) -> Person | None:
        """The account with this address."""
        rows = self.account.get("/users", email=email, exact="true", max=2)
        return _person(rows[0]) if rows else None

    def person(self, sub: str) -> Person | None:
        """The account with this id."""
        row = self.account.find(f"/users/{quote(sub)}")
        return _person(row) if row else None

    def create_person(self, email: str, name: str, *, inviter: Tenant) -> str:
        """A new account without a password; its id."""
        actions = ["UPDATE_PASSWORD", "VERIFY_EMAIL"] if self.mails else ["UPDATE_PASSWORD"]
        body = {
            "username": email,
            "email": email,
            "firstName": name,
            "enabled": True,
            "emailVerified": False,
            "requiredActions": actions,
            "attributes": {"pengundang": [inviter.name], "pembuat": [inviter.alias], "locale": ["id"]},
        }
        return self.account.post("/users", body).location

    def forget_credentials(self, sub: str) -> None:
        """Delete every password and code of an account and end its sign-ins: whoever set them up is out."""
        for credential in self.account.get(f"/users/{sub}/credentials"):
            self.account.delete(f"/users/{sub}/credentials/{credential['id']}")
        self.account.post(f"/users/{sub}/logout")

    def forget_codes(self, sub: str) -> None:
        """Delete the second factor only."""
        for credential in self.account.get(f"/users/{sub}/credentials"):
            if credential["type"] == "otp":
                self.account.delete(f"/users/{sub}/credentials/{credential['id']}")

    def name_inviter(self, sub: str, inviter: Tenant, *, actions: Iterable[str] = ()) -> None:
        """Remember whose invitation the next mail is, and what the person has to do at the next sign-in."""
        there = self.account.get(f"/users/{sub}")
        attributes = there.get("attributes", {}) | {"pengundang": [inviter.name]}
        wanted = sorted({*there.get("requiredActions", ()), *actions})
        self.account.put(f"/users/{sub}", there | {"attributes": attributes, "requiredActions": wanted})

    def first_password(self, sub: str) -> str:
        """A random password that has to be changed at the first sign-in; shown to the inviting admin once."""
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        body = {"type": "password", "value": password, "temporary": True}
        self.account.put(f"/users/{sub}/reset-password", body)
        return password

    def send_invitation(self, sub: str, *, back_to: str) -> None:
        """Keycloak's mail with a link to set a password. Raises KeycloakRefusedError (500) when the mail server refuses."""
        query = urlencode({"client_id": PORTAL, "redirect_uri": back_to})
        self.account.put(f"/users/{sub}/execute-actions-email?{query}", ["VERIFY_EMAIL", "UPDATE_PASSWORD"])

    def organizations_of(self, sub: str) -> set[str]:
        """Aliases of the organizations that this account is a member of."""
        return {row["alias"] for row in self.account.get(f"/organizations/members/{sub}/organizations")}

    # --- membership ---

    def enabled_members(self, organization: str) -> frozenset[str]:
        """Ids of the members whose account isn't disabled."""
        rows = self._all(f"/organizations/{organization}/members")
        return frozenset(row["id"] for row in rows if row.get("enabled"))

    def subs_with_role(self, organization: str, role: str) -> frozenset[str]:
        """Ids of the members in this role's group."""
        groups = {row["name"]: row["id"] for row in self.account.get(f"/organizations/{organization}/groups", max=200)}
        if role not in groups:
            return frozenset()
        rows = self._all(f"/organizations/{organization}/groups/{groups[role]}/members")
        return frozenset(row["id"] for row in rows)

    def _all(self, path: str) -> list[dict[str, Any]]:
        """Every row of a list that Keycloak hands out by pages."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.account.get(path, first=len(rows), max=_PAGE)
            rows += page
            if len(page) < _PAGE:
                return rows

    def set_membership(self, organization: str, sub: str, roles: Iterable[str]) -> None:
        """A member with exactly these roles; idempotent."""
        try:
            self.account.post(f"/organizations/{organization}/members", sub)
        except KeycloakRefusedError as refused:
            if refused.status != CONFLICT:
                raise
        wanted = set(roles)
        groups = self.ensure_groups(organization, wanted)
        there = {
            row["name"]: row["id"] for row in self.account.get(f"/organizations/{organization}/members/{sub}/groups")
        }
        for role in sorted(wanted - there.keys()):
            self.account.put(f"/organizations/{organization}/groups/{groups[role]}/members/{sub}")
        for role in sorted(there.keys() - wanted):
            self.account.delete(f"/organizations/{organization}/groups/{there[role]}/members/{sub}")

    def remove_membership(self, organization: str, sub: str) -> None:
        """No member any more; the account itself stays: it may belong to a citizen, or to staff of another region."""
        self.account.delete(f"/organizations/{organization}/members/{sub}")


def directory(of: Runtime | None = None) -> Directory:
    """The directory of the current application; one token is shared by the process."""
    owner = of or runtime()
    made = owner.directory
    if made is None:
        settings = owner.settings
        account = Account.service(owner.server, settings.realm, "balai-console", settings.console_client_secret)
        made = owner.directory = Directory(account, mails=bool(settings.smtp_url))
    return made


def _mapped(mappings: dict[str, Any]) -> set[str]:
    api = mappings.get("clientMappings", {}).get(AUDIENCE, {})
    return {row["name"] for row in api.get("mappings", ())}


def _person(row: dict[str, Any]) -> Person:
    attributes = row.get("attributes", {})
    return Person(
        sub=row["id"],
        email=row.get("email", ""),
        name=" ".join(filter(None, (row.get("firstName"), row.get("lastName")))),
        verified=bool(row.get("emailVerified")),
        enabled=bool(row.get("enabled")),
        waiting="UPDATE_PASSWORD" in row.get("requiredActions", ()),
        made_by=next(iter(attributes.get("pembuat", ())), ""),
    )
