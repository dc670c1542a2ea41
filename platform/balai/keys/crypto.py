"""The formats of encrypted values: pure functions over keys and text, without a database.

A column holds `v1|kid|nonce|ciphertext` (base64url without padding). Table, column and row id are associated data, so a value
that somebody copies into another row or column of the same tenant doesn't decrypt there.
"""

import base64
import hmac
import os
from binascii import Error as Base64Error
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = "v1"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
# 128 bits: no two of a tenant's values meet by chance, and the column stays short.
INDEX_BYTES: Final = 16
PARTS: Final = 4


class KeyFaultError(RuntimeError):
    """Something is wrong with keys or with what they should open; the message never holds the value."""


class CannotDecryptError(KeyFaultError):
    """The value is damaged, was moved from another row, or its key is not here."""


def encode(raw: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes behind `encode`; CannotDecryptError when it isn't base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (Base64Error, ValueError) as fault:
        raise CannotDecryptError("not base64url") from fault


def new_key() -> bytes:
    """A fresh 256-bit key from the operating system."""
    return os.urandom(KEY_BYTES)


def seal_bytes(key: bytes, plain: bytes, associated: bytes) -> bytes:
    """Nonce and ciphertext as one blob (AES-256-GCM, a random 96-bit nonce each time)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def open_bytes(key: bytes, blob: bytes, associated: bytes) -> bytes:
    """What `seal_bytes` took; CannotDecryptError when key, blob or associated data differ."""
    try:
        return AESGCM(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as fault:
        raise CannotDecryptError("the value doesn't open with this key in this place") from fault


def place(table: str, column: str, row_id: object) -> bytes:
    """Associated data: where a value lives."""
    return f"{table}|{column}|{row_id}".encode()


def seal_text(key: bytes, kid: str, plain: str, associated: bytes) -> str:
    """A column's text for a value."""
    blob = seal_bytes(key, plain.encode(), associated)
    return "|".join((VERSION, kid, encode(blob[:NONCE_BYTES]), encode(blob[NONCE_BYTES:])))


def text_sealer(key: bytes, kid: str) -> Callable[[str, bytes], str]:
    """`seal_text` for a great many values: the cipher is set up once, which is most of what a short value costs."""
    cipher, head = AESGCM(key), f"{VERSION}|{kid}|"

    def seal(plain: str, associated: bytes) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return f"{head}{encode(nonce)}|{encode(cipher.encrypt(nonce, plain.encode(), associated))}"

    return seal


def kid_of(text: str) -> str:
    """Which key a column's text was made with; CannotDecryptError when it has another format."""
    parts = text.split("|")
    if len(parts) != PARTS or parts[0] != VERSION:
        raise CannotDecryptError("not a v1 value")
    return parts[1]


def open_text(key: bytes, text: str, associated: bytes) -> str:
    """The value behind a column's text."""
    kid_of(text)
    _, _, nonce, sealed = text.split("|")
    return open_bytes(key, decode(nonce) + decode(sealed), associated).decode()


def keyed_hash(key: bytes, label: str, value: str) -> bytes:
    """HMAC-SHA-256 of a value under a subkey of its own per label: two labels tell nothing about each other."""
    subkey = hmac.digest(key, label.encode(), sha256)
    return hmac.digest(subkey, value.encode(), sha256)


def index_of(key: bytes, purpose: str, value: str) -> str:
    """The blind index of a value that is already normalised: 32 hex digits."""
    return keyed_hash(key, f"blind|{purpose}", value)[:INDEX_BYTES].hex()


def indexer(key: bytes, purpose: str) -> Callable[[str], str]:
    """`index_of` for a great many values of one purpose."""
    subkey = hmac.digest(key, f"blind|{purpose}".encode(), sha256)
    return lambda value: hmac.digest(subkey, value.encode(), sha256)[:INDEX_BYTES].hex()


def pseudonym_of(key: bytes, year: int, identity: str) -> str:
    """A person's pseudonym for one year: 32 hex digits, unlinkable to the next year's without the key."""
    return keyed_hash(key, f"pseudonym|{year}", identity)[:INDEX_BYTES].hex()
