"""Encryption of what a sign-in leaves behind: the pre-login cookie, and a session's tokens and names at rest.

A session's key is derived from the server's secret and from the cookie itself: neither a copy of the database nor the
database together with the secret opens a session's refresh token.
"""

import hashlib
import os
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class BrokenSealError(Exception):
    """Not ours, damaged, or meant for another place."""


class Box:
    """Seals small JSON values with a key derived from `secret` and `salt`."""

    def __init__(self, secret: str, salt: bytes, purpose: str) -> None:
        key = HKDF(SHA256(), 32, salt, f"balai {purpose}".encode()).derive(secret.encode())
        self._cipher = AESGCM(key)

    def seal(self, value: Any, place: str) -> bytes:
        """Encrypted JSON of `value`; opens only for the same `place`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, msgspec.json.encode(value), place.encode())

    def open(self, sealed: bytes, place: str) -> Any:
        """What was sealed; raises BrokenSealError."""
        try:
            return msgspec.json.decode(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode()))
        except (InvalidTag, ValueError, msgspec.DecodeError) as error:
            raise BrokenSealError(place) from error


def digest(raw: bytes) -> bytes:
    """What the database knows of a session's id."""
    return hashlib.sha256(b"balai session|" + raw).digest()
