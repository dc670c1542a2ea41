"""Keycloak's admin interface through python-keycloak, for the command line and the worker.

The library keeps the connection, fetches tokens and renews them. It has no calls for organization groups (7.1.1), so all paths go
through its connection. Web workers never import this module: the library costs them tens of megabytes, and what the console
needs is `balai.auth.keycloak`. Both answer alike, so rooms above don't care which one they hold.
"""

import json
from typing import Any
from urllib.parse import quote

from keycloak import KeycloakOpenIDConnection
from keycloak.exceptions import KeycloakAuthenticationError, KeycloakConnectionError, KeycloakError

from balai.auth.keycloak import Account, KeycloakDownError, KeycloakHttp, KeycloakRefusedError, Reply, read_reply

_TIMEOUT_S = 60


class LibraryAccount(Account):
    """An account like `keycloak.Account`, over python-keycloak's connection."""

    def __init__(self, server: KeycloakHttp, realm: str, connection: KeycloakOpenIDConnection) -> None:
        super().__init__(server, realm, {})
        self._connection = connection

    @classmethod
    def service(cls, server: KeycloakHttp, realm: str, client_id: str, secret: str) -> "LibraryAccount":
        """A confidential client acting for itself."""
        connection = KeycloakOpenIDConnection(
            server_url=server.base_url,
            realm_name=realm,
            client_id=client_id,
            client_secret_key=secret,
            timeout=_TIMEOUT_S,
        )
        return cls(server, realm, connection)

    @classmethod
    def administrator(cls, server: KeycloakHttp, realm: str, username: str, password: str) -> "LibraryAccount":
        """The operator's administrator of the master realm, used only while a realm is set up or upgraded."""
        connection = KeycloakOpenIDConnection(
            server_url=server.base_url, username=username, password=password, realm_name=realm, user_realm_name="master",
            timeout=_TIMEOUT_S,
        )  # fmt: skip
        return cls(server, realm, connection)

    def token(self, *, renew: bool = False) -> str:
        """A valid access token of this account."""
        try:
            if renew or not self._connection.token:
                self._connection.get_token()
            token: dict[str, Any] = self._connection.token or {}
            return str(token["access_token"])
        except KeycloakError as error:
            raise _told(error) from error

    def _call(self, method: str, path: str, body: Any) -> Reply:
        full = f"/admin/realms/{quote(self.realm)}{path}"
        data = None if body is None else json.dumps(body)
        try:
            if method == "GET":
                answer = self._connection.raw_get(full)
            elif method == "POST":
                answer = self._connection.raw_post(full, data=data)
            elif method == "PUT":
                answer = self._connection.raw_put(full, data=data)
            else:
                answer = self._connection.raw_delete(full, data=data)
        except KeycloakError as error:
            raise _told(error) from error
        return read_reply(answer.status_code, answer.content, answer.headers.get("Location", ""))


def _told(error: KeycloakError) -> KeycloakDownError | KeycloakRefusedError:
    """The library's exceptions in our words."""
    if isinstance(error, KeycloakConnectionError):
        return KeycloakDownError(str(error))
    status = int(error.response_code or 401) if isinstance(error, KeycloakAuthenticationError) else error.response_code
    return KeycloakRefusedError(int(status or 500), type(error).__name__, str(error.error_message or error))
