"""Reading what clients send: JSON bodies and query strings into msgspec structs.

Whatever arrives, the answer is a problem document: broken JSON 400, another content type 415, too much 413, a wrong value 422
with the field's JSON pointer and a plain Indonesian sentence.
"""

import re
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from flask import request

from balai.errors import BadRequest, FieldError, Invalid, TooLarge, UnsupportedMedia
from balai.words import gettext as _

T = TypeVar("T")

JSON_LIMIT = 1024 * 1024
"""Largest JSON body in bytes; files travel as multipart."""

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Object missing required field `(?P<field>.+)`", "Wajib diisi."),
        (r"Object contains unknown field `(?P<field>.+)`", "Isian ini tidak dikenal."),
        (r"Expected `str` of length <= (?P<n>\d+)", "Paling banyak {n} huruf."),
        (r"Expected `str` of length >= (?P<n>\d+)", "Paling sedikit {n} huruf."),
        (r"Expected `array` of length <= (?P<n>\d+)", "Paling banyak {n} butir."),
        (r"Expected `array` of length >= (?P<n>\d+)", "Paling sedikit {n} butir."),
        (r"Expected `(?:int|float|number)` <= (?P<n>[-\d.]+)", "Paling besar {n}."),
        (r"Expected `(?:int|float|number)` >= (?P<n>[-\d.]+)", "Paling kecil {n}."),
        (r"Expected `str` matching regex", "Bentuknya tidak sesuai."),
        (r"Expected `(?P<kind>[^`]+)`, got `[^`]+`", "Harus berupa {kind}."),
        (r"Invalid (?P<kind>RFC3339 encoded datetime|RFC3339 encoded date|UUID)", "Harus berupa {kind}."),
        (r"Invalid enum value", "Pilihan ini tidak ada."),
        (r"(?:Integer value|Number) out of range", "Angka di luar batas."),
    )
)
_KINDS = {
    "str": "teks", "int": "bilangan bulat", "float": "angka", "bool": "true atau false", "array": "daftar",
    "object": "objek", "null": "null", "uuid": "UUID", "UUID": "UUID", "datetime": "waktu (RFC 3339)",
    "date": "tanggal (YYYY-MM-DD)", "RFC3339 encoded datetime": "waktu (RFC 3339)",
    "RFC3339 encoded date": "tanggal (YYYY-MM-DD)",
}  # fmt: skip


@lru_cache(maxsize=512)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def read_json(kind: type[T], limit: int = JSON_LIMIT) -> T:
    """The request's body as `kind`. Raises UnsupportedMedia, TooLarge, BadRequest or Invalid."""
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMedia(_("Kirim badan permintaan sebagai application/json."))
    raw = read_raw(limit)
    value: T = decode(raw, kind)
    return value


def read_raw(limit: int) -> bytes:
    """The body as bytes, kept for later readers; raises TooLarge beyond `limit` bytes, announced or not."""
    if (request.content_length or 0) > limit:
        raise TooLarge(_too_large(limit))
    request.max_content_length = limit
    raw: bytes = request.get_data(cache=True)
    if len(raw) > limit:
        raise TooLarge(_too_large(limit))
    return raw


def decode(raw: bytes, kind: type[T]) -> T:
    """JSON bytes as `kind`; raises BadRequest (not JSON) or Invalid (JSON of another shape)."""
    try:
        value: T = _decoder(cast("Any", kind)).decode(raw)
    except msgspec.ValidationError as error:
        raise Invalid([explain(str(error))]) from None
    except RecursionError:
        raise BadRequest(_("JSON bertingkat terlalu dalam.")) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequest(_("Badan permintaan bukan JSON yang sah.")) from None
    if b"\\u0000" in raw:
        _refuse_nul(msgspec.json.decode(raw), "")
    return value


def read_query(kind: type[T]) -> T:
    """The query string as `kind`; numbers and booleans are read from text, repeated names into lists. Raises Invalid."""
    lists = _list_fields(cast("Any", kind))
    values: dict[str, Any] = {}
    for name in request.args:
        values[name] = request.args.getlist(name) if name in lists else request.args[name]
    for name, value in values.items():
        if "\x00" in name or any("\x00" in text for text in (value if isinstance(value, list) else [value])):
            raise Invalid.field(name.replace("\x00", ""), _("Mengandung karakter yang tidak diperbolehkan."))
    try:
        # An empty parameter counts as absent: forms and hand-made links send them.
        return msgspec.convert({k: v for k, v in values.items() if v != ""}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid([explain(str(error))]) from None


@lru_cache(maxsize=512)
def _list_fields(kind: type[Any]) -> frozenset[str]:
    info: Any = msgspec.inspect.type_info(kind)
    return frozenset(f.encode_name for f in info.fields if _holds_list(f.type))


def _holds_list(kind: Any) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _holds_list(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_holds_list(part) for part in kind.types)
    return isinstance(kind, msgspec.inspect.ListType | msgspec.inspect.VarTupleType | msgspec.inspect.SetType)


def explain(message: str) -> FieldError:
    """The English message of msgspec as a field (JSON pointer) and an Indonesian sentence."""
    parsed = _WHERE.match(message)
    what, path = (parsed["what"], parsed["path"]) if parsed else (message, None)
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(path or ""))
    for pattern, sentence in _SENTENCES:
        found = pattern.match(what)
        if found is None:
            continue
        words = found.groupdict()
        if "field" in words:
            pointer += f"/{words['field']}"
        kinds = [_KINDS.get(k.strip(), k.strip()) for k in words.get("kind", "").split("|")]
        return FieldError(pointer, sentence.format(n=words.get("n"), kind=" atau ".join(kinds)))
    return FieldError(pointer, _("Nilai ini tidak bisa diterima."))


def _refuse_nul(value: Any, pointer: str) -> None:
    """PostgreSQL text can't hold U+0000; say so instead of failing at the INSERT."""
    if isinstance(value, str) and "\x00" in value:
        raise Invalid.field(pointer, _("Mengandung karakter yang tidak diperbolehkan."))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_nul(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, pointer)
            _refuse_nul(item, f"{pointer}/{key}")


def _too_large(limit: int) -> str:
    return f"Paling besar {limit // 1024} KB."
