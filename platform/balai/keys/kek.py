"""The key-encryption keys: one file of the operator's wraps the keys of every tenant.

The file has one key a line, `name base64` (a lone base64 line is named `kek1`); the last line wraps, all of them unwrap. So a
KEK is renewed by adding a line, running `balai keys rewrap`, and deleting the old line. A key management service takes this
ring's place by offering the same two methods (`KeyWrapper`).
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from pathlib import Path
from typing import Final, Protocol

from balai.keys.crypto import KEY_BYTES, PARTS, KeyFaultError, decode, encode, open_bytes, seal_bytes

WRAPPED: Final = "w1"
NAMED_LINE: Final = 2
_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")


class KekError(KeyFaultError):
    """The KEK file is missing, unreadable, open to others or malformed; the message says how to mend it."""


class KeyWrapper(Protocol):
    """What wraps tenant keys: the ring below, or a key management service."""

    @property
    def current(self) -> str:
        """Name of the key that wraps from now on."""
        ...

    def wrap(self, key: bytes, associated: bytes) -> str:
        """A key in its wrapped form."""
        ...

    def unwrap(self, wrapped: str, associated: bytes) -> bytes:
        """The key behind it; KeyFaultError when it can't be opened."""
        ...


class KekRing:
    """KEKs from a file, by name; the last one wraps."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise KekError(
                "no key-encryption key: BALAI_KEK names a file with 32 bytes as base64 (`balai keys new-kek`)"
            )
        self._keys = dict(keys)
        self.current = list(keys)[-1]

    def __repr__(self) -> str:
        return f"KekRing({', '.join(self._keys)})"

    @classmethod
    def parse(cls, text: str) -> "KekRing":
        """The ring that a file's text describes."""
        keys: dict[str, bytes] = {}
        for line in text.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                name, key = _parse_line(line.split())
                if name in keys:
                    raise KekError(f"the key file names {name!r} twice")
                keys[name] = key
        return cls(keys)

    @classmethod
    def load(cls, path: Path) -> "KekRing":
        """The ring in a file that nobody but its owner (and group) may read."""
        try:
            if path.stat().st_mode & 0o007:
                raise KekError(f"{path}: everybody can read this key; run: chmod 600 {path}")
            return cls.parse(path.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as fault:
            raise KekError(f"can't read the key-encryption key {path}: {fault}") from fault

    def wrap(self, key: bytes, associated: bytes) -> str:
        blob = seal_bytes(self._keys[self.current], key, self._bound(self.current, associated))
        return f"{WRAPPED}|{self.current}|{encode(blob)}"

    def unwrap(self, wrapped: str, associated: bytes) -> bytes:
        name = wrapper_of(wrapped)
        if name not in self._keys:
            raise KekError(f"a tenant's key was wrapped with {name!r}, which is not in the key file")
        return open_bytes(self._keys[name], decode(wrapped.split("|")[2]), self._bound(name, associated))

    @staticmethod
    def _bound(name: str, associated: bytes) -> bytes:
        return b"|".join((WRAPPED.encode(), name.encode(), associated))


def wrapper_of(wrapped: str) -> str:
    """Name of the KEK that a key was wrapped with."""
    parts = wrapped.split("|")
    if len(parts) != PARTS - 1 or parts[0] != WRAPPED:
        raise KekError("not a wrapped key")
    return parts[1]


def _parse_line(words: list[str]) -> tuple[str, bytes]:
    if len(words) > NAMED_LINE or (len(words) == NAMED_LINE and not _NAME.fullmatch(words[0])):
        raise KekError("a line of the key file is `name base64`")
    name, text = ("kek1", words[0]) if len(words) == 1 else (words[0], words[1])
    try:
        key = b64decode(text, altchars=b"-_" if {"-", "_"} & set(text) else None, validate=True)
    except (Base64Error, ValueError) as fault:
        raise KekError(f"the key {name!r} is not base64") from fault
    if len(key) != KEY_BYTES:
        raise KekError(f"the key {name!r} has {len(key)} bytes instead of {KEY_BYTES}")
    return name, key
