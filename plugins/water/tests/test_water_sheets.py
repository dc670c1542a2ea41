"""Tables as offices send them: what a spreadsheet broke is named with line and field, and nothing is guessed."""

import io
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from balai.api import Invalid, TooLarge
from balai_water import cells, sheets
from balai_water.sheets import Column

MARCH = datetime(2026, 3, 1)  # noqa: DTZ001 - a cell knows no zone
COLUMNS = (
    Column("nomor", "Nomor sambungan", "code", also=("no sambungan", "nosamb")),
    Column("stand", "Stand meter", "number", greatest=99_999),
    Column("tanggal", "Tanggal", "day", required=False),
    Column("catatan", "Catatan", required=False, most=20),
)


def workbook(*rows):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(line, place, cell, day)
            elif isinstance(cell, str):
                page.write_string(line, place, cell)
            elif cell is not None:
                page.write(line, place, cell)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_whatever_the_spreadsheet_saved(encoding, separator):
    text = "Laporan baca meter\r\n\r\nNO SAMBUNGAN;Stand Meter;Tanggal;Catatan\r\n0012;41;24/11/2026;Pak José\r\n\r\n0013;42\r\n"
    reading = sheets.read(text.replace(";", separator).encode(encoding), COLUMNS)
    assert reading.faults == []
    assert [(row.line, row.values) for row in reading.rows] == [
        (4, {"nomor": "0012", "stand": 41, "tanggal": date(2026, 11, 24), "catatan": "Pak José"}),
        (6, {"nomor": "0013", "stand": 42, "tanggal": None, "catatan": ""}),
    ]


def test_a_workbook_keeps_texts_numbers_and_days_apart():
    reading = sheets.read(
        workbook(["nomor", "stand", "tanggal"], ["0012", 41, MARCH], [], [None], ["0013", 12.5], [34.02, 1]),
        COLUMNS,
    )
    assert [(row.line, row.values["nomor"], row.values["tanggal"]) for row in reading.rows] == [
        (2, "0012", date(2026, 3, 1))
    ]
    assert reading.told() == [
        "Baris 5, Stand meter: 12,5 harus angka bulat, tanpa koma.",
        "Baris 6, Nomor sambungan: 34,02 dibaca Excel sebagai angka. Jadikan kolom ini Teks, lalu isi lagi.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234", 1234), ("1.234", 1234), ("1.234.567", 1_234_567), ("1.234,0", 1234), ("1234,00", 1234), ("1,234,567", 1_234_567),
        ("12.0", 12), ("1 234", 1234), ("0", 0),
    ],
)  # fmt: skip
def test_whole_numbers_as_they_are_written(text, expected):
    assert cells.read_whole(text) == expected


@pytest.mark.parametrize("text", ["1.234,5", "1,234", "12,5", "-3", "abc", "1.23.4", "1E+05", "12.34.567", "１２"])
def test_no_whole_number_is_guessed(text):
    with pytest.raises(cells.CellError):
        cells.read_whole(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,5", "1234.5"),
        ("0,045", "0.045"),
        ("7.2", "7.2"),
        ("0.001", "0.001"),
        ("1,234.5", "1234.5"),
        ("7,125", "7.125"),
    ],
)
def test_decimals_the_indonesian_way(text, expected):
    assert cells.read_decimal(text) == Decimal(expected)


def test_what_can_be_read_two_ways_is_asked_about():
    with pytest.raises(cells.CellError, match="tulis 1234 atau 1,234"):
        cells.read_decimal("1.234")
    with pytest.raises(cells.CellError, match=r"tulis 1234 atau 1\.234"):
        cells.read_whole("1,234")


@given(st.integers(0, 10**12))
def test_however_a_number_is_grouped_it_is_the_same(number):
    assert cells.read_whole(str(number)) == number
    assert cells.read_whole(f"{number:,}".replace(",", ".")) == number
    assert cells.read_decimal(f"{number:,}".replace(",", ".") + ",50") == number + Decimal("0.5")


@given(st.text())
def test_no_cell_brings_the_reader_down(text):
    for kind in cells.KINDS:
        read = cells.reader(Column("x", "x", kind, options=(("a", "A"),)))
        with suppress(cells.CellError):
            read(text)


def test_months_and_days():
    for text in ("2026-07", "07/2026", "Juli 2026", "Jul-26", "2026-07-31", "31/07/2026"):
        assert cells.read_month(text) == date(2026, 7, 1), text
    for text in ("2026-13", "31/02/2026", "7", "45000"):
        with pytest.raises(cells.CellError):
            cells.read_month(text)


def test_a_number_without_its_zeros_is_told_and_not_taken_for_another():
    reading = sheets.read(b"nomor,stand\n12,5\n0012,7\n99,1\n", COLUMNS)
    reading.look_up("nomor", sheets.Codes({"0012": "a", "0013": "b"}), "id")
    assert [row.values["id"] for row in reading.rows] == ["a"]
    assert reading.told() == [
        "Baris 2, Nomor sambungan: 12 tidak ada; yang ada 0012. Nol di depan hilang: jadikan kolom ini Teks di Excel.",
        "Baris 4, Nomor sambungan: 99 tidak ada di daftar.",
    ]


def test_every_fault_of_a_line_is_told_and_the_good_lines_stay():
    reading = sheets.read(
        b"nomor;stand;tanggal;catatan\n1,2E+10;x;31/02/2026;ini catatan yang terlalu panjang\n2;3\n2;4\n", COLUMNS
    )
    reading.unique("nomor")
    assert [f.column for f in reading.faults] == ["nomor", "stand", "tanggal", "catatan", "nomor"]
    assert reading.told()[-1] == "Baris 4, Nomor sambungan: Sama dengan baris 3."
    assert (reading.total, len(reading.rows), reading.bad_lines) == (3, 1, 2)
    with pytest.raises(Invalid) as refused:
        reading.refuse()
    assert len(refused.value.errors) == 5


def test_an_unquoted_comma_is_noticed():
    reading = sheets.read(b"nomor,stand\n0012,1,5\n", COLUMNS)
    assert reading.told() == [
        "Baris 2: Lebih banyak sel daripada judul kolomnya. Mungkin ada koma di dalam angka atau alamat."
    ]


def test_no_such_table_at_all():
    for data in (
        b"",
        b"nomor,stand\n",
        b"nama;alamat\na;b\n",
        b"nomor;nomor;stand\n1;2;3\n",
        b"\x00\x01",
        b"PK\x03\x04zzz",
    ):
        with pytest.raises(Invalid):
            sheets.read(data, COLUMNS)
    with pytest.raises(Invalid) as missing:
        sheets.read(b"nomor;alamat\na;b\n", COLUMNS)
    assert missing.value.errors[0].message == "Kolom stand tidak ada di baris judul."


def test_a_hundred_thousand_rows_with_three_bad_ones():
    lines = [f"{n:07d};{n % 90_000};2026-11-24;" for n in range(100_000)]
    lines[10], lines[50_000], lines[99_999] = "0000010;1.234,5;;", "0050000;;;", "99999;1;;"
    reading = sheets.read("\n".join(["nomor;stand;tanggal;catatan", *lines]).encode(), COLUMNS)
    reading.look_up("nomor", sheets.Codes({f"{n:07d}": n for n in range(100_000)}), "id")
    assert (reading.total, len(reading.rows), reading.bad_lines) == (100_000, 99_997, 3)
    assert [(f.line, f.column) for f in sorted(reading.faults, key=lambda f: f.line)] == [
        (12, "stand"), (50_002, "stand"), (100_001, "nomor"),
    ]  # fmt: skip


def test_too_many_rows_are_refused():
    with pytest.raises(TooLarge):
        sheets.read(b"nomor;stand\n" + b"1;1\n" * 4, COLUMNS, max_rows=3)
