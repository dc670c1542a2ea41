"""Signatures as the national standard SNAP wants them (Bank Indonesia, 2021): over method, path, hash of the body and time."""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from balai.contracts import PaymentFault

WINDOW = timedelta(minutes=5)
_LONGEST = 1024
_SMALLEST = 2048


def sign_rsa(pem: str, text: str) -> str:
    """base64 of SHA256withRSA over `text`; PaymentFault when the key is none."""
    return base64.b64encode(_private(pem).sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()


def holds_rsa(pem: str, text: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is that key's over `text`. Never raises: a bad key proves nothing."""
    if not signature or len(signature) > _LONGEST:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
        _public(pem).verify(raw, text, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, PaymentFault, binascii.Error, ValueError):
        return False
    return True


def sign_hmac(secret: str, text: str) -> str:
    """base64 of HMAC_SHA512 over `text`."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha512)).decode()


def body_hash(body: bytes) -> str:
    """Small hex SHA-256 of the body as it goes over the line."""
    return hashlib.sha256(body).hexdigest()


def is_fresh(stamp: str, now: datetime) -> bool:
    """Whether an ISO time with its zone lies within five minutes of now, either way."""
    if not stamp.isascii() or len(stamp) > 40:  # noqa: PLR2004 - far longer than any ISO time
        return False
    try:
        at = datetime.fromisoformat(stamp)
        return at.tzinfo is not None and abs(now - at.astimezone(UTC)) <= WINDOW
    except (ValueError, OverflowError):
        return False


@lru_cache(maxsize=1024)
def _public(pem: str) -> rsa.RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as fault:
        raise PaymentFault("kunci publik penyedia tidak terbaca") from fault
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _SMALLEST:
        raise PaymentFault("kunci publik penyedia harus RSA, paling sedikit 2048 bit")
    return key


def _private(pem: str) -> rsa.RSAPrivateKey:
    # Not cached: a region's private key stays in memory no longer than it is needed.
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as fault:
        raise PaymentFault("kunci pribadi tidak terbaca") from fault
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _SMALLEST:
        raise PaymentFault("kunci pribadi harus RSA, paling sedikit 2048 bit")
    return key


def public_of(pem: str) -> rsa.RSAPublicKey:
    """The key in a PEM text, to check it when it is typed in; PaymentFault."""
    return _public(pem)


def private_of(pem: str) -> rsa.RSAPrivateKey:
    """The same for a private key."""
    return _private(pem)
