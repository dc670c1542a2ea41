"""A small client of Keycloak's HTTP interface, on the standard library alone: the web worker's.

It talks to Keycloak on sign-in, on each session's refresh and from the staff page; python-keycloak (`auth.library`, for the
worker and the command line) would cost it tens of megabytes. A few idle connections are kept open.
"""

import http.client
import json
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

DOWN_STATUSES = frozenset({502, 503, 504})
_MOST_IDLE = 4


class KeycloakDownError(Exception):
    """Keycloak didn't answer (refused, too slow, starting): try again later; nothing is known about the request."""


class KeycloakRefusedError(Exception):
    """Keycloak answered no. status: HTTP status; error: its short word (`invalid_grant`); text: what it says for humans."""

    def __init__(self, status: int, error: str, text: str) -> None:
        super().__init__(f"Keycloak answered {status} {error}: {text}"[:500])
        self.status = status
        self.error = error
        self.text = text


@dataclass(frozen=True, slots=True)
class Reply:
    """Keycloak's answer: `data` is the parsed JSON or None; `location` the id at the end of a Location header."""

    status: int
    data: Any
    location: str


class KeycloakHttp:
    """Requests to one Keycloak server. Thread-safe."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        parts = urlsplit(base_url.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"Keycloak's address is http(s)://host[:port], not {base_url!r}")
        self.base_url = base_url.rstrip("/")
        self._https = parts.scheme == "https"
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path
        self.timeout = timeout
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        # Closes what is kept when nobody needs this client any more, and at the end of the process.
        weakref.finalize(self, _close_all, self._idle)

    def close(self) -> None:
        """Close the idle connections; the client can still be used."""
        with self._lock:
            _close_all(self._idle)

    def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """One request. Raises KeycloakDownError, or KeycloakRefusedError for any status from 400."""
        headers = {"Accept": "application/json"}
        data: bytes | None = None
        if form is not None:
            data, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        status, raw, location = self._exchange(method, self._prefix + path, data, headers, timeout or self.timeout)
        return read_reply(status, raw, location)

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str], timeout: float
    ) -> tuple[int, bytes, str]:
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        for connection in (kept, None) if kept else (None,):
            used = connection or self._connect(timeout)
            try:
                if used.sock is not None:
                    used.sock.settimeout(timeout)
                used.request(method, path, body=data, headers=headers)
                response = used.getresponse()
                raw = response.read()
            except (OSError, http.client.HTTPException) as error:
                used.close()
                # A kept connection that the server closed meanwhile says nothing about the server: one more try.
                if connection is None or isinstance(error, TimeoutError):
                    raise KeycloakDownError(f"{type(error).__name__}: {error}") from error
                continue
            self._keep(used)
            return response.status, raw, response.headers.get("Location", "")
        raise KeycloakDownError("no answer")

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout)


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def read_reply(status: int, raw: bytes, location: str) -> Reply:
    """The answer, parsed. Raises KeycloakDownError for a gateway's word, KeycloakRefusedError for any status from 400."""
    if status in DOWN_STATUSES:
        raise KeycloakDownError(f"status {status}")
    try:
        data = json.loads(raw) if raw.strip() else None
    except ValueError:
        data = None
    if status >= 400:  # noqa: PLR2004 - HTTP
        said = data if isinstance(data, dict) else {}
        text = said.get("error_description") or said.get("errorMessage") or said.get("error") or ""
        raise KeycloakRefusedError(status, str(said.get("error", "")), str(text))
    return Reply(status, data, location.rsplit("/", 1)[-1])


class Account:
    """An account that calls the admin interface of one realm: a service account, or the operator's administrator.

    grant: the token request's form; token_realm: where the account lives (`master` for the administrator).
    """

    def __init__(self, server: KeycloakHttp, realm: str, grant: Mapping[str, str], *, token_realm: str = "") -> None:
        self.server = server
        self.realm = realm
        self._grant = dict(grant)
        self._token_path = f"/realms/{token_realm or realm}/protocol/openid-connect/token"
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    @classmethod
    def service(cls, server: KeycloakHttp, realm: str, client_id: str, secret: str) -> "Account":
        """A confidential client acting for itself."""
        grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        return cls(server, realm, grant)

    @classmethod
    def administrator(cls, server: KeycloakHttp, realm: str, username: str, password: str) -> "Account":
        """The operator's administrator, used only while a realm is set up or upgraded."""
        grant = {"grant_type": "password", "client_id": "admin-cli", "username": username, "password": password}
        return cls(server, realm, grant, token_realm="master")  # noqa: S106 - a realm's name

    def get(self, path: str, **query: str | int) -> Any:
        """JSON at `path` under the realm; raises KeycloakRefusedError (404 included)."""
        tail = f"?{urlencode(query)}" if query else ""
        return self._call("GET", path + tail, None).data

    def find(self, path: str, **query: str | int) -> Any:
        """Like get, but None where Keycloak answers 404."""
        try:
            return self.get(path, **query)
        except KeycloakRefusedError as refused:
            if refused.status == 404:  # noqa: PLR2004 - HTTP
                return None
            raise

    def post(self, path: str, body: Any = None) -> Reply:
        """POST; `reply.location` is the new object's id."""
        return self._call("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any = None) -> Reply:
        """PUT."""
        return self._call("PUT", path, {} if body is None else body)

    def delete(self, path: str, body: Any = None) -> Reply:
        """DELETE; a thing that is already gone is no error."""
        try:
            return self._call("DELETE", path, body)
        except KeycloakRefusedError as refused:
            if refused.status == 404:  # noqa: PLR2004 - HTTP
                return Reply(404, None, "")
            raise

    def _call(self, method: str, path: str, body: Any) -> Reply:
        full = f"/admin/realms/{quote(self.realm)}{path}"
        try:
            return self.server.send(method, full, body=body, token=self.token())
        except KeycloakRefusedError as refused:
            if refused.status != 401:  # noqa: PLR2004 - HTTP
                raise
            # The token was revoked early (Keycloak restarted, the secret was renewed): once more with a new one.
            return self.server.send(method, full, body=body, token=self.token(renew=True))

    def token(self, *, renew: bool = False) -> str:
        """A valid access token of this account."""
        with self._lock:
            if renew or time.monotonic() > self._until:
                reply = self.server.send("POST", self._token_path, form=self._grant)
                self._token = str(reply.data["access_token"])
                # Half its life: a long call must not outlive it.
                self._until = time.monotonic() + reply.data["expires_in"] / 2
            return self._token
