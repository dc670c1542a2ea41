"""Rate limits: cheap windows in this process, and shared ones in the database where it matters (decision 23).

`allow` protects pages against a runaway client and costs no I/O; with several workers the real limit is a multiple of it.
`count` is exact over all workers: sign-in, anonymous filing, code look-ups, API keys. Keys (addresses, phone numbers, codes)
are hashed with the server's secret before they are kept anywhere.
"""

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from threading import Lock

from flask import current_app, request

from balai import tenancy
from balai.clock import now
from balai.db import database
from balai.errors import TooMany
from balai.web import queries

_MOST_KEYS = 50_000


class Window:
    """A sliding window per key, approximated by two fixed ones: about 100 bytes per key, old keys fall out."""

    def __init__(self, allowed: int, seconds: int, *, most_keys: int = _MOST_KEYS) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._most_keys = most_keys
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._lock = Lock()

    def hit(self, key: str) -> int:
        """Count one use; seconds to wait when over the limit, else 0. A refused use is not counted."""
        moment = now().timestamp()
        index, into = divmod(moment, self._seconds)
        with self._lock:
            start, current, before = self._counts.pop(key, (int(index), 0, 0))
            if start != int(index):
                before, current = (current, 0) if start == int(index) - 1 else (0, 0)
            used = current + before * (1 - into / self._seconds)
            refused = used + 1 > self._allowed
            self._counts[key] = (int(index), current + (not refused), before)
            while len(self._counts) > self._most_keys:
                self._counts.popitem(last=False)
        return max(1, round(self._seconds - into)) if refused else 0


def allow(name: str, key: str | None = None, *, allowed: int, seconds: int) -> None:
    """At most `allowed` uses per `seconds` in this process, per key (default: `caller()`). Raises TooMany."""
    windows: dict[tuple[str, int, int], Window] = current_app.extensions["balai.windows"]
    window = windows.setdefault((name, allowed, seconds), Window(allowed, seconds))
    wait = window.hit(key if key is not None else caller())
    if wait:
        raise TooMany(wait)


def count(name: str, key: str | None = None, *, allowed: int, seconds: int) -> None:
    """The same over all workers. Counted in a transaction of its own: a refused request keeps its count. Raises TooMany."""
    with database().engine.begin() as connection:
        wait = queries.hit(connection, bucket(name, key), seconds=seconds, allowed=allowed)
    if wait:
        raise TooMany(wait)


def bucket(name: str, key: str | None = None) -> bytes:
    """What stands in the table: a keyed hash, 16 bytes."""
    message = f"limit|{name}|{key if key is not None else caller()}".encode()
    return hmac.digest(current_app.extensions["balai.form_key"], message, hashlib.sha256)[:16]


def caller() -> str:
    """Who is counted when nothing else is said: the address, in each region apart: many phones share a carrier's address."""
    tenant = tenancy.current()
    return f"{tenant.id if tenant else 0}|{address()}"


def address() -> str:
    """The caller's address; of IPv6 the /64, which is what one household holds."""
    try:
        ip = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - a stand-in, nothing is bound
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
