"""Zip files (XLSX is one) and XML from outside: looked over before anything is unpacked or parsed."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from balai.errors import FieldError, Invalid, TooLarge
from balai.web.i18n import gettext as _

MAX_ARCHIVE_BYTES: Final = 10 * 1024 * 1024
MAX_ENTRIES: Final = 1000
MAX_UNPACKED: Final = 100 * 1024 * 1024
# Office documents pack 10 to 20 times smaller; a bomb packs a thousand times.
MAX_RATIO: Final = 200
SMALL: Final = 1024 * 1024
MAX_XML_BYTES: Final = 5 * 1024 * 1024
MAX_XML_DEPTH: Final = 100
_SYMLINK: Final = 0o120000
_FILE_TYPE: Final = 0o170000


def open_archive(data: bytes, *, field: str = "file") -> zipfile.ZipFile:
    """A zip file that is safe to unpack with `read_entry`; TooLarge or Invalid otherwise.

    Refused: too many or too large entries, a bomb's ratio, encrypted entries, links, two entries of one name, and names that
    lead out of the folder (`..`, absolute, drive letters, backslashes).
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=MAX_ARCHIVE_BYTES // 1024))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as fault:
        raise _damaged(field) from fault
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise TooLarge(_("Isi berkas ini terlalu besar."))
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or not all(map(_is_harmless, entries)):
        raise _damaged(field)
    return archive


def _is_harmless(entry: zipfile.ZipInfo) -> bool:
    packs_like_a_bomb = entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
    is_link = (entry.external_attr >> 16) & _FILE_TYPE == _SYMLINK
    is_encrypted = bool(entry.flag_bits & 0x1)
    return not (packs_like_a_bomb or is_link or is_encrypted) and is_safe_name(entry.orig_filename)


def is_safe_name(name: str) -> bool:
    """Whether a name inside an archive stays inside: relative, no `..`, no backslash, no drive, no control character."""
    if not name or "\\" in name or ":" in name or not all(c.isprintable() for c in name):
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def read_entry(archive: zipfile.ZipFile, name: str, *, limit: int = MAX_UNPACKED, field: str = "file") -> bytes:
    """One entry's bytes; never more than it declared, whatever its stream really holds."""
    try:
        declared = min(archive.getinfo(name).file_size, limit)
        with archive.open(name) as stream:
            data = stream.read(declared + 1)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as fault:
        raise _damaged(field) from fault
    except Exception as fault:  # zlib.error, LZMAError: each method of packing has its own
        raise _damaged(field) from fault
    if len(data) > declared:
        raise TooLarge(_("Isi berkas ini terlalu besar."))
    return data


def parse_xml(data: bytes, *, limit: int = MAX_XML_BYTES, field: str = "file") -> ET.Element:
    """The root of an XML document without DTD and entities; TooLarge or Invalid otherwise."""
    if len(data) > limit:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=limit // 1024))
    builder = ET.TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_XML_DEPTH:
            raise _damaged(field)
        builder.start(_qualified(name), {_qualified(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_qualified(name))

    def refuse(*_arguments: object) -> None:
        raise _damaged(field)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as fault:
        raise _damaged(field) from fault
    return builder.close()


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def entries(archive: zipfile.ZipFile) -> Iterator[str]:
    """Names of the files in an archive, folders left out."""
    return (entry.filename for entry in archive.infolist() if not entry.is_dir())


def _damaged(field: str) -> Invalid:
    message = _("Berkas ini rusak atau isinya tidak aman dibuka.")
    return Invalid([FieldError(field, message)], message)
