"""Blobs and transactions: what a rolled-back transaction wrote goes again, what a committed one deleted goes only then.

A crash between the two leaves a blob without a row, never a row without a blob; `sweep` removes such blobs a day later.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from balai import keys
from balai.db import Database, TenantSession
from balai.errors import ConfigurationError
from balai.files.models import File
from balai.files.storage import THUMBNAIL, Storage
from balai.tenancy import queries as registry

_WRITTEN: Final = "balai.files.written"
_DOOMED: Final = "balai.files.doomed"
_TENANT_KEY: Final = "balai.files.tenant_key"

_log = logging.getLogger("balai.files")
_storages: WeakKeyDictionary[Database, Storage] = WeakKeyDictionary()


def install(database: Database, storage: Storage) -> None:
    """Say once per process where the files of this database lie (create_app, worker, CLI)."""
    _storages[database] = storage


def storage_for(session: TenantSession) -> Storage:
    """The storage of this session's database; ConfigurationError when the process was started without one."""
    try:
        return _storages[session.database]
    except KeyError:
        raise ConfigurationError("BALAI_FILES_DIR is not set: name a folder for uploaded files") from None


def tenant_key(session: TenantSession) -> UUID:
    """The tenant's global key: first part of every storage key, so that deployments can share one object store."""
    found = session.info.get(_TENANT_KEY)
    if found is None:
        tenant = registry.tenant_by_id(session, session.tenant_id)
        if tenant is None:
            raise LookupError(f"no tenant {session.tenant_id}")
        found = session.info[_TENANT_KEY] = tenant.key
    key: UUID = found
    return key


def write(session: TenantSession, file: File, content: bytes, thumbnail: bytes | None) -> None:
    """Put a file's bytes, and its thumbnail's, under its storage key; sets kid, size and has_thumbnail."""
    storage = storage_for(session)
    file.has_thumbnail, file.size = thumbnail is not None, len(content)
    for suffix, kind, blob in _parts(content, thumbnail):
        file.kid, sealed = keys.seal_blob(session, blob, kind=kind, blob_id=file.id)
        session.info.setdefault(_WRITTEN, []).append((storage, file.storage_key + suffix))
        storage.put(file.storage_key + suffix, sealed)


def _parts(content: bytes, thumbnail: bytes | None) -> Iterable[tuple[str, str, bytes]]:
    yield "", "file", content
    if thumbnail is not None:
        yield THUMBNAIL, "thumbnail", thumbnail


def read(session: TenantSession, file: File, *, thumbnail: bool = False) -> bytes:
    """A file's bytes (or its thumbnail's), decrypted."""
    key = file.storage_key + (THUMBNAIL if thumbnail else "")
    sealed = storage_for(session).get(key)
    return keys.open_blob(session, sealed, kind="thumbnail" if thumbnail else "file", blob_id=file.id)


def rewrite(session: TenantSession, file: File) -> None:
    """Encrypt a file's blobs with the newest key, in place. That key must be committed already."""
    storage = storage_for(session)
    thumbnail = read(session, file, thumbnail=True) if file.has_thumbnail else None
    for suffix, kind, blob in _parts(read(session, file), thumbnail):
        file.kid, sealed = keys.seal_blob(session, blob, kind=kind, blob_id=file.id)
        storage.put(file.storage_key + suffix, sealed)


def doom(session: TenantSession, file: File) -> None:
    """Delete a file's blobs once the transaction has committed."""
    storage = storage_for(session)
    doomed = session.info.setdefault(_DOOMED, [])
    doomed += [(storage, file.storage_key + suffix) for suffix in ("", THUMBNAIL)]


@event.listens_for(TenantSession, "after_commit")
def _committed(session: TenantSession) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_WRITTEN, None)
        _delete(session.info.pop(_DOOMED, ()))


@event.listens_for(TenantSession, "after_transaction_end")
def _ended(session: TenantSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_DOOMED, None)
        _delete(session.info.pop(_WRITTEN, ()))


def _delete(blobs: Iterable[tuple[Storage, str]]) -> None:
    for storage, key in blobs:
        try:
            storage.delete(key)
        except Exception as fault:  # noqa: BLE001 - the transaction is over; `sweep` tries again
            _log.warning("a blob could not be deleted: %s", _named(fault, key))


def _named(fault: Any, key: str) -> str:
    return f"{key} ({type(fault).__name__})"
