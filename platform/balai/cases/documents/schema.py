"""The shape of a service document, checked against service.schema.json; answers in words an officer understands."""

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from balai.cases.documents.faults import Fault

_TYPES = {
    "string": "teks",
    "integer": "bilangan bulat",
    "number": "angka",
    "boolean": "true atau false",
    "array": "daftar",
    "object": "kelompok isian",
    "null": "kosong",
}

_SENTENCES = {
    "oneOf": "{shown} tidak sesuai bentuk yang diminta",
    "pattern": "{shown} tidak sesuai pola {value}",
    "minItems": "isi paling sedikit {value}",
    "minLength": "tulis paling sedikit {value} huruf",
    "minProperties": "isi paling sedikit {value}",
    "maxItems": "isi paling banyak {value}",
    "maxLength": "tulis paling banyak {value} huruf",
    "minimum": "{shown} kurang dari {value}",
    "maximum": "{shown} lebih dari {value}",
    "uniqueItems": "ada isi yang sama dua kali",
}


@lru_cache(maxsize=1)
def document_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of service documents, as shipped."""
    text = resources.files("balai.cases.documents").joinpath("service.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@lru_cache(maxsize=1)
def _validator() -> Any:
    # Late: the web worker that only reads checked documents back does without it.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(document_schema())


def shape_faults(values: Any) -> list[Fault]:
    """What departs from the schema, in the document's order."""
    errors = sorted(_validator().iter_errors(values), key=lambda error: [str(part) for part in error.absolute_path])
    return [fault for error in errors for fault in _faults(error)]


def _faults(error: Any) -> list[Fault]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        return [Fault((*path, key), f"“{key}” tidak dikenal di sini") for key in error.instance if key not in known]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [Fault(path, f"“{key}” belum diisi") for key in missing]
    return [Fault(path, _message(error))]


def _message(error: Any) -> str:
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)[:60]
    value = error.validator_value
    if error.validator == "enum":
        return f"{shown} bukan salah satu dari: {', '.join(str(v) for v in value if v is not None)}"
    if error.validator == "type":
        wanted = value if isinstance(value, list) else [value]
        return f"{shown} harus berupa {' atau '.join(_TYPES.get(str(w), str(w)) for w in wanted)}"
    return _SENTENCES.get(error.validator, "{shown} tidak sesuai").format(shown=shown, value=value)
