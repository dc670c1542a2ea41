"""Sessions of pages: a random cookie, a row that only functions reach, roles that are never older than needed.

Roles are asked of Keycloak again every 5 minutes with the refresh token; while it is down they stay good for 8 hours. What
this region has taken away counts at once, whatever Keycloak's last word was (decision 16).
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from balai.auth import queries
from balai.auth.jwks import KeysUnknownError
from balai.auth.keycloak import KeycloakDownError, KeycloakRefusedError
from balai.auth.runtime import Runtime
from balai.auth.seal import Box, BrokenSealError, digest
from balai.auth.tokens import PORTAL, Claims, TokenRefusedError
from balai.clock import now
from balai.db import Database
from balai.tenancy import Tenant

COOKIE = "__Host-balai"
LIFETIME = timedelta(hours=12)
FRESH = timedelta(minutes=5)
STALE = timedelta(hours=8)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Keycloak gave for a code or a refresh token."""

    access: str
    refresh: str
    identity: str


@dataclass(frozen=True, slots=True)
class SessionUser:
    """The person behind a cookie, as the database and Keycloak's last word have it."""

    sub: str
    sid: str
    name: str
    email: str
    tenant_id: int | None
    member_id: UUID | None
    roles: frozenset[str]
    acr: str
    auth_at: datetime


def tokens_from(reply: Any) -> Tokens:
    """The three tokens of Keycloak's answer; raises TokenRefusedError when one is missing."""
    try:
        return Tokens(str(reply["access_token"]), str(reply["refresh_token"]), str(reply["id_token"]))
    except (KeyError, TypeError) as error:
        raise TokenRefusedError("Keycloak's answer lacks a token") from error


def create(runtime: Runtime, database: Database, *, tenant: Tenant | None, claims: Claims, tokens: Tokens) -> str:
    """Store a session of `tenant` (None: a citizen on the apex host) for a verified sign-in; the cookie's value."""
    alias = tenant.alias if tenant else None
    raw = secrets.token_bytes(_BYTES)
    box = _box(runtime, raw)
    with queries.alone(database) as db:
        queries.create_session(
            db,
            id_hash=digest(raw),
            tenant_id=tenant.id if tenant else None,
            sub=claims.sub,
            sid=claims.sid,
            roles=claims.organizations.get(alias or "", frozenset()),
            acr=claims.acr,
            who=box.seal({"name": claims.name, "email": claims.email, "alias": alias}, "who"),
            tokens=box.seal({"refresh": tokens.refresh, "id": tokens.identity}, "tokens"),
            auth_at=claims.auth_at,
            issued_at=claims.issued_at,
            now=now(),
            expires_at=now() + LIFETIME,
        )
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def find(runtime: Runtime, database: Database, cookie: str, tenant_id: int | None) -> SessionUser | None:
    """Who holds this cookie on this host; refreshes with Keycloak when due. None: nobody, or no longer."""
    raw = read_cookie(cookie)
    if raw is None:
        return None
    with queries.alone(database) as db:
        row = queries.find_session(db, digest(raw), tenant_id, now())
    if row is None:
        return None
    box = _box(runtime, raw)
    try:
        who = box.open(bytes(row.who), "who")
    except BrokenSealError:
        return None
    roles = frozenset(row.roles)
    age = now() - row.checked_at
    if age > FRESH:
        fresh = _refresh(runtime, database, raw, box, who, age)
        if fresh is None:
            return None
        roles, who = fresh if isinstance(fresh, tuple) else (roles, who)
    # The region's own word: a role taken away here counts now, not at the next refresh, and nobody has a role whom the region
    # doesn't list (signing in lists them).
    roles = roles & frozenset(row.member_roles) if row.member_active else frozenset()
    return SessionUser(
        sub=row.sub,
        sid=row.sid,
        name=who["name"],
        email=who["email"],
        tenant_id=row.tenant_id,
        member_id=row.member_id if row.member_active else None,
        roles=roles,
        acr=row.acr,
        auth_at=row.auth_at,
    )


def end(database: Database, raw: bytes) -> None:
    """End one browser's session."""
    with queries.alone(database) as db:
        queries.end_session(db, digest(raw))


def identity_token(runtime: Runtime, database: Database, raw: bytes) -> str | None:
    """The ID token of a session, with which Keycloak signs out without asking again."""
    with queries.alone(database) as db:
        sealed = queries.session_tokens(db, digest(raw))
    if sealed is None:
        return None
    try:
        return str(_box(runtime, raw).open(bytes(sealed), "tokens")["id"])
    except BrokenSealError:
        return None


def read_cookie(cookie: str) -> bytes | None:
    """The 32 bytes behind a cookie's value, None for anything else."""
    try:
        raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == _BYTES else None


def _box(runtime: Runtime, raw: bytes) -> Box:
    return Box(runtime.secret, raw, "session")


def _refresh(
    runtime: Runtime, database: Database, raw: bytes, box: Box, who: dict[str, Any], age: timedelta
) -> tuple[frozenset[str], dict[str, Any]] | bool | None:
    """Ask Keycloak again. (roles, who) = its word; True = go on with what is known; None = signed out."""
    with queries.alone(database) as db:
        sealed = queries.claim_refresh(db, digest(raw), now())
    usable = age <= STALE or None
    if sealed is None:
        return usable  # another request is asking right now
    try:
        kept = box.open(bytes(sealed), "tokens")
        reply = runtime.server.send(
            "POST", token_path(runtime), form=_refresh_form(runtime, kept["refresh"]), timeout=4
        )
        fresh = tokens_from(reply.data)
        claims = runtime.verifier.access(fresh.access)
    except (KeycloakDownError, KeysUnknownError):
        runtime.seen_down()
        return usable
    except KeycloakRefusedError as refused:
        if refused.status >= 500 or refused.status == 429:  # noqa: PLR2004 - its fault, not the person's
            return usable
        end(database, raw)
        return None
    except (TokenRefusedError, BrokenSealError):
        end(database, raw)
        return None
    roles = claims.organizations.get(who["alias"] or "", frozenset())
    who = who | {"name": claims.name, "email": claims.email}
    with queries.alone(database) as db:
        queries.refresh_session(
            db,
            digest(raw),
            roles=roles,
            who=box.seal(who, "who"),
            tokens=box.seal({"refresh": fresh.refresh, "id": fresh.identity}, "tokens"),
            now=now(),
        )
    return roles, who


def _refresh_form(runtime: Runtime, refresh: str) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": PORTAL,
        "client_secret": runtime.settings.portal_client_secret,
    }


def token_path(runtime: Runtime) -> str:
    """Keycloak's token endpoint."""
    return f"/realms/{runtime.settings.realm}/protocol/openid-connect/token"
