"""Keys per tenant: encrypt what is personal, find it by a blind index, mask it on pages, shred it with its key."""

from balai.keys.columns import sealed, sealed_column
from balai.keys.crypto import CannotDecryptError, KeyFaultError, new_key
from balai.keys.kek import KekError, KekRing, KeyWrapper
from balai.keys.keyring import KeysShreddedError, NoKeysError, install, remember
from balai.keys.masks import HIDDEN, MASKS, mask, mask_email, mask_name, mask_nik, mask_phone
from balai.keys.models import TenantKey
from balai.keys.normalise import nik_fault, normalise, normalise_email, normalise_nik, normalise_phone
from balai.keys.queries import AS_JSON, SealedColumn, sealed_columns
from balai.keys.services import (
    Reencrypted,
    blind_index,
    create_tenant_keys,
    decrypt,
    drop_retired,
    encrypt,
    indexer,
    open_blob,
    pseudonym,
    reencrypt,
    reveal,
    rewrap,
    rotate,
    seal,
    seal_blob,
    sealer,
    shred,
)
from balai.keys.traces import Trace, find_traces, mask_traces

__all__ = [
    "AS_JSON",
    "HIDDEN",
    "MASKS",
    "CannotDecryptError",
    "KekError",
    "KekRing",
    "KeyFaultError",
    "KeyWrapper",
    "KeysShreddedError",
    "NoKeysError",
    "Reencrypted",
    "SealedColumn",
    "TenantKey",
    "Trace",
    "blind_index",
    "create_tenant_keys",
    "decrypt",
    "drop_retired",
    "encrypt",
    "find_traces",
    "indexer",
    "install",
    "mask",
    "mask_email",
    "mask_name",
    "mask_nik",
    "mask_phone",
    "mask_traces",
    "new_key",
    "nik_fault",
    "normalise",
    "normalise_email",
    "normalise_nik",
    "normalise_phone",
    "open_blob",
    "pseudonym",
    "reencrypt",
    "remember",
    "reveal",
    "rewrap",
    "rotate",
    "seal",
    "seal_blob",
    "sealed",
    "sealed_column",
    "sealed_columns",
    "sealer",
    "shred",
]
