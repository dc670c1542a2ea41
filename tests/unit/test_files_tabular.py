"""Tables from offices, and tables for spreadsheets."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.errors import Invalid, TooLarge
from balai.files.tabular import neutralise, read_csv, write_csv

PEOPLE = "Nama;E-mail\r\nSiti Aminah;siti@contoh.id\r\n;\r\nJosé;jose@contoh.id\r\n"


def rows_of(table):
    return [dict(cells) for _number, cells in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_what_offices_really_send(encoding, delimiter):
    table = read_csv(PEOPLE.replace(";", delimiter).encode(encoding), required=("nama", "e-mail"))
    assert table.header == ("nama", "e-mail")
    assert rows_of(table) == [
        {"nama": "Siti Aminah", "e-mail": "siti@contoh.id"},
        {"nama": "José", "e-mail": "jose@contoh.id"},
    ]
    assert [number for number, _cells in table.rows] == [2, 4]


def test_short_rows_are_filled_and_trailing_separators_ignored():
    table = read_csv(b"a;b;\n1\n1;2;;\n", required=("a",))
    assert rows_of(table) == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]


def test_excels_own_hint_about_the_separator_is_taken():
    assert rows_of(read_csv(b"sep=;\na;b\n1,5;2\n")) == [{"a": "1,5", "b": "2"}]


def test_quoted_cells_may_hold_separators_and_lines():
    assert rows_of(read_csv(b'a,"b;c;d"\n"x\ny",2\n')) == [{"a": "x\ny", "b;c;d": "2"}]


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", Invalid, "kosong"),
        (b"\n\n", Invalid, "kosong"),
        (b"PK\x03\x04\x00\x00", Invalid, "bukan tabel CSV"),
        (b"\xff\xfe\x00\xd8", Invalid, "bukan tabel CSV"),
        (b"a;a\n1;2\n", Invalid, "tidak boleh sama"),
        (b"a;;b\n1;2\n", Invalid, "tidak boleh sama"),
        (b"a;b\n1;2;3\n", Invalid, "Baris 2"),
        (b'a;b\n"1;2\n', Invalid, "Baris"),
        (b"x;y\n1;2\n", Invalid, "Kolom a"),
        (b"a\n" + b"x" * 10_001, Invalid, "Baris 2"),
        (b"a\n" + b"1\n" * 20_001, TooLarge, "20000 baris"),
        (b"a" * (5 * 1024 * 1024 + 1), TooLarge, "5120 KB"),
    ],
)
def test_what_can_not_be_read_is_said_in_words(data, error, says):
    with pytest.raises(error) as caught:
        read_csv(data, required=("a",))
    words = caught.value.errors[0].message if isinstance(caught.value, Invalid) else caught.value.detail
    assert says in words


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data):
    with suppress(Invalid, TooLarge):
        read_csv(data)


@pytest.mark.parametrize(
    "evil", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\x00=1"]
)
def test_formulas_are_neutralised(evil):
    assert neutralise(evil).startswith("'")


def test_other_cells_stay_what_they_are():
    assert [neutralise(value) for value in (-5, 1.5, None, True, "biasa", "a=b", "")] == [
        "-5", "1.5", "", "ya", "biasa", "a=b", "",
    ]  # fmt: skip


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=5))
def test_what_is_written_can_be_read_and_runs_nowhere(rows):
    text = "".join(write_csv(("satu", "dua"), rows))
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(read) == len(rows) + 1
    for cells in read:
        assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in cells)


def test_writing_streams_row_by_row():
    def endless():
        while True:
            yield ("x", "=y")

    pieces = write_csv(("a", "b"), endless(), delimiter=";", mark=False)
    assert [next(pieces), next(pieces)] == ["a;b\r\n", "x;'=y\r\n"]
