"""One HTTP client for every address that a tenant can set (decision 40): gateways, webhooks, feeds, object stores.

The name is resolved once, every address is checked, and the connection goes to that very address, so that a name can't point
elsewhere between check and call. https only, no redirects, no proxies, no compressed answers, one deadline over everything.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from balai.outbound.addresses import OutboundError, Target, parse, parse_allow_list, resolve
from balai.settings import Settings

_CHUNK: Final = 16 * 1024
_MIB: Final = 1024 * 1024
_LATE: Final = "alamat itu terlalu lama menjawab"
_REDIRECTS: Final = range(300, 400)
_OWN_HEADERS: Final = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers with lower-case names (the last of a name counts), body in bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - HTTP


class OutboundClient:
    """Calls tenants' addresses. allow: the operator's (host, port) pairs that may be private and plain http."""

    def __init__(
        self, allow: frozenset[tuple[str, int]] = frozenset(), *, context: ssl.SSLContext | None = None
    ) -> None:
        self._allow = allow
        self._context = context or ssl.create_default_context()

    @classmethod
    def of(cls, settings: Settings) -> "OutboundClient":
        """The client with the allow-list of BALAI_OUTBOUND_ALLOW."""
        return cls(parse_allow_list(settings.outbound_allow))

    def check(self, url: str) -> None:
        """Refuse a bad address when it is typed in; OutboundError says why. Resolves the name, sends nothing."""
        resolve(parse(url, self._allow))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = 10.0,
        max_bytes: int = _MIB,
    ) -> Reply:
        """Call an address; any status but a redirect is an answer.

        timeout: seconds for connecting, sending and reading together (resolving the name comes on top); max_bytes: largest
        body that is read. OutboundError: refused, unreachable, too slow, too large or redirected.
        """
        target = parse(url, self._allow)
        deadline = time.monotonic() + timeout
        connection = self._connect(target, resolve(target), deadline)
        try:
            sent = {name: value for name, value in (headers or {}).items() if name.lower() not in _OWN_HEADERS}
            fixed = {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"}
            connection.request(method, target.path, body=body, headers=fixed | {"User-Agent": "Balai"} | sent)
            return self._ended_in_time(_read(connection, max_bytes), deadline)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            late = time.monotonic() >= deadline or isinstance(fault, TimeoutError)
            raise OutboundError(_LATE if late else f"sambungan gagal ({type(fault).__name__})") from fault
        finally:
            connection.dismiss()

    @staticmethod
    def _ended_in_time(reply: Reply, deadline: float) -> Reply:
        # Shut by the watchdog, an answer without a length looks complete.
        if time.monotonic() >= deadline:
            raise TimeoutError
        return reply

    def _connect(self, target: Target, addresses: list[str], deadline: float) -> "_PinnedConnection":
        fault: Exception | None = None
        for address in addresses:
            connection = _PinnedConnection(target, address, deadline, self._context)
            try:
                connection.connect()
            except OSError as error:
                connection.dismiss()
                fault = error
            else:
                return connection
        if isinstance(fault, ssl.SSLError) and time.monotonic() < deadline:
            raise OutboundError("sertifikat alamat itu tidak sah") from fault
        raise OutboundError(_LATE if time.monotonic() >= deadline else "alamat itu tidak bisa dihubungi") from fault


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to one resolved address; TLS still proves the name.

    A watchdog shuts the socket at the deadline: a server that sends one byte a second would outlive any timeout per read.
    """

    def __init__(self, target: Target, address: str, deadline: float, context: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port)
        self._target, self._address, self._deadline, self._context = target, address, deadline, context
        self._watchdog: threading.Timer | None = None

    def connect(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock = socket.create_connection((self._address, self._target.port), timeout=left)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._target.secure:
            self.sock = self._context.wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
        self._watchdog = threading.Timer(self._deadline - time.monotonic(), _shut, (self.sock,))
        self._watchdog.daemon = True
        self._watchdog.start()
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def dismiss(self) -> None:
        """Close and stop the watchdog (http.client itself closes early, while the answer is still being read)."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        self.close()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _read(connection: _PinnedConnection, max_bytes: int) -> Reply:
    response = connection.getresponse()
    if response.status in _REDIRECTS:
        raise OutboundError("alamat itu mengalihkan ke alamat lain; isi alamat akhirnya langsung")
    parts, size = [], 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise OutboundError("jawaban alamat itu terlalu besar")
        parts.append(chunk)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, b"".join(parts))
