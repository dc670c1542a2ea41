"""The form builder: questions added, changed, moved, removed."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from balai.auth import require
from balai.cases.drawing import checking, editing, overrides
from balai.cases.drawing.board import address, blueprint, drawing_of, page, save
from balai.cases.drawing.models import Drawing
from balai.cases.drawing.words import field_types
from balai.errors import NotFound
from balai.web import Form


@blueprint.get("/layanan/susun/<uuid:drawing_id>/formulir")
@require("services.draw")
def fields(drawing_id: UUID) -> Response:
    """All questions, and a further one."""
    return _fields(drawing_id, Form.of({"type": "text"}))


@blueprint.post("/layanan/susun/<uuid:drawing_id>/formulir")
@require("services.draw")
def add_field(drawing_id: UUID) -> AnyResponse:
    """Add a question."""
    given, drawing = request.form, drawing_of(drawing_id)
    prefix = "" if drawing.kind == "new" else overrides.PREFIX
    return save(
        drawing_id,
        lambda d: editing.add_field(d, given, prefix=prefix),
        back=address(drawing, "/formulir#tambah"),
        again=lambda form: _fields(drawing_id, form),
    )


def _fields(drawing_id: UUID, form: Form) -> Response:
    drawing = drawing_of(drawing_id)
    return page(
        "fields", drawing, form, "formulir", field_types=field_types(), type_names=dict(field_types()),
        fields=drawing.document.get("fields", []), shipped_fields=_shipped(drawing),
    )  # fmt: skip


def _shipped(drawing: Drawing) -> list[dict[str, Any]]:
    """Questions of a plugin's form, before the region's own."""
    if drawing.kind == "new":
        return []
    fields: list[dict[str, Any]] = checking.whole(drawing)["fields"]
    return fields[: len(fields) - len(drawing.document.get("fields", []))]


@blueprint.get("/layanan/susun/<uuid:drawing_id>/formulir/<int:index>")
@require("services.draw")
def field(drawing_id: UUID, index: int) -> Response:
    """One question with everything about it."""
    drawing = drawing_of(drawing_id)
    return _field(drawing_id, index, Form.of(_values(drawing, index)))


@blueprint.post("/layanan/susun/<uuid:drawing_id>/formulir/<int:index>")
@require("services.draw")
def change_field(drawing_id: UUID, index: int) -> AnyResponse:
    """Keep it."""
    given, drawing = request.form, drawing_of(drawing_id)
    return save(
        drawing_id,
        lambda d: editing.change_field(d, index, given, earlier=_shipped(drawing)),
        back=address(drawing, "/formulir"),
        again=lambda form: _field(drawing_id, index, form),
    )


@blueprint.post("/layanan/susun/<uuid:drawing_id>/formulir/<int:index>/pindah")
@require("services.draw")
def move_field(drawing_id: UUID, index: int) -> AnyResponse:
    """Up, down, or out."""
    way, back = request.form.get("arah", ""), address(drawing_of(drawing_id), "/formulir")
    return save(
        drawing_id,
        lambda d: editing.move_row(d.get("fields", []), index, way),
        back=back,
        again=lambda form: _fields(drawing_id, form),
    )


def _own(drawing: Drawing, index: int) -> dict[str, Any]:
    own: list[dict[str, Any]] = drawing.document.get("fields", [])
    if not 0 <= index < len(own):
        raise NotFound
    return own[index]


def _values(drawing: Drawing, index: int) -> dict[str, Any]:
    asked = _own(drawing, index)
    personal, limits = asked.get("personal") or {}, asked.get("limits") or {}
    show: tuple[str, list[str]] = next(iter((asked.get("show_if") or {}).items()), ("", []))
    labels = {
        o["value"]: o["label"] for f in _earlier(drawing, index) if f["key"] == show[0] for o in f.get("options", [])
    }
    return {
        "type": asked["type"],
        "label": asked["label"],
        "help": asked.get("help", ""),
        "required": "ya" if asked.get("required") else "",
        "options": "\n".join(o["label"] for o in asked.get("options") or []),
        "show_field": show[0],
        "show_values": "\n".join(labels.get(v, v) for v in show[1]),
        "min": limits.get("min", ""),
        "max": limits.get("max", ""),
        **{name: personal.get(name, "") for name in ("purpose", "basis", "retention_days")},
    }


def _earlier(drawing: Drawing, index: int) -> list[dict[str, Any]]:
    return [*_shipped(drawing), *drawing.document.get("fields", [])[:index]]


def _field(drawing_id: UUID, index: int, form: Form) -> Response:
    drawing = drawing_of(drawing_id)
    asked = _own(drawing, index)
    deciding = [f for f in _earlier(drawing, index) if f["type"] in {"choice", "multichoice", "consent"}]
    return page(
        "field", drawing, form, "formulir", asked=asked, index=index, field_types=field_types(),
        deciding=[(f["key"], f["label"]) for f in deciding],
    )  # fmt: skip
