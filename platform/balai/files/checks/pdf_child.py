"""Looks into one PDF in a process of its own: python -I pdf_child.py < file.pdf.

A PDF is a graph of compressed objects written by anybody. Here a bomb or an endless loop ends this process at its limits and
not the web worker. Prints one JSON object: {"pages": n} or {"reason": ..., ...}. Imports pypdf only.
"""

import io
import json
import resource
import sys
from typing import Any

# Names that let a document act or carry something: scripts, launching programs, attachments, forms that call home.
ACTIVE = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA", "/SubmitForm",
    "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound", "/3D",
}  # fmt: skip
DEEPEST = 60


def limit(seconds: int, memory: int) -> None:
    """Let the kernel end this process when it takes too long or too much."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def look(data: bytes, max_pages: int, max_objects: int) -> dict[str, Any]:
    """What the document is, or why it can't be taken."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        return {"reason": "locked"}
    numbers = {number for table in reader.xref.values() for number in table} | set(reader.xref_objStm)
    if len(numbers) > max_objects:
        return {"reason": "damaged"}
    if any(is_active(reader.get_object(number), 0) for number in sorted(numbers) if number) or is_active(
        reader.trailer, 0
    ):
        return {"reason": "active"}
    pages = len(reader.pages)
    if pages > max_pages:
        return {"reason": "too_many_pages", "pages": pages, "limit": max_pages}
    return {"pages": pages} if pages else {"reason": "damaged"}


def is_active(thing: Any, depth: int) -> bool:
    """Whether an object itself (references are looked at on their own) names something of ACTIVE."""
    if depth > DEEPEST:
        return True
    if isinstance(thing, dict):
        return any(key in ACTIVE or is_active(value, depth + 1) for key, value in thing.items())
    if isinstance(thing, list):
        return any(is_active(value, depth + 1) for value in thing)
    return isinstance(thing, str) and thing in ACTIVE


def main() -> None:
    max_pages, max_objects, seconds, memory = (int(argument) for argument in sys.argv[1:])
    data = sys.stdin.buffer.read()
    limit(seconds, memory)
    try:
        found = look(data, max_pages, max_objects)
    except Exception:  # noqa: BLE001 - a parser fed with hostile bytes raises nearly anything
        found = {"reason": "damaged"}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
