"""What one process keeps for sign-in: the line to Keycloak, its keys, and what is known of its health."""

import secrets
import threading
import time
from typing import TYPE_CHECKING, Literal

from flask import Flask, current_app

from balai.auth.jwks import KeyStore
from balai.auth.keycloak import KeycloakDownError, KeycloakHttp, KeycloakRefusedError
from balai.auth.tokens import Verifier
from balai.settings import Settings

if TYPE_CHECKING:
    from balai.auth.directory import Directory

Status = Literal["ok", "down", "no-realm"]
_STATUS_SECONDS = 3.0


class Runtime:
    """Lives on `app.extensions["balai.auth"]`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # Without a secret (unit tests) a random one: sessions then hold for this process only.
        self.secret = settings.secret_key or secrets.token_hex(32)
        self.server = KeycloakHttp(settings.keycloak_server_url)
        self.keys = KeyStore(self.server, settings.realm)
        self.verifier = Verifier(self.keys, settings.issuer)
        self.directory: Directory | None = None  # made when the console first needs it (directory.py)
        self._lock = threading.Lock()
        self._status: Status = "down"
        self._asked = -_STATUS_SECONDS

    def status(self) -> Status:
        """Whether people can sign in right now; asked of Keycloak at most every 3 s, 1.5 s at most."""
        with self._lock:
            if time.monotonic() - self._asked >= _STATUS_SECONDS:
                self._status = self._ask()
                self._asked = time.monotonic()
            return self._status

    def seen_down(self) -> None:
        """Keycloak just failed to answer: the next page needn't find out for itself."""
        with self._lock:
            self._status, self._asked = "down", time.monotonic()

    def _ask(self) -> Status:
        try:
            self.server.send("GET", f"/realms/{self.settings.realm}", timeout=1.5)
        except KeycloakRefusedError as refused:
            # It answers, but the realm isn't set up yet (first start): `balai identity setup` is still to come.
            return "no-realm" if refused.status == 404 else "down"  # noqa: PLR2004 - HTTP
        except KeycloakDownError:
            return "down"
        return "ok"

    def warm(self) -> None:
        """Fetch the keys in the background, so that a token is understood even if Keycloak goes down before the first."""
        threading.Thread(target=self.keys.refresh, name="keycloak-keys", daemon=True).start()


def install(app: Flask) -> Runtime:
    """Make the runtime of an application."""
    runtime = Runtime(app.extensions["balai.settings"])
    app.extensions["balai.auth"] = runtime
    return runtime


def runtime() -> Runtime:
    """The runtime of the current application."""
    found: Runtime = current_app.extensions["balai.auth"]
    return found
