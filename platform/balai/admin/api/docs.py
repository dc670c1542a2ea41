"""`/api/docs`: the region's own API document as a page.

Drawn on the server from the very document that `/api/v1/openapi.json` gives, so it shows no more than that one does. Ready-made
viewers (Swagger UI, Redoc, RapiDoc) put style elements into the page at run time, which the Content-Security-Policy refuses
(decision 21); this page needs no script at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, Response

from balai.rest import current_document
from balai.web import render

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SCHEMAS: Final = "#/components/schemas/"
blueprint = Blueprint("api_docs", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or property: type is readable text, link the name of the schema behind it."""

    name: str
    type: str
    required: bool
    about: str
    place: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: status, description, name of its schema."""

    status: str
    about: str
    link: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. access: "" for anyone, "token" for signed-in people, else the permission."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    access: str
    body: str
    parameters: list[Line]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    name: str
    about: str
    operations: list[Operation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema."""

    name: str
    about: str
    lines: list[Line]


@blueprint.get("/api/docs")
def api_docs() -> Response:
    """The page."""
    document = current_document().document
    return render(
        "balai_api/docs.html",
        about=document["info"]["description"],
        groups=groups(document),
        shapes=list(shapes(document)),
    )


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The document's operations by tag, in the order of the document."""
    found = {tag["name"]: Group(tag["name"], tag.get("description", "")) for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = _operation(method, path, item)
                found[item[method]["tags"][0]].operations.append(operation)
    return list(found.values())


def _operation(method: str, path: str, item: Mapping[str, Any]) -> Operation:
    raw = item[method]
    secured = raw.get("security", [])
    access = "" if {} in secured else raw.get("x-permission", "token")
    body: dict[str, Any] = next(iter(raw.get("requestBody", {}).get("content", {}).values()), {})
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=raw.get("summary", ""),
        about=raw.get("description", ""),
        access=access,
        body=_link(body.get("schema", {})),
        parameters=[_parameter(p) for p in (*item.get("parameters", ()), *raw.get("parameters", ()))],
        answers=[_answer(status, a) for status, a in raw["responses"].items() if status != "default"],
    )


def _parameter(raw: Mapping[str, Any]) -> Line:
    schema = raw.get("schema", {})
    return Line(
        raw["name"], _type(schema), bool(raw.get("required")), raw.get("description", ""), raw["in"], _link(schema)
    )


def _answer(status: str, raw: Mapping[str, Any]) -> Answer:
    content: dict[str, Any] = next(iter(raw.get("content", {}).values()), {})
    return Answer(str(status), raw.get("description", ""), _link(content.get("schema", {})))


def shapes(document: Mapping[str, Any]) -> Iterator[Shape]:
    """The document's schemas by name."""
    for name, raw in document["components"].get("schemas", {}).items():
        required = raw.get("required", ())
        lines = [
            Line(key, _type(schema), key in required, schema.get("description", ""), link=_link(schema))
            for key, schema in raw.get("properties", {}).items()
        ]
        yield Shape(name, raw.get("description", ""), lines)


def _link(schema: Mapping[str, Any]) -> str:
    """Name of the schema that this one refers to, itself or in its items or alternatives."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    inner = [schema["items"]] if "items" in schema else schema.get("anyOf", ())
    return next((name for part in inner if (name := _link(part))), "")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join("null" if value is None else str(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    name = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{name} ({schema['format']})" if "format" in schema else name
