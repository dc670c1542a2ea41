"""OpenAPI fragments: what the decorators of `Blueprint` say about an operation, in the words of OpenAPI 3.1.

Structs become components named after their class; those of a plugin carry its name in front (`feedback.Vote`), so that two
plugins can't meet in one name.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from http import HTTPStatus
from typing import Any

import msgspec
from flask_smorest.utils import deepupdate

View = Callable[..., Any]
PROBLEM = "Problem"

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Kunci buatan Anda (misalnya UUID). Permintaan yang diulang dengan kunci dan isi yang sama dalam 24 jam"
    " mendapat jawaban yang sama, tanpa dikerjakan dua kali.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200},
}

_PHRASES = {
    400: "Permintaan tidak terbaca",
    401: "Belum masuk, atau token tidak berlaku",
    403: "Tidak berwenang",
    404: "Tidak ditemukan di daerah ini",
    409: "Bentrok dengan keadaan sekarang",
    412: "Sudah diubah orang lain",
    413: "Terlalu besar",
    415: "Jenis isi tidak diterima",
    422: "Ada isian yang perlu diperbaiki",
    429: "Terlalu sering",
    503: "Sedang tidak tersedia",
}


class ProblemField(msgspec.Struct):
    """Satu isian yang perlu diperbaiki."""

    field: str
    message: str


class Problem(msgspec.Struct):
    """Dokumen masalah (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | msgspec.UnsetType = msgspec.UNSET
    errors: list[ProblemField] | msgspec.UnsetType = msgspec.UNSET


def with_doc(view: View, doc: dict[str, Any]) -> View:
    """`view` with `doc` merged into its documentation; lists (parameters) are joined."""
    documented: Any = view
    known = deepcopy(getattr(view, "_apidoc", {}))
    manual = known.setdefault("manual_doc", {})
    doc = dict(doc)
    joined = [*doc.pop("parameters", ()), *manual.get("parameters", ())]
    known["manual_doc"] = deepupdate(manual, doc)
    if joined:
        known["manual_doc"]["parameters"] = joined
    documented._apidoc = known  # noqa: SLF001 - where flask-smorest keeps an operation's documentation
    return view


def operation(
    schema: dict[str, Any] | None, status: int, summary: str, description: str, problems: Sequence[int]
) -> dict[str, Any]:
    """The operation object: its answer and the problems it names."""
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    doc: dict[str, Any] = {
        "summary": summary,
        "responses": {str(status): answer, "default": problem("Masalah (RFC 9457)")},
    }
    if description:
        doc["description"] = description
    for code in problems:
        doc["responses"][str(code)] = problem(_PHRASES[code])
    doc["responses"]["default"] = problem("Masalah lain (RFC 9457)")
    return doc


def problem(description: str) -> dict[str, Any]:
    """A response that is a problem document."""
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def access(permission: str | None, *, signed_in: bool) -> dict[str, Any]:
    """Who may call: security requirement, and the permission as an extension."""
    if not signed_in:
        return {"security": [{}, {"bearer": []}]}
    doc: dict[str, Any] = {"security": [{"bearer": []}], "responses": {"401": problem(_PHRASES[401])}}
    if permission is not None:
        doc["x-permission"] = permission
        doc["responses"]["403"] = problem(_PHRASES[403])
    return doc


def reference(blueprint: Any, kind: type[Any]) -> dict[str, str]:
    """`$ref` to the component of a struct."""
    return {"$ref": _template(blueprint).format(name=kind.__name__)}


def query_parameters(kind: type[Any]) -> list[dict[str, Any]]:
    """One query parameter per field of the struct."""
    schema = msgspec.json.schema(kind)
    properties = schema["$defs"][kind.__name__]["properties"]
    required = schema["$defs"][kind.__name__].get("required", ())
    found = []
    for name, shape in properties.items():
        described = _without_null(shape)
        parameter = {"name": name, "in": "query", "required": name in required, "schema": described}
        if "description" in described:
            parameter["description"] = described.pop("description")
        found.append(parameter)
    return found


def _without_null(shape: dict[str, Any]) -> dict[str, Any]:
    """A query string has no null: an optional parameter is one that is left out."""
    described = {key: value for key, value in shape.items() if not (key == "default" and value is None)}
    kinds = [kind for kind in described.pop("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return {**kinds[0], **described}
    return {**described, "anyOf": kinds} if kinds else described


def register_structs(blueprint: Any, spec: Any) -> None:
    """Every struct that the blueprint names, with all that they hold, as components. ValueError: two shapes, one name."""
    _register(spec, [Problem], "#/components/schemas/{name}", "")
    template = _template(blueprint)
    _register(spec, sorted(blueprint.structs, key=lambda kind: kind.__name__), template, _owner(blueprint))


def _register(spec: Any, kinds: list[type[Any]], template: str, owner: str) -> None:
    _refs, found = msgspec.json.schema_components(kinds, ref_template=template)
    for name, schema in found.items():
        full = f"{owner}{name}"
        known = spec.components.schemas.get(full)
        if known is None:
            spec.components.schema(full, component=schema)
        elif known != schema:
            raise ValueError(f"two different structs are called {full}: rename one")


def _owner(blueprint: Any) -> str:
    package = blueprint.import_name.partition(".")[0]
    return "" if package == "balai" else f"{package.removeprefix('balai_')}."


def _template(blueprint: Any) -> str:
    return "#/components/schemas/" + _owner(blueprint) + "{name}"
