"""XLSX files: read as the same table in CSV, and whatever somebody made of the file, no more memory than it has bytes."""

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from balai.errors import Invalid, TooLarge
from balai.files import workbooks

NOON = datetime(2026, 11, 24, 12, 30)  # noqa: DTZ001 - a cell knows no zone


def made(fill, **options):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, options)
    fill(book)
    book.close()
    return out.getvalue()


def changed(data, name, old, new):
    """The same file with one entry's bytes changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.namelist():
            content = before.read(entry)
            if entry == name:
                assert old in content
                content = content.replace(old, new)
            after.writestr(entry, content)
    return out.getvalue()


def everything(book):
    book.add_worksheet("Tersembunyi").hide()
    page = book.add_worksheet("Data")
    page.activate()
    page.write_row(0, 0, ["nomor", "angka"])
    page.write_row(2, 0, ["0012", 1234.5, True])
    page.write_datetime(3, 1, NOON, book.add_format({"num_format": 'd" hari "mmm yyyy hh:mm'}))
    page.write_datetime(3, 3, NOON.replace(hour=0, minute=0), book.add_format({"num_format": 14}))
    page.write_number(4, 0, 0.045, book.add_format({"num_format": '0.00" d"'}))
    page.write_number(4, 1, 3_402_010_101_010_001)
    page.write_formula(5, 0, "=1+1", None, 2)
    page.write_rich_string(6, 0, "tebal ", book.add_format({"bold": True}), "sekali")


SEEN = [
    (1, ["nomor", "angka"]), (3, ["0012", "1234,5", "ya"]), (4, ["", "2026-11-24 12:30", "", "2026-11-24"]),
    (5, ["0,045", "3,40201010101000E+15"]), (6, ["2"]), (7, ["tebal sekali"]),
]  # fmt: skip


@pytest.mark.parametrize(
    "options", [{}, {"constant_memory": True}, {"date_1904": True}], ids=["shared", "inline", "1904"]
)
def test_the_first_sheet_that_shows(options):
    data = made(everything, **options)
    assert workbooks.is_workbook(data)
    assert workbooks.read_table(data, max_bytes=10**6, max_rows=10) == SEEN


SMALL = made(lambda book: book.add_worksheet().write_row(0, 0, ["a", "b"]))
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("name", "old", "new", "refusal"),
    [
        (SHEET, b'r="1"', b'r="1048576"', TooLarge),
        (SHEET, b'r="B1"', b'r="XFD1"', Invalid),
        (SHEET, b'r="1"', b'r="0"', Invalid),
        (SHEET, b"<v>1</v>", b"<v>7</v>", Invalid),
        (SHEET, b"<v>1</v>", b"<v>satu</v>", Invalid),
        (SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', Invalid),
        (SHEET, b"</sheetData>", b"", Invalid),
        ("xl/sharedStrings.xml", b"<t>a</t>", b"<t>" + b"a" * 20_000 + b"</t>", Invalid),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"../../etc/passwd", Invalid),
        ("xl/workbook.xml", b"<sheets>", b"<tables>", Invalid),
    ],
)
def test_what_no_spreadsheet_writes(name, old, new, refusal):
    with pytest.raises(refusal):
        workbooks.read_lines(changed(SMALL, name, old, new), max_rows=100)


def test_one_long_text_in_many_cells_is_kept_once():
    def fill(book):
        page = book.add_worksheet()
        for row in range(200):
            page.write_row(row, 0, ["x" * 9_000] * 50)

    lines = workbooks.read_lines(made(fill), max_rows=1000)
    assert len({id(cell) for _line, cells in lines for cell in cells}) == 1


def test_a_table_is_read_whatever_it_is():
    csv = b"nomor;angka\n0012;1234,5\n"
    assert workbooks.read_table(csv, max_bytes=100, max_rows=10) == [(1, ["nomor", "angka"]), (2, ["0012", "1234,5"])]
    for data in (csv, SMALL):
        with pytest.raises(TooLarge):
            workbooks.read_table(data, max_bytes=10, max_rows=10)


def test_a_cell_of_many_small_pieces_ends_the_reading_before_it_is_copied_again_and_again():
    pieces = b"<v>" + b"</v><v>".join([b"1" * 900] * 60) + b"</v>"
    with pytest.raises(Invalid) as refused:  # and not for what stands behind it, which is no XML at all
        workbooks.read_lines(changed(SMALL, SHEET, b"<v>1</v>", pieces + b"<<"))
    assert "terlalu panjang" in refused.value.errors[0].message
