"""Counts what really goes over the wire: a forwarder between the browser and the server, headers, workers and all.

A browser's own figures leave out what its service worker fetches; TCP payload leaves out nothing that a phone pays for but TLS.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

_CHUNK = 16_384


@dataclass(slots=True)
class Wire:
    """Bytes so far, up (from the phone) and down, and connections. Other hosts of the same server may use it as well."""

    port: int
    up: int = 0
    down: int = 0
    connections: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        """Both directions together."""
        return self.up + self.down

    def count(self, *, up: int = 0, down: int = 0, connections: int = 0) -> None:
        """Add what has just passed."""
        with self._lock:
            self.up += up
            self.down += down
            self.connections += connections


@contextlib.contextmanager
def metered(target: int) -> Iterator[Wire]:
    """Forward a free port of 127.0.0.1 to `target`, counting."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(listener.getsockname()[1])
    threading.Thread(target=_accept, args=(listener, target, wire), daemon=True).start()
    try:
        yield wire
    finally:
        listener.close()


def _accept(listener: socket.socket, target: int, wire: Wire) -> None:
    while True:
        try:
            phone, _address = listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", target))
        wire.count(connections=1)
        threading.Thread(target=_pump, args=(phone, server, wire, "up"), daemon=True).start()
        threading.Thread(target=_pump, args=(server, phone, wire, "down"), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, wire: Wire, way: str) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            wire.count(**{way: len(data)})
            sink.sendall(data)
    for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)
    if way == "down":
        source.close()
        sink.close()
