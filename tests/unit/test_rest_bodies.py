"""Whatever a client sends, it gets an answer it can act on."""

import contextlib
import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from balai.errors import BadRequest, Invalid, Problem, TooLarge, UnsupportedMedia
from balai.rest import bodies, paging


class Letter(msgspec.Struct, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=2, max_length=10)]
    copies: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    to: list[str] = []
    sent: datetime | None = None
    about: UUID | None = None


class Search(paging.PageQuery, forbid_unknown_fields=True, kw_only=True):
    state: Annotated[list[str], msgspec.Meta(max_length=5, description="x")] = msgspec.field(default_factory=list)
    urgent: bool = False


app = Flask(__name__)


def read(raw, content_type="application/json"):
    with app.test_request_context("/api/v1/x", method="POST", data=raw, content_type=content_type):
        return bodies.read_json(Letter)


def query(text):
    with app.test_request_context(f"/api/v1/x?{text}"):
        return bodies.read_query(Search)


def test_a_good_body_is_read():
    assert read(b'{"title": "Surat", "to": ["a", "b"]}') == Letter("Surat", to=["a", "b"])


@pytest.mark.parametrize(
    "raw",
    [b"", b"nul", b"{", b"\xff", b'{"title": "\xed\xa0\x80"}', b'{"title": "\\ud800"}', b"[" * 200_000,
     b'{"x":' * 5000, b"\x00"],
)  # fmt: skip
def test_what_is_not_json_is_400_or_422(raw):
    with pytest.raises(Problem) as caught:
        read(raw)
    assert caught.value.status in {400, 422}


@pytest.mark.parametrize(
    ("raw", "field", "message"),
    [
        (b"{}", "/title", "Wajib diisi."),
        (b'{"title": 5}', "/title", "Harus berupa teks."),
        (b'{"title": "x"}', "/title", "Paling sedikit 2 huruf."),
        (b'{"title": "xxxxxxxxxxxxx"}', "/title", "Paling banyak 10 huruf."),
        (b'{"title": "ab", "copies": 0}', "/copies", "Paling kecil 1."),
        (b'{"title": "ab", "copies": 99999999999999999999999}', "/copies", "Paling besar 9."),
        (b'{"title": "ab", "copies": 1e999}', "/copies", "Angka di luar batas."),
        (b'{"title": "ab", "color": 1}', "/color", "Isian ini tidak dikenal."),
        (b'{"title": "ab", "to": ["a", 1]}', "/to/1", "Harus berupa teks."),
        (b'{"title": "ab", "sent": "kemarin"}', "/sent", "Harus berupa waktu (RFC 3339)."),
        (b'{"title": "ab", "about": "x"}', "/about", "Harus berupa UUID."),
        (b'{"title": "a\\u0000b"}', "/title", "Mengandung karakter yang tidak diperbolehkan."),
        (b"[]", "", "Harus berupa objek."),
    ],
)
def test_a_wrong_value_is_named_in_indonesian(raw, field, message):
    with pytest.raises(Invalid) as caught:
        read(raw)
    assert [(e.field, e.message) for e in caught.value.errors] == [(field, message)]


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert read(b'{"title": "\\\\u0000"}').title == "\\u0000"


def test_another_content_type_is_415():
    with pytest.raises(UnsupportedMedia):
        read(b"title=x", "application/x-www-form-urlencoded")
    assert read(b'{"title": "Surat"}', "application/merge-patch+json; charset=utf-8").title == "Surat"


def test_ten_megabytes_are_413():
    with pytest.raises(TooLarge):
        read(b'{"title": "' + b"a" * 10_000_000 + b'"}')


@given(st.binary(max_size=200))
def test_garbage_never_escapes_as_another_exception(raw):
    with contextlib.suppress(BadRequest, Invalid):
        read(raw)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)
       | st.dictionaries(st.sampled_from(["title", "copies", "to", "sent", "about"]), inner), max_leaves=20))  # fmt: skip
def test_json_of_any_shape_is_read_or_refused(value):
    with contextlib.suppress(BadRequest, Invalid):
        assert isinstance(read(json.dumps(value, allow_nan=True).encode()), Letter)


def test_a_query_is_read_from_text():
    found = query("limit=7&state=baru&state=selesai&urgent=true&cursor=")
    assert (found.limit, found.state, found.urgent, found.cursor) == (7, ["baru", "selesai"], True, None)


@pytest.mark.parametrize("text", ["limit=0", "limit=101", "limit=x", "limit=" + "9" * 5000, "nope=1", "urgent=maybe",
                                  "state=%00", "%00=1", "limit=1e400", "limit=%FF"])  # fmt: skip
def test_a_wrong_query_is_422(text):
    with pytest.raises(Invalid):
        query(text)


def test_cursors_come_back_and_made_up_ones_are_refused():
    key = (datetime.fromisoformat("2026-03-01T00:00:00+00:00"), UUID(int=7))
    assert paging.decode_cursor(paging.encode_cursor(key), tuple[datetime, UUID]) == key
    for made_up in ("", "!!!", "AAAA", "W10", paging.encode_cursor((1, 2)), "é", "A" * 401):
        with pytest.raises(Invalid):
            paging.decode_cursor(made_up, tuple[datetime, UUID])


@given(st.text(max_size=60))
def test_any_text_as_cursor_is_refused_politely(text):
    with contextlib.suppress(Invalid):
        paging.decode_cursor(text, tuple[datetime, UUID])
