"""What keeps a drawing from being published: the engine's own faults, each with the page on which it is set right."""

from dataclasses import dataclass
from typing import Any

from balai.auth.permissions import catalogue as permissions
from balai.cases.documents import DocumentError, Fault, build, check, dump
from balai.cases.drawing import overrides
from balai.cases.drawing.flow_editing import PERMISSIONS
from balai.cases.drawing.models import Drawing
from balai.contracts import Service
from balai.errors import Invalid
from balai.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Note:
    """A fault where the officer finds it. where: name of the place; url: its page; spot: ("fields", 2) and the like."""

    message: str
    where: str
    url: str
    spot: tuple[str | int, ...]


def whole(drawing: Drawing, document: dict[str, Any] | None = None) -> dict[str, Any]:
    """The whole service document of a drawing, as values."""
    own = drawing.document if document is None else document
    if drawing.kind == "new":
        return own
    return dump(overrides.applied(overrides.shipped(drawing.service_id), own))


def service_of(drawing: Drawing) -> Service:
    """The drawn service; raises Invalid while it can't be put together."""
    try:
        return build(drawing.service_id.partition(".")[0], whole(drawing))
    except (KeyError, TypeError, ValueError):
        raise Invalid.field("", _("Layanan ini belum bisa dirangkai. Perbaiki dulu yang ditandai.")) from None


def notes(drawing: Drawing, document: dict[str, Any] | None = None) -> list[Note]:
    """Every fault of the drawing (or of a changed document of it), in the document's order."""
    values = whole(drawing, document)
    owner = drawing.service_id.partition(".")[0]
    known = frozenset(PERMISSIONS) if drawing.kind == "new" else frozenset(permissions().permissions)
    try:
        check(values, owner=owner, permissions=known)
    except DocumentError as found:
        return [_note(drawing, values, fault) for fault in found.faults]
    return []


def at(found: list[Note], *spot: str | int) -> list[Note]:
    """Those that belong to one place."""
    return [note for note in found if note.spot[: len(spot)] == spot]


def _note(drawing: Drawing, values: dict[str, Any], fault: Fault) -> Note:
    here, path = f"/kelola/layanan/susun/{drawing.id}", fault.path
    if path[:1] == ("fields",) and len(path) > 1 and isinstance(path[1], int):
        own = path[1] - (
            len(values["fields"]) - len(drawing.document.get("fields", [])) if drawing.kind != "new" else 0
        )
        where = _("Isian “%(name)s”", name=_name(values["fields"], path[1]))
        return Note(fault.message, where, f"{here}/formulir/{own}" if own >= 0 else f"{here}/ubah", ("fields", own))
    if path[:1] == ("fields",):
        return Note(fault.message, _("Formulir"), f"{here}/formulir", ("fields",))
    if path[:1] != ("workflow",):
        return Note(fault.message, _("Umum"), f"{here}/umum", path)
    if drawing.kind != "new":
        return Note(fault.message, _("Alur"), f"{here}/ubah", path)
    return _flow_note(values, fault, here)


def _flow_note(values: dict[str, Any], fault: Fault, here: str) -> Note:
    part = fault.path[1] if len(fault.path) > 1 else ""
    index = fault.path[2] if len(fault.path) > 2 else None  # noqa: PLR2004 - workflow, part, position
    if part == "states" and isinstance(index, int):
        where = _("Keadaan “%(name)s”", name=_name(values["workflow"]["states"], index))
        return Note(fault.message, where, f"{here}/alur/keadaan/{index}", fault.path[1:])
    if part == "transitions" and isinstance(index, int):
        where = _("Langkah “%(name)s”", name=_name(values["workflow"]["transitions"], index))
        return Note(fault.message, where, f"{here}/alur/langkah/{index}", fault.path[1:])
    return Note(fault.message, _("Alur"), f"{here}/alur", fault.path[1:])


def _name(rows: list[dict[str, Any]], index: int) -> str:
    row = rows[index] if index < len(rows) else {}
    return str(row.get("label") or row.get("key") or index + 1)
