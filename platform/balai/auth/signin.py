"""Signing in and out with Keycloak: authorization code with PKCE, from the host where it began back to the same host.

Nothing is kept on the server between the two halves: state, nonce and verifier travel in a sealed cookie of this very host
(`__Host-`: no sibling region can set or read it), so another site can't finish somebody's sign-in here (decision 16).
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from balai.auth import sessions
from balai.auth.keycloak import KeycloakDownError, KeycloakRefusedError
from balai.auth.principal import STEPPED_UP
from balai.auth.runtime import Runtime
from balai.auth.seal import Box, BrokenSealError
from balai.auth.tokens import PORTAL, Claims, TokenRefusedError
from balai.clock import now
from balai.db import Database
from balai.tenancy import Tenant

COOKIE = "__Host-balai-masuk"
MINUTES = 30
# Somebody who opens several pages may have several sign-ins under way in one browser; each has its own state.
MOST_PENDING = 3
CALLBACK = "/masuk/selesai"
AFTER_LOGOUT = "/keluar/selesai"
# Three of them, sealed, fit into the 4096 bytes that browsers keep of a cookie.
_MOST_PATH = 600


# Control characters and blanks split headers; browsers read a backslash as a slash.
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


class SignInFailedError(Exception):
    """The sign-in can't be finished. reason: `expired` (start again), `cancelled`, `suspended`, `refused`."""

    def __init__(self, reason: Literal["expired", "cancelled", "suspended", "refused"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the pre-login cookie."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A verified sign-in: the session cookie, the page to go on to, and what is left of the pre-login cookie."""

    cookie: str
    next: str
    claims: Claims
    pending: str


def safe_path(raw: str | None) -> str:
    """`raw` when it is a plain path on this host, "/" otherwise: a sign-in never leads to another site."""
    if not raw or len(raw) > _MOST_PATH or not raw.startswith("/") or raw.startswith(("//", "/\\")):
        return "/"
    if _ODD.search(raw):
        return "/"
    if raw.partition("?")[0].split("/")[1] in {"masuk", "keluar", "api"}:
        return "/"
    return raw


def begin(
    runtime: Runtime,
    *,
    host_url: str,
    alias: str | None,
    to: str,
    step_up: bool = False,
    pending: str = "",
    language: str = "id",
) -> Begun:
    """Start a sign-in on the host `host_url` (https://host[:port]) for the organization `alias`.

    to: path to go on to; step_up: ask for the second factor; pending: this browser's pre-login cookie so far; language: of the
    pages that the reader comes from.
    """
    state, nonce, verifier = (secrets.token_urlsafe(n) for n in (16, 16, 48))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "client_id": PORTAL,
        "response_type": "code",
        "redirect_uri": host_url + CALLBACK,
        "scope": f"openid organization:{alias}" if alias else "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    if step_up:
        query["acr_values"] = STEPPED_UP
    known = _open(runtime, pending)
    begun = {"n": nonce, "v": verifier, "to": safe_path(to), "a": alias, "h": host_url, "t": int(now().timestamp())}
    known[state] = begun
    return Begun(f"{runtime.settings.issuer}/protocol/openid-connect/auth?{urlencode(query)}", _seal(runtime, known))


def finish(
    runtime: Runtime,
    database: Database,
    *,
    host_url: str,
    tenant_of: Callable[[Claims, str | None], Tenant | None],
    query: Mapping[str, str],
    pending: str,
) -> Finished:
    """Take Keycloak's answer, verify it and store the session. Raises SignInFailedError, KeycloakDownError.

    tenant_of: function from the verified claims and the alias that was asked for to the region (or None) that the session is of.
    Roles come from that region's own part of the token, whatever was asked for: a sign-in begun on one host and carried to
    another would else bring the first one's roles along.
    """
    known = _open(runtime, pending)
    begun = _match(known, query.get("state", ""))
    issuer = query.get("iss")
    if begun is None or begun.get("h") != host_url or (issuer is not None and issuer != runtime.settings.issuer):
        raise SignInFailedError("expired")
    if "error" in query:
        raise SignInFailedError(_REASONS.get(query["error"], "refused"))
    tokens = _redeem(runtime, query.get("code", ""), begun["v"], host_url)
    try:
        identity = runtime.verifier.identity(tokens.identity, begun["n"])
        claims = runtime.verifier.access(tokens.access)
    except TokenRefusedError as error:
        raise SignInFailedError("refused") from error
    if identity.sub != claims.sub:
        raise SignInFailedError("refused")
    cookie = sessions.create(runtime, database, tenant=tenant_of(claims, begun["a"]), claims=claims, tokens=tokens)
    return Finished(cookie, safe_path(begun["to"]), claims, _seal(runtime, known))


def logout_url(runtime: Runtime, *, host_url: str, identity_token: str | None) -> str:
    """Keycloak's sign-out, which ends the person's sessions on every host and comes back to this one."""
    query = {"client_id": PORTAL, "post_logout_redirect_uri": host_url + AFTER_LOGOUT}
    if identity_token:
        query["id_token_hint"] = identity_token
    return f"{runtime.settings.issuer}/protocol/openid-connect/logout?{urlencode(query)}"


_REASONS: dict[str, Literal["expired", "cancelled", "suspended", "refused"]] = {
    "access_denied": "cancelled",
    "invalid_scope": "suspended",  # a disabled organization (domain/identity)
    "temporarily_unavailable": "expired",
    "login_required": "expired",
    "interaction_required": "expired",
}


def _redeem(runtime: Runtime, code: str, verifier: str, host_url: str) -> sessions.Tokens:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": host_url + CALLBACK,
        "client_id": PORTAL,
        "client_secret": runtime.settings.portal_client_secret,
        "code_verifier": verifier,
    }
    try:
        reply = runtime.server.send("POST", sessions.token_path(runtime), form=form)
        return sessions.tokens_from(reply.data)
    except KeycloakDownError:
        runtime.seen_down()
        raise
    except KeycloakRefusedError as refused:
        # invalid_grant: the code is old or was used before (the browser's "back"); start again.
        raise SignInFailedError("expired" if refused.error == "invalid_grant" else "refused") from refused
    except TokenRefusedError as error:
        raise SignInFailedError("refused") from error


def _match(known: dict[str, Any], state: str) -> dict[str, Any] | None:
    """Take the sign-in with this state out of the cookie; None when there is none or it is too old."""
    for candidate in list(known):
        if hmac.compare_digest(candidate.encode(), state.encode()):
            found: dict[str, Any] = known.pop(candidate)
            return found if now().timestamp() - found["t"] <= MINUTES * 60 else None
    return None


def _open(runtime: Runtime, cookie: str) -> dict[str, Any]:
    try:
        sealed = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        known: dict[str, Any] = _box(runtime).open(sealed, "pending")
    except (BrokenSealError, binascii.Error, ValueError):
        return {}
    return known


def _seal(runtime: Runtime, known: dict[str, Any]) -> str:
    if not known:
        return ""
    newest = sorted(known.items(), key=lambda item: item[1]["t"])[-MOST_PENDING:]
    return base64.urlsafe_b64encode(_box(runtime).seal(dict(newest), "pending")).decode().rstrip("=")


def _box(runtime: Runtime) -> Box:
    return Box(runtime.secret, b"", "sign-in")
