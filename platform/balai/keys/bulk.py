"""A great many values at once: ciphers and keys are set up once, which is most of what a short value costs."""

from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from balai.db import TenantSession
from balai.keys import crypto
from balai.keys.keyring import keyring
from balai.keys.normalise import NORMALISERS


def opener(session: TenantSession, table: str) -> Callable[[str, str, UUID | str], str]:
    """`decrypt` for many rows within this session: (sealed text, column, row's id) -> value; CannotDecryptError as there."""
    ring = keyring(session)
    ciphers: dict[str, AESGCM] = {}

    def opened(sealed: str, column: str, row_id: UUID | str) -> str:
        kid = crypto.kid_of(sealed)
        cipher = ciphers.get(kid)
        if cipher is None:
            cipher = ciphers[kid] = AESGCM(ring.data_key(kid))
        _version, _kid, nonce, ciphertext = sealed.split("|")
        try:
            return cipher.decrypt(
                crypto.decode(nonce), crypto.decode(ciphertext), crypto.place(table, column, row_id)
            ).decode()
        except (InvalidTag, ValueError) as fault:
            raise crypto.CannotDecryptError("the value doesn't open with this key in this place") from fault

    return opened


def spelling_indexer(session: TenantSession, purpose: str) -> Callable[[str], tuple[str, str]]:
    """`blind_index` for many: value -> (its one spelling, its index); ValueError when it can't be one."""
    spell = NORMALISERS[purpose]
    index = crypto.indexer(keyring(session).index, purpose)

    def indexed(value: str) -> tuple[str, str]:
        spelled = spell(value)
        return spelled, index(spelled)

    return indexed
