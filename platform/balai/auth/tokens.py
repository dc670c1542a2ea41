"""Verification of Keycloak's tokens, locally, against its cached public keys.

One algorithm, one issuer. Each kind of token has its own check, so that one can't stand in for another: an access token is
for the API, an ID token for this very sign-in, a logout token for the back channel.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from balai.auth.jwks import KeyStore
from balai.clock import now

PORTAL = "portal"
AUDIENCE = "api"
LEEWAY = 10
MAX_TOKEN = 16 * 1024
KNOWN_FOR = timedelta(seconds=60)
MOST_KNOWN = 4096
_BACKCHANNEL = "http://schemas.openid.net/event/backchannel-logout"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# A region's API client is named after its organization: `t-<tenant.key>.<name>`.
API_CLIENT = re.compile(rf"(t-{_UUID})\.([a-z0-9][a-z0-9-]{{0,39}})")
ALIAS = re.compile(rf"t-{_UUID}")


class TokenRefusedError(Exception):
    """Not a token that this service takes. The message is for the log and the API's `error_description`: no secrets."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. organizations: alias -> roles of client `api` in that organization."""

    sub: str
    sid: str
    azp: str
    acr: str
    name: str
    email: str
    issued_at: datetime
    auth_at: datetime
    expires_at: datetime
    organizations: Mapping[str, frozenset[str]]
    raw: Mapping[str, Any]

    @property
    def service_alias(self) -> str | None:
        """The organization whose API client this is, None for a person."""
        match = API_CLIENT.fullmatch(self.azp)
        return match[1] if match else None


class Verifier:
    """Checks tokens of one issuer."""

    def __init__(self, keys: KeyStore, issuer: str) -> None:
        self.keys = keys
        self.issuer = issuer
        self._known: dict[bytes, tuple[Claims, datetime]] = {}

    def access(self, token: str) -> Claims:
        """An access token for the API. Raises TokenRefusedError, KeysUnknownError.

        A token that was found good is known by its hash until it expires, for a minute at most: clients show the same one with
        every request, and a signature costs more than the rest of the way in.
        """
        mark = hashlib.sha256(token.encode()).digest()
        known = self._known.get(mark)
        if known is not None and now() < known[1]:
            return known[0]
        claims = self._access(token)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[mark] = claims, min(claims.expires_at, now() + KNOWN_FOR)
        return claims

    def _access(self, token: str) -> Claims:
        raw = self._verify(token, kind="Bearer")
        if AUDIENCE not in _audiences(raw):
            raise TokenRefusedError("wrong audience")
        azp = raw.get("azp")
        if azp != PORTAL and not (isinstance(azp, str) and API_CLIENT.fullmatch(azp)):
            raise TokenRefusedError("wrong authorized party")
        claims = _claims(raw)
        own = claims.service_alias
        if own is not None and set(claims.organizations) != {own}:
            raise TokenRefusedError("a client of one region speaks for another")
        return claims

    def identity(self, token: str, nonce: str | None) -> Claims:
        """The ID token of a sign-in that began with `nonce`; None for a refresh, which has no nonce of its own."""
        raw = self._verify(token, kind="ID")
        if _audiences(raw) != {PORTAL} or raw.get("azp", PORTAL) != PORTAL:
            raise TokenRefusedError("wrong audience")
        if nonce is not None and not hmac.compare_digest(str(raw.get("nonce", "")).encode(), nonce.encode()):
            raise TokenRefusedError("wrong nonce")
        return _claims(raw)

    def logout(self, token: str) -> tuple[str | None, str | None]:
        """(sid, sub) of a back-channel logout token; at least one is given. Raises TokenRefusedError."""
        raw = self._verify(token, kind="Logout")
        if _audiences(raw) != {PORTAL} or "nonce" in raw:
            raise TokenRefusedError("not a logout token for us")
        events = raw.get("events")
        if not isinstance(events, dict) or _BACKCHANNEL not in events:
            raise TokenRefusedError("not a back-channel logout")
        sid, sub = raw.get("sid"), raw.get("sub")
        if not sid and not sub:
            raise TokenRefusedError("a logout of nobody")
        return (str(sid) if sid else None, str(sub) if sub else None)

    def _verify(self, token: str, *, kind: str) -> dict[str, Any]:
        key = self._key(token)
        try:
            payload = jws.deserialize_compact(token, key, algorithms=["RS256"]).payload
            raw = msgspec.json.decode(payload)
        except (JoseError, ValueError, msgspec.DecodeError) as error:
            raise TokenRefusedError("signature or form") from error
        if not isinstance(raw, dict):
            raise TokenRefusedError("form")
        self._check_common(raw, kind)
        return raw

    def _key(self, token: str) -> RSAKey:
        """The key that the token's header names; its algorithm is pinned before anything else is read."""
        if len(token) > MAX_TOKEN or token.count(".") != 2:  # noqa: PLR2004 - compact serialisation
            raise TokenRefusedError("form")
        try:
            first = token.partition(".")[0]
            header = msgspec.json.decode(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise TokenRefusedError("form") from error
        if not isinstance(header, dict) or header.get("alg") != "RS256" or header.get("crit"):
            raise TokenRefusedError("algorithm")
        key = self.keys.find(str(header.get("kid", "")))
        if key is None:
            raise TokenRefusedError("unknown key")
        return key

    def _check_common(self, raw: dict[str, Any], kind: str) -> None:
        moment = now().timestamp()
        if raw.get("iss") != self.issuer:
            raise TokenRefusedError("wrong issuer")
        if raw.get("typ") != kind:
            raise TokenRefusedError("wrong type of token")
        expires, issued, not_before = (_number(raw, name) for name in ("exp", "iat", "nbf"))
        if expires <= moment:
            raise TokenRefusedError("expired")
        if issued > moment + LEEWAY or not_before > moment + LEEWAY:
            raise TokenRefusedError("not valid yet")


def _number(raw: Mapping[str, Any], name: str) -> float:
    """A time in seconds. `nbf` may be left out; raises TokenRefusedError for what is no number."""
    value = raw.get(name, 0 if name == "nbf" else None)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TokenRefusedError("no times")
    return value


def _audiences(raw: Mapping[str, Any]) -> set[str]:
    audience = raw.get("aud")
    return {audience} if isinstance(audience, str) else {a for a in audience or () if isinstance(a, str)}


def _claims(raw: dict[str, Any]) -> Claims:
    sub = raw.get("sub")
    if not isinstance(sub, str) or not sub:
        raise TokenRefusedError("no subject")
    issued = datetime.fromtimestamp(raw["iat"], UTC)
    return Claims(
        sub=sub,
        sid=str(raw.get("sid") or ""),
        azp=str(raw.get("azp") or ""),
        acr=str(raw.get("acr") or ""),
        name=str(raw.get("name") or raw.get("preferred_username") or ""),
        email=str(raw.get("email") or ""),
        issued_at=issued,
        auth_at=datetime.fromtimestamp(_number(raw, "auth_time"), UTC) if "auth_time" in raw else issued,
        expires_at=datetime.fromtimestamp(raw["exp"], UTC),
        organizations=_organizations(raw.get("organization")),
        raw=raw,
    )


def _organizations(claim: Any) -> dict[str, frozenset[str]]:
    """`{"<alias>": {"resource_access": {"api": {"roles": [...]}}}}` -> roles by alias; other shapes give nothing.

    Roles are read from nowhere else: top-level `resource_access` and `realm_access` belong to no region (domain/identity).
    """
    if not isinstance(claim, dict):
        return {}
    found = {}
    for alias, entry in claim.items():
        if not ALIAS.fullmatch(str(alias)) or not isinstance(entry, dict):
            continue
        access = entry.get("resource_access")
        client = access.get(AUDIENCE) if isinstance(access, dict) else None
        roles = client.get("roles") if isinstance(client, dict) else None
        found[str(alias)] = frozenset(r for r in roles or () if isinstance(r, str))
    return found
