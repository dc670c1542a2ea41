"""Keycloak's public keys, kept in the process: tokens are verified without asking anybody."""

import threading
import time
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from balai.auth.keycloak import KeycloakDownError, KeycloakHttp, KeycloakRefusedError

# An unknown key id may be a new key, or somebody trying: ask Keycloak at most this often.
REFETCH_SECONDS = 10.0
# Keys that Keycloak has withdrawn are forgotten at the next of these refreshes.
LIFETIME_SECONDS = 3600.0


class KeysUnknownError(Exception):
    """Keycloak is down and its keys were never seen: nothing can be said about a token."""


class KeyStore:
    """RS256 keys by key id. Thread-safe."""

    def __init__(self, server: KeycloakHttp, realm: str) -> None:
        self._server = server
        self._path = f"/realms/{realm}/protocol/openid-connect/certs"
        self._lock = threading.Lock()
        self._keys: dict[str, RSAKey] = {}
        self._asked = -REFETCH_SECONDS
        self._fetched = 0.0

    def find(self, kid: str) -> RSAKey | None:
        """The key with this id; None when Keycloak has none such. Raises KeysUnknownError."""
        if kid not in self._keys or time.monotonic() - self._fetched > LIFETIME_SECONDS:
            self.refresh()
        found = self._keys.get(kid)
        if found is None and not self._keys:
            raise KeysUnknownError
        return found

    def trust(self, kid: str, key: RSAKey) -> None:
        """Take one more key (tests of everything behind the sign-in sign with their own)."""
        with self._lock:
            self._keys = self._keys | {kid: key}
            self._fetched = time.monotonic()

    def refresh(self, *, force: bool = False) -> bool:
        """Ask Keycloak unless it was asked just now; whether it answered. Known keys outlive its absence."""
        with self._lock:
            if not force and time.monotonic() - self._asked < REFETCH_SECONDS:
                return False
            self._asked = time.monotonic()
            try:
                reply = self._server.send("GET", self._path, timeout=3)
            except (KeycloakDownError, KeycloakRefusedError):
                return False
            self._keys = _signing_keys(reply.data)
            self._fetched = time.monotonic()
            return True


def _signing_keys(document: Any) -> dict[str, RSAKey]:
    keys: dict[str, RSAKey] = {}
    for entry in (document or {}).get("keys", ()):
        if entry.get("kty") == "RSA" and entry.get("use") == "sig" and entry.get("alg", "RS256") == "RS256":
            try:
                keys[str(entry["kid"])] = RSAKey.import_key(entry)
            except (JoseError, KeyError, ValueError):
                continue
    return keys
