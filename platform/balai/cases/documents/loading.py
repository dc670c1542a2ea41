"""From text to a checked service, and from a folder of files to all of a plugin's services."""

from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from balai.cases.documents.building import build
from balai.cases.documents.checks import meaning_faults
from balai.cases.documents.faults import DocumentError, Fault
from balai.cases.documents.reading import Source, UnreadableError, read
from balai.cases.documents.schema import shape_faults
from balai.contracts import Service

_SUFFIXES = (".yaml", ".yml", ".json")


def parse(text: str, *, owner: str, name: str = "", permissions: Iterable[str] = ()) -> Service:
    """Read and check one document; raises DocumentError with every fault, owner, service and line.

    owner: the plugin's name or "daerah"; name: what to call the document while its key can't be read; permissions: those
    that the plugin declares besides the core's.
    """
    try:
        source = read(text)
    except UnreadableError as error:
        raise DocumentError(owner, name or "?", [error.fault]) from None
    return check(source.values, owner=owner, name=name, permissions=permissions, source=source)


def check(
    values: Any, *, owner: str, name: str = "", permissions: Iterable[str] = (), source: Source | None = None
) -> Service:
    """The same for values that came another way (form builder, REST); faults then carry paths and no lines."""
    known = values.get("key") if isinstance(values, dict) else None
    service_name = known if isinstance(known, str) else (name or "?")
    faults = shape_faults(values)
    if faults:
        raise DocumentError(owner, service_name, _with_lines(faults, source))
    service = build(owner, values)
    faults = meaning_faults(service, frozenset(permissions))
    if faults:
        raise DocumentError(owner, service_name, _with_lines(faults, source))
    return service


def load_folder(folder: Traversable | Path, *, owner: str, permissions: Iterable[str] = ()) -> list[Service]:
    """All documents of a folder, by file name; raises DocumentError. Two with the same key are refused."""
    wanted = frozenset(permissions)
    services: dict[str, Service] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(_SUFFIXES):
            continue
        service = parse(file.read_text("utf-8"), owner=owner, name=file.name, permissions=wanted)
        if service.key in services:
            raise DocumentError(
                owner, file.name, [Fault(("key",), f"layanan “{service.key}” sudah ada di berkas lain")]
            )
        services[service.key] = service
    return list(services.values())


def _with_lines(faults: list[Fault], source: Source | None) -> list[Fault]:
    if source is None:
        return faults
    placed = [Fault(fault.path, fault.message, source.line(fault.path)) for fault in faults]
    return sorted(placed, key=lambda fault: fault.line or 0)
