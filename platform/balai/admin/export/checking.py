"""Is an export whole? Reads the manifest and every file it lists; needs no database."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from balai.files.archives import is_safe_name

_CHUNK: Final = 1024 * 1024
_MANIFEST: Final = "manifest.json"

Opener = Callable[[str], BinaryIO]


def verify_export(path: Path) -> list[str]:
    """Everything that is wrong with the export in a folder or zip, one sentence each; empty when it is whole."""
    try:
        with _opened(path) as (names, opener):
            return list(_faults(names, opener))
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as fault:
        return [f"{path} can't be read as an export: {type(fault).__name__}"]


def _faults(names: set[str], opener: Opener) -> Iterator[str]:
    with opener(_MANIFEST) as source:
        manifest = json.load(source)
    listed = {_MANIFEST}
    for entry, lines in _entries(manifest):
        listed.add(entry["path"])
        if not is_safe_name(entry["path"]):
            yield f"{entry['path']}: leads out of the export"
        elif entry["path"] not in names:
            yield f"{entry['path']}: is missing"
        else:
            yield from _file_faults(entry, lines, opener)
    yield from (f"{name}: is not in the manifest" for name in sorted(names - listed))


def _entries(manifest: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int | None]]:
    """(file as listed, lines it must have or None)."""
    for table in manifest["tables"]:
        yield table["jsonl"], table["rows"]
        yield table["csv"], None
    yield from ((file, None) for file in manifest["files"])
    yield manifest["readme"], None


def _file_faults(entry: dict[str, Any], lines: int | None, opener: Opener) -> Iterator[str]:
    digest, size, found = hashlib.sha256(), 0, 0
    with opener(entry["path"]) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            found += chunk.count(b"\n")
    if size != entry["size"] or digest.hexdigest() != entry["sha256"]:
        yield f"{entry['path']}: was changed"
    elif lines is not None and found != lines:
        yield f"{entry['path']}: has {found} rows instead of {lines}"


@contextmanager
def _opened(path: Path) -> Iterator[tuple[set[str], Opener]]:
    """(names of all files, how to open one)."""
    if path.is_dir():
        yield (
            {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()},
            lambda name: (path / name).open("rb"),
        )
        return
    with zipfile.ZipFile(path) as archive:
        yield {entry.filename for entry in archive.infolist() if not entry.is_dir()}, _opener(archive)


def _opener(archive: zipfile.ZipFile) -> Opener:
    def opener(name: str) -> BinaryIO:
        return cast("BinaryIO", archive.open(name))

    return opener
