"""A tenant's keys, unwrapped for the time of a session.

The wrapped rows are read anew by each session, so a shredded tenant is unreadable for every process with its next transaction;
unwrapping them is remembered in the process (a key management service may take milliseconds), by the wrapped text.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from balai.db import Database, TenantSession
from balai.keys import queries
from balai.keys.crypto import CannotDecryptError, KeyFaultError
from balai.keys.kek import KekError, KeyWrapper

_INFO: Final = "balai.keys"
# Two keys a region, and room for rotated ones: all 546 regions stay warm in about 1 MB.
_REMEMBERED: Final = 4096

_wrappers: WeakKeyDictionary[Database, KeyWrapper] = WeakKeyDictionary()


class NoKeysError(KeyFaultError):
    """The tenant has no keys yet: onboarding calls `create_tenant_keys`."""


class KeysShreddedError(KeyFaultError):
    """The tenant's keys were destroyed; what they encrypted is gone."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Unwrapped keys of one tenant: data keys by kid, the newest kid, the index key."""

    current: str
    data: dict[str, bytes]
    index: bytes

    def data_key(self, kid: str) -> bytes:
        """The data key of that name; CannotDecryptError when the tenant has none."""
        try:
            return self.data[kid]
        except KeyError:
            raise CannotDecryptError(f"the tenant has no key {kid!r}") from None


class _Memory:
    """The last unwrapped keys of this process, by tenant and wrapped text."""

    def __init__(self, size: int) -> None:
        self._keys: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._size = size
        self._lock = Lock()

    def unwrap(self, wrapper: KeyWrapper, tenant_id: int, wrapped: str, associated: bytes) -> bytes:
        with self._lock:
            known = self._keys.get((tenant_id, wrapped))
            if known is not None:
                self._keys.move_to_end((tenant_id, wrapped))
                return known
        key = wrapper.unwrap(wrapped, associated)
        with self._lock:
            self._keys[tenant_id, wrapped] = key
            while len(self._keys) > self._size:
                self._keys.popitem(last=False)
        return key

    def forget(self, tenant_id: int) -> None:
        with self._lock:
            for entry in [entry for entry in self._keys if entry[0] == tenant_id]:
                del self._keys[entry]


_memory = _Memory(_REMEMBERED)


def install(database: Database, wrapper: KeyWrapper) -> None:
    """Say once per process what unwraps the keys in this database (create_app, worker, CLI, tests)."""
    _wrappers[database] = wrapper


def wrapper_for(session: TenantSession) -> KeyWrapper:
    """What unwraps keys for this session's database; KekError when the process was started without."""
    try:
        return _wrappers[session.database]
    except KeyError:
        raise KekError(
            "no key-encryption key in this process: set BALAI_KEK_FILE (`balai keys new-kek` makes one)"
        ) from None


def bound_to(tenant_id: int, kid: str, part: str) -> bytes:
    """Associated data of a wrapped key: it can't be passed off as another tenant's or another part."""
    return f"{tenant_id}|{kid}|{part}".encode()


def keyring(session: TenantSession) -> Keyring:
    """The keys of the session's tenant; NoKeysError, KeysShreddedError or KekError when there are none to use."""
    found = session.info.get(_INFO)
    if found is None:
        found = session.info[_INFO] = _load(session)
    ring: Keyring = found
    return ring


def forget(session: TenantSession) -> None:
    """Drop the unwrapped keys of the session's tenant from session and process."""
    session.info.pop(_INFO, None)
    _memory.forget(session.tenant_id)


def _load(session: TenantSession) -> Keyring:
    # Nearly every request that writes needs them: read on the driver.
    return _ring(session, queries.tenant_keys(session))


def remember(session: TenantSession, rows: Iterable[Sequence[Any]] | None) -> None:
    """What `keyring` would read, for a caller whose statement held queries.AS_JSON. Says nothing when there is no usable key."""
    with suppress(KeyFaultError):
        session.info.setdefault(_INFO, _ring(session, [queries.KeyRow(*row) for row in rows or ()]))


def _ring(session: TenantSession, rows: Sequence[queries.KeyRow]) -> Keyring:
    if not rows:
        raise NoKeysError("this tenant has no keys yet")
    if any(row.shredded for row in rows):
        raise KeysShreddedError("the keys of this tenant were destroyed")
    current = next(row for row in rows if not row.retired)
    data = {row.kid: _unwrap(session, row.kid, "data", row.wrapped_data) for row in rows}
    return Keyring(current.kid, data, _unwrap(session, current.kid, "index", current.wrapped_index))


def _unwrap(session: TenantSession, kid: str, part: str, wrapped: str | None) -> bytes:
    if wrapped is None:
        raise KeysShreddedError("the keys of this tenant were destroyed")
    tenant_id = session.tenant_id
    return _memory.unwrap(wrapper_for(session), tenant_id, wrapped, bound_to(tenant_id, kid, part))
