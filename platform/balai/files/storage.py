"""Where files lie. They arrive here encrypted with the tenant's key: a storage sees names that it made and bytes it can't read.

`LocalStorage` is a folder. An object store (S3) takes its place by offering the same four methods; the name of an object is
the same key.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

# <tenant's key>/<two digits>/<file's id>[.kecil]: built from ids only, never from what a user typed.
_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{2}/[0-9a-f-]{36}(\.kecil)?")
THUMBNAIL: Final = ".kecil"


class MissingBlobError(RuntimeError):
    """The database names a file that the storage doesn't have: `balai doctor` lists these."""


class Storage(Protocol):
    """What keeps blobs by key."""

    def put(self, key: str, blob: bytes) -> None:
        """Keep a blob, durably, before returning."""
        ...

    def get(self, key: str) -> bytes:
        """The blob; MissingBlobError when there is none."""
        ...

    def delete(self, key: str) -> None:
        """Forget a blob; no error when there is none."""
        ...

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """(key, seconds since the epoch when it was written) of what a tenant keeps; prefix = the tenant's key."""
        ...


def storage_key(tenant_key: UUID, file_id: UUID) -> str:
    """The key of a file; its thumbnail has THUMBNAIL behind it. The folder is taken from the id's random end."""
    return f"{tenant_key}/{file_id.hex[-2:]}/{file_id}"


class LocalStorage:
    """Blobs in a folder, each in a file of its own that nobody else may read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, blob: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(blob)
                out.flush()
                os.fsync(out.fileno())
            unfinished.rename(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise MissingBlobError(f"no blob {key}") from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        folder = self._root / prefix
        for path in sorted(folder.glob("*/*")):
            with suppress(FileNotFoundError):
                yield path.relative_to(self._root).as_posix(), path.stat().st_mtime

    def _path(self, key: str) -> Path:
        name = key.rsplit("/", 1)[-1]
        # What a crash left unfinished may be deleted by its own name, nothing else starts with a dot.
        plain = key.replace(name, re.sub(r"^\.(.*)\.[0-9a-f]{8}$", r"\1", name))
        if not _KEY.fullmatch(plain):
            raise ValueError(f"not a storage key: {key!r}")
        return self._root / key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
