"""What the worker and the command line keep right in Keycloak: organizations, addresses, API clients.

The account behind it (`balai-worker`) has manage-clients; no web process holds its secret (decision 19). The portal's
addresses are always written as a whole, from the registry, under a lock: twenty onboardings at once lose none, and running it
again repairs whatever was changed by hand.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from balai.auth import queries
from balai.auth.directory import Directory
from balai.auth.keycloak import KeycloakDownError, KeycloakHttp, KeycloakRefusedError
from balai.auth.library import LibraryAccount
from balai.auth.permissions import CORE_ROLES
from balai.auth.realm import client_uuid, ensure_role
from balai.auth.signin import AFTER_LOGOUT, CALLBACK
from balai.auth.tokens import API_CLIENT, AUDIENCE, PORTAL
from balai.db import Database
from balai.errors import ConfigurationError
from balai.settings import Settings
from balai.tenancy import Tenant

_LOGOUT_ATTRIBUTE = "post.logout.redirect.uris"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A region's machine account: client_id and secret for the token request (client_credentials)."""

    client_id: str
    secret: str
    roles: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What `doctor` found: `problems` are sentences with a way out, `fixed` those put right in this run."""

    problems: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)


class Provisioner:
    """Both service accounts, in a process that may hold both. Raises KeycloakDownError, KeycloakRefusedError everywhere."""

    def __init__(self, settings: Settings, database: Database) -> None:
        if not settings.worker_client_secret or not settings.console_client_secret:
            raise ConfigurationError(
                "BALAI_WORKER_CLIENT_SECRET and BALAI_CONSOLE_CLIENT_SECRET are needed here: set them as for"
                " `balai identity setup`"
            )
        self.settings = settings
        self.database = database
        server = KeycloakHttp(settings.keycloak_server_url, timeout=30)
        self.worker = LibraryAccount.service(server, settings.realm, "balai-worker", settings.worker_client_secret)
        console = LibraryAccount.service(server, settings.realm, "balai-console", settings.console_client_secret)
        self.directory = Directory(console, mails=bool(settings.smtp_url))

    def onboard(self, tenant: Tenant, roles: Iterable[str] = ()) -> None:
        """Organization, groups and addresses of a tenant whose row is committed; idempotent, can be run again after a failure."""
        keys = dict.fromkeys((*(role.key for role in CORE_ROLES), *roles))
        self.ensure_roles(roles)
        self.directory.ensure_organization(tenant, keys)
        self.sync_addresses()

    def ensure_roles(self, roles: Iterable[str]) -> None:
        """Roles of plugins exist on client `api`, so that regions can give them."""
        names = list(roles)
        if names:
            api = client_uuid(self.worker, AUDIENCE)
            there = {row["name"] for row in self.worker.get(f"/clients/{api}/roles", max=500)}
            for name in names:
                if name not in there:
                    ensure_role(self.worker, api, name)

    # --- addresses ---

    def sync_addresses(self) -> bool:
        """Write the portal's exact addresses from the registry unless they are right; whether anything changed."""
        with queries.address_lock(self.database) as connection:
            wanted = self.wanted_addresses(queries.all_hosts(connection))
            portal = self._portal()
            if self._addresses(portal) == wanted:
                return False
            redirects, logouts = wanted
            self.worker.put(
                f"/clients/{portal['id']}",
                {
                    "redirectUris": sorted(redirects),
                    "webOrigins": [],  # else Keycloak allows scripts of every one of these to read its answers
                    "attributes": {_LOGOUT_ATTRIBUTE: "##".join(sorted(logouts))},
                },
            )
            return True

    def wanted_addresses(self, hosts: Iterable[tuple[str, bool]]) -> tuple[set[str], set[str]]:
        """(redirect URIs, post-logout URIs) for (slug or custom domain, is it a slug) pairs, and for the apex."""
        names = {self.settings.domain}
        for name, is_slug in hosts:
            names.add(self.settings.tenant_host(name) if is_slug else name)
        redirects = {self.settings.public_url(name, CALLBACK) for name in names}
        return redirects, {self.settings.public_url(name, AFTER_LOGOUT) for name in names}

    def _portal(self) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.worker.get("/clients", clientId=PORTAL)
        if not rows:
            raise LookupError("Keycloak has no client `portal`: run `balai identity setup`")
        return rows[0]

    def _addresses(self, portal: dict[str, Any]) -> tuple[set[str], set[str]]:
        logouts = portal.get("attributes", {}).get(_LOGOUT_ATTRIBUTE, "")
        return set(portal.get("redirectUris", ())), {uri for uri in logouts.split("##") if uri}

    # --- API clients ---

    def create_api_client(self, tenant: Tenant, name: str, roles: Iterable[str]) -> ApiClient:
        """A machine account that acts for exactly this region. Raises ValueError for a bad name, KeycloakRefusedError (409)."""
        if not _NAME.fullmatch(name):
            raise ValueError("a client's name is small letters, digits and hyphens, at most 40")
        granted = tuple(sorted(set(roles)))
        claim = {tenant.alias: {"resource_access": {AUDIENCE: {"roles": list(granted)}}}}
        body = {
            "clientId": f"{tenant.alias}.{name}",
            "name": f"{tenant.name}: {name}"[:255],
            "publicClient": False,
            "standardFlowEnabled": False,
            "directAccessGrantsEnabled": False,
            "serviceAccountsEnabled": True,
            "fullScopeAllowed": False,
            "defaultClientScopes": ["basic", "balai-api"],
            "optionalClientScopes": [],
            "protocolMappers": [
                _hardcoded("organization", json.dumps(claim), "JSON"),
                _hardcoded("name", name, "String"),
            ],
        }
        made = self.worker.post("/clients", body).location
        secret = self.worker.get(f"/clients/{made}/client-secret")["value"]
        return ApiClient(str(body["clientId"]), str(secret), granted)

    def api_clients(self, tenant: Tenant) -> list[str]:
        """Client ids of the region's machine accounts."""
        rows = self.worker.get("/clients", clientId=f"{tenant.alias}.", search="true", max=200)
        return sorted(row["clientId"] for row in rows if row["clientId"].startswith(f"{tenant.alias}."))

    def revoke_api_client(self, tenant: Tenant, client_id: str) -> None:
        """Delete a machine account of this region; its tokens end within 5 minutes. Raises LookupError for any other's."""
        match = API_CLIENT.fullmatch(client_id)
        if match is None or match[1] != tenant.alias:
            raise LookupError(client_id)
        self.worker.delete(f"/clients/{client_uuid(self.worker, client_id)}")


def _hardcoded(name: str, value: str, kind: str) -> dict[str, Any]:
    return {
        "name": f"fixed-{name}",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {
            "claim.name": name,
            "claim.value": value,
            "jsonType.label": kind,
            "access.token.claim": "true",
            "id.token.claim": "false",
            "userinfo.token.claim": "false",
        },
    }


def doctor(settings: Settings, database: Database, tenants: Iterable[Tenant], *, fix: bool = False) -> Report:
    """Check realm, accounts, addresses and organizations against the registry; with `fix` put right what can be."""
    report = Report()
    try:
        provisioner = Provisioner(settings, database)
        _check_addresses(provisioner, report, fix=fix)
        for tenant in tenants:
            _check_organization(provisioner, tenant, report, fix=fix)
    except ConfigurationError as error:
        report.problems.append(str(error))
    except KeycloakDownError:
        report.problems.append(
            f"Keycloak at {settings.keycloak_server_url} doesn't answer: start it, or check the address"
        )
    except LookupError as error:
        report.problems.append(str(error.args[0]))
    except KeycloakRefusedError as error:
        report.problems.append(f"{error}. Run `balai identity setup` with this deployment's secrets.")
    return report


def _check_addresses(provisioner: Provisioner, report: Report, *, fix: bool) -> None:
    portal = provisioner._portal()  # noqa: SLF001 - the same room
    there = provisioner._addresses(portal)  # noqa: SLF001
    with queries.alone(provisioner.database) as connection:
        wanted = provisioner.wanted_addresses(queries.all_hosts(connection))
    faults = []
    for have, want, what in zip(there, wanted, ("redirect", "post-logout"), strict=True):
        faults += [f"client `portal` has a wildcard among its {what} addresses: {uri}" for uri in have if "*" in uri]
        faults += [f"{what} address missing: {uri}" for uri in sorted(want - have)]
        faults += [f"{what} address of nobody: {uri}" for uri in sorted(have - want) if "*" not in uri]
    if faults and fix:
        provisioner.sync_addresses()
        report.fixed += faults
    else:
        report.problems += [f"{fault} (balai doctor --fix)" for fault in faults]


def _check_organization(provisioner: Provisioner, tenant: Tenant, report: Report, *, fix: bool) -> None:
    found = provisioner.directory.find_organization(tenant)
    wanted = {role.key for role in CORE_ROLES}
    if found is None:
        fault = f"{tenant.slug}: Keycloak has no organization {tenant.alias}"
    else:
        rows = provisioner.directory.account.get(f"/organizations/{found['id']}/groups", max=200)
        missing = sorted(wanted - {row["name"] for row in rows})
        if not missing:
            return
        fault = f"{tenant.slug}: its organization lacks the roles {', '.join(missing)}"
    if fix:
        provisioner.directory.ensure_organization(tenant, sorted(wanted))
        report.fixed.append(fault)
    else:
        report.problems.append(f"{fault} (balai doctor --fix)")
