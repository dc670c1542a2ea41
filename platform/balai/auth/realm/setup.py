"""Bring a Keycloak realm to what `balai.json` describes.

`balai.json` has the shapes of Keycloak's own realm export, cut into the parts that Balai decides: no users, no secrets, no
address of any host. Secrets, mail and addresses come from the settings. Run by the operator with an administrator's account
(`balai identity setup`), never by the web server. What the file doesn't name stays as the operator set it.
"""

import json
import uuid
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from balai.auth.keycloak import Account, KeycloakHttp, KeycloakRefusedError
from balai.auth.realm.flows import ensure_flow
from balai.settings import Settings

LOGOUT_HOOK = "/masuk/keluar-kait"


@dataclass(slots=True)
class SetUp:
    """What one run did. `created` tells a fresh realm; `changes` are sentences for the operator's screen."""

    created: bool = False
    changes: list[str] = field(default_factory=list)


@cache
def read_file() -> dict[str, Any]:
    """The realm file, parsed."""
    text = files("balai.auth.realm").joinpath("balai.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def ensure_realm(settings: Settings, username: str, password: str, *, theme: bool = True) -> SetUp:
    """Create or upgrade the realm; idempotent. Raises KeycloakDownError, KeycloakRefusedError.

    username, password: an administrator of Keycloak's master realm. theme=False leaves Keycloak's own theme, for a server
    on which Balai's isn't installed.
    """
    server = KeycloakHttp(settings.keycloak_server_url, timeout=60)
    # Late: this package is also read where the library must not be loaded.
    from balai.auth.library import LibraryAccount

    admin: Account = LibraryAccount.administrator(server, settings.realm, username, password)
    done = SetUp()
    plan = read_file()
    _realm(admin, settings, plan["realm"], done, theme=theme)
    for scope in plan["clientScopes"]:
        _scope(admin, scope, done)
    for client in plan["clients"]:
        _client(admin, client, _from_settings(settings, client["clientId"]), done)
    for flow in plan["flows"]:
        ensure_flow(admin, flow, done.changes)
    _user_profile(admin, plan["userProfile"])
    return done


def _realm(admin: Account, settings: Settings, wanted: dict[str, Any], done: SetUp, *, theme: bool) -> None:
    body = wanted | {"realm": settings.realm} | _mail(settings)
    if not theme:
        body = {k: v for k, v in body.items() if not k.endswith("Theme")}
    if admin.find("") is None:
        admin.server.send("POST", "/admin/realms", body=body, token=admin.token())
        # A token lists the realms it may manage: this one is newer than the token.
        admin.token(renew=True)
        done.created = True
        done.changes.append(f"realm {settings.realm} created")
    else:
        admin.put("", body)


def _mail(settings: Settings) -> dict[str, Any]:
    """Mail settings, and what depends on mail: without it nobody can prove an address, so nobody registers alone."""
    mails = bool(settings.smtp_url)
    return {
        "smtpServer": smtp_server(settings) if mails else {},
        "verifyEmail": mails,
        "resetPasswordAllowed": mails,
        "registrationAllowed": mails,
    }


def smtp_server(settings: Settings) -> dict[str, str]:
    """Keycloak's form of `smtp[s]://user:password@host:port` and `Name <address>`."""
    url = urlsplit(settings.smtp_url)
    name, _, address = settings.mail_from.rpartition("<")
    server = {
        "host": url.hostname or "localhost",
        "port": str(url.port or (465 if url.scheme == "smtps" else 25)),
        "from": address.rstrip("> ") or settings.mail_from,
        "fromDisplayName": name.strip() or "Balai",
        "ssl": "true" if url.scheme == "smtps" else "false",
        # Keycloak gives up when STARTTLS is demanded of a server without it; a local catcher has none.
        "starttls": "true" if url.scheme == "smtp" and url.username else "false",
        "auth": "true" if url.username else "false",
    }
    if url.username:
        server |= {"user": unquote(url.username), "password": unquote(url.password or "")}
    return server


def _from_settings(settings: Settings, client_id: str) -> dict[str, Any]:
    """What differs between deployments: secrets and the one back-channel address."""
    secrets = {
        "portal": settings.portal_client_secret,
        "balai-console": settings.console_client_secret,
        "balai-worker": settings.worker_client_secret,
    }
    own: dict[str, Any] = {}
    if secrets.get(client_id):
        own["secret"] = secrets[client_id]
    if client_id == "portal":
        own["baseUrl"] = settings.public_url(settings.domain, "/")
        own["attributes"] = {"backchannel.logout.url": settings.public_url(settings.domain, LOGOUT_HOOK)}
    return own


def _scope(admin: Account, wanted: dict[str, Any], done: SetUp) -> None:
    found = _named(admin.get("/client-scopes"), "name", wanted["name"])
    mappers = wanted["protocolMappers"]
    plain = {k: v for k, v in wanted.items() if k != "protocolMappers"}
    if found is None:
        admin.post("/client-scopes", wanted)
        done.changes.append(f"client scope {wanted['name']} created")
        return
    admin.put(f"/client-scopes/{found['id']}", found | plain)
    _mappers(admin, f"/client-scopes/{found['id']}/protocol-mappers/models", mappers)


def _mappers(admin: Account, path: str, wanted: list[dict[str, Any]]) -> None:
    there = admin.get(path)
    for mapper in wanted:
        found = _named(there, "name", mapper["name"])
        if found is None:
            admin.post(path, mapper)
        elif found["protocolMapper"] != mapper["protocolMapper"]:
            admin.delete(f"{path}/{found['id']}")
            admin.post(path, mapper)
        else:
            admin.put(f"{path}/{found['id']}", found | mapper)


OWN_KEYS = ("roles", "scopeRoles", "serviceAccountRoles", "defaultClientScopes", "optionalClientScopes")


def _client(admin: Account, wanted: dict[str, Any], own: dict[str, Any], done: SetUp) -> None:
    plain = {k: v for k, v in wanted.items() if k not in OWN_KEYS}
    plain |= {k: v for k, v in own.items() if k != "attributes"}
    plain["attributes"] = wanted.get("attributes", {}) | own.get("attributes", {})
    found = _named(admin.get("/clients", clientId=wanted["clientId"]), "clientId", wanted["clientId"])
    if found is None:
        scopes = {k: wanted[k] for k in ("defaultClientScopes", "optionalClientScopes") if k in wanted}
        own_id = {"id": api_client_uuid(admin.realm)} if wanted["clientId"] == "api" else {}
        client = admin.post("/clients", plain | scopes | own_id).location
        done.changes.append(f"client {wanted['clientId']} created")
    else:
        client = found["id"]
        # Only what the file names: the portal's addresses are the worker's, and stay.
        admin.put(f"/clients/{client}", plain)
    if "defaultClientScopes" in wanted:
        _client_scopes(admin, client, wanted)
    for role in wanted.get("roles", ()):
        ensure_role(admin, client, role)
    for owner, roles in wanted.get("scopeRoles", {}).items():
        target = client_uuid(admin, owner)
        admin.post(f"/clients/{client}/scope-mappings/clients/{target}", _roles(admin, target, roles))
    for owner, roles in wanted.get("serviceAccountRoles", {}).items():
        _service_account(admin, client, owner, roles)


def _client_scopes(admin: Account, client: str, wanted: dict[str, Any]) -> None:
    known = {scope["name"]: scope["id"] for scope in admin.get("/client-scopes")}
    for kind in ("default", "optional"):
        path = f"/clients/{client}/{kind}-client-scopes"
        there = {scope["name"] for scope in admin.get(path)}
        names = set(wanted[f"{kind}ClientScopes"])
        for name in sorted(there - names):
            admin.delete(f"{path}/{known[name]}")
        for name in sorted(names - there):
            admin.put(f"{path}/{known[name]}")


def _service_account(admin: Account, client: str, owner: str, roles: list[str]) -> None:
    """Exactly these roles of `owner`: a service account that once had more loses it here."""
    user = admin.get(f"/clients/{client}/service-account-user")["id"]
    target = client_uuid(admin, owner)
    path = f"/users/{user}/role-mappings/clients/{target}"
    surplus = [role for role in admin.get(path) if role["name"] not in roles]
    if surplus:
        admin.delete(path, surplus)
    admin.post(path, _roles(admin, target, roles))


def _user_profile(admin: Account, wanted: dict[str, Any]) -> None:
    """Exactly these attributes: nobody writes others, and a person with one name needs no second."""
    there = admin.get("/users/profile")
    there.pop("unmanagedAttributePolicy", None)
    admin.put("/users/profile", there | wanted)


def api_client_uuid(realm: str) -> str:
    """Keycloak's own id of client `api`: computed, because the console's account may map its roles but not look it up."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"balai:{realm}:api"))


def client_uuid(account: Account, client_id: str) -> str:
    """Keycloak's own id of a client; raises LookupError when there is none."""
    found = _named(account.get("/clients", clientId=client_id), "clientId", client_id)
    if found is None:
        raise LookupError(f"Keycloak has no client {client_id!r}: run `balai identity setup`")
    return str(found["id"])


def ensure_role(account: Account, client: str, role: str) -> None:
    """The client role exists afterwards."""
    if account.find(f"/clients/{client}/roles/{quote(role, safe='')}") is None:
        try:
            account.post(f"/clients/{client}/roles", {"name": role})
        except KeycloakRefusedError as refused:
            if refused.status != 409:  # noqa: PLR2004 - somebody was faster
                raise


def _roles(account: Account, client: str, names: list[str]) -> list[dict[str, Any]]:
    return [account.get(f"/clients/{client}/roles/{quote(name, safe='')}") for name in names]


def _named(rows: list[dict[str, Any]], key: str, value: str) -> dict[str, Any] | None:
    return next((row for row in rows if row[key] == value), None)
