"""A service's form as a JSON Schema (2020-12), for REST and for whoever builds another front end."""

from typing import Any, Final

from balai.cases.forms import data_fields, spoken
from balai.cases.personal.terms import field_sentence
from balai.contracts import Field, Service

_BASE: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string", "maxLength": 200},
    "longtext": {"type": "string", "maxLength": 5000},
    "number": {"type": "number"},
    "money": {"type": "integer", "minimum": 0, "description": "whole rupiah"},
    "date": {"type": "string", "format": "date"},
    "choice": {"type": "string"},
    "multichoice": {"type": "array", "uniqueItems": True},
    "region": {"type": "string", "pattern": r"^\d\d(\.\d\d){1,2}(\.\d{4})?$"},
    "nik": {"type": "string", "pattern": r"^\d{16}$"},
    "phone": {"type": "string", "maxLength": 30},
    "email": {"type": "string", "format": "email"},
    "consent": {"type": "boolean"},
}


def form_schema(service: Service) -> dict[str, Any]:
    """The schema of `data` of a new case: properties in the form's order, titles and help in Indonesian.

    Questions that are asked only under a condition are optional here and carry `x-show-if`; so is the one that a voice note may
    answer instead. The server checks them.
    """
    fields, pair = data_fields(service), spoken(service)
    told = pair[1].key if pair else ""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": service.title,
        "type": "object",
        "additionalProperties": False,
        "properties": {field.key: _property(field) for field in fields},
        "required": [f.key for f in fields if f.required and not f.show_if and f.key != told],
    }


def _property(field: Field) -> dict[str, Any]:
    schema = {**_BASE[field.type], "title": field.label, **_limits(field)}
    if field.help:
        schema["description"] = field.help
    options = [{"const": value, "title": label} for value, label in field.options]
    if field.type == "choice":
        schema["oneOf"] = options
    elif field.type == "multichoice":
        schema["items"] = {"oneOf": options}
    elif field.type == "consent" and field.required:
        schema["const"] = True
    if field.show_if:
        schema["x-show-if"] = {key: list(wanted) for key, wanted in field.show_if.items()}
    if field.personal:
        schema["x-personal"] = field.personal.purpose
        schema["x-personal-notice"] = field_sentence(field)
    return schema


def _limits(field: Field) -> dict[str, Any]:
    names = {"min_length": "minLength", "max_length": "maxLength"}
    if field.type in {"number", "money"}:
        names |= {"min": "minimum", "max": "maximum"}
    return {keyword: field.limits[name] for name, keyword in names.items() if name in field.limits}
