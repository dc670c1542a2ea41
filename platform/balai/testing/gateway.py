"""A gateway for SMS and WhatsApp on 127.0.0.1, as providers run them: a real HTTP server that takes messages, keeps them apart by
their Idempotency-Key, and behaves badly on request.

`with GatewaySimulator() as gateway:` then `gateway.url`, `gateway.authority` (for BALAI_OUTBOUND_ALLOW), `gateway.taken`.
"""

import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class GatewaySimulator:
    """status, delay (seconds) and headers say how the next requests are answered; requests: all; taken: key -> first body."""

    status: int = 200
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def authority(self) -> str:
        """host:port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Where messages are taken."""
        return f"http://{self.authority}/kirim"

    def forget(self) -> None:
        """Well again, and nothing has come."""
        self.status, self.delay, self.headers = 200, 0.0, {}
        self.requests.clear()
        self.taken.clear()
        self.references.clear()

    def take(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """What is answered; the same key twice is one message."""
        with self._lock:
            self.requests.append(request)
            status, delay, headers = self.status, self.delay, dict(self.headers)
            key = request.headers.get("idempotency-key", "")
            if status == 200:  # noqa: PLR2004 - HTTP
                self.taken.setdefault(key, request.body)
                reference = self.references.setdefault(key, f"ref-{next(self._numbers)}")
            else:
                reference = ""
        time.sleep(delay)
        return status, headers, json.dumps({"data": [{"id": reference}]}).encode()

    def __enter__(self) -> Self:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, extra, answer = simulator.take(Request(headers, body))
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **extra}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    return  # the caller had no patience

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
