"""Counts what really goes over the wire, and makes it as slow as hers: a forwarder between the browser and the server.

A browser's own figures and its own brake leave out what its service worker fetches, a form that the worker passes on included.
TCP payload leaves out nothing that a phone pays for but TLS.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_CHUNK = 1_400


class Pace:
    """One direction of a slow line, shared by all connections; bits_per_second 0 = as fast as it goes."""

    def __init__(self, bits_per_second: int) -> None:
        self._rate = bits_per_second / 8
        self._free_at = 0.0
        self._lock = threading.Lock()

    def wait(self, size: int) -> None:
        """Sleep as long as the line is busy with these bytes and those before them."""
        if not self._rate:
            return
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
            until = self._free_at
        time.sleep(max(0.0, until - time.monotonic()))


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
def metered(target: int, *, bits_per_second: int = 0, latency_ms: int = 0) -> Iterator[Wire]:
    """Forward a free port of 127.0.0.1 to `target`, counting; at this rate each way, with this wait for every connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(listener.getsockname()[1])
    line = {"up": Pace(bits_per_second), "down": Pace(bits_per_second)}
    threading.Thread(target=_accept, args=(listener, target, wire, line, latency_ms / 1000), daemon=True).start()
    try:
        yield wire
    finally:
        listener.close()


def _accept(listener: socket.socket, target: int, wire: Wire, line: dict[str, Pace], latency: float) -> None:
    while True:
        try:
            phone, _address = listener.accept()
        except OSError:
            return
        # Small buffers: what waits for the slow line waits at the sender, as on a real one.
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        server = socket.create_connection(("127.0.0.1", target))
        wire.count(connections=1)
        for way, source, sink in (("up", phone, server), ("down", server, phone)):
            threading.Thread(target=_pump, args=(source, sink, wire, way, line[way], latency), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, wire: Wire, way: str, pace: Pace, latency: float) -> None:
    if way == "up":
        time.sleep(latency)
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            wire.count(**{way: len(data)})
            pace.wait(len(data))
            sink.sendall(data)
    for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)
    if way == "down":
        source.close()
        sink.close()
