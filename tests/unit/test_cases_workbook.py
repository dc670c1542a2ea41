"""The streamed XLSX: it leaves before its rows are known, is a sound zip of sound XML, and ends where Excel would not go on."""

import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from balai.cases.exports import workbook

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
NAMES = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def cells(pieces):
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as book:
        assert book.testzip() is None
        for name in book.namelist():
            ET.fromstring(book.read(name))  # noqa: S314 - our own file
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    found = {
        c.get("r"): c.findtext("x:is/x:t", None, NAMES) or c.findtext("x:v", None, NAMES)
        for c in sheet.iterfind(".//x:c", NAMES)
    }
    return found, sheet


def test_it_leaves_while_its_rows_are_read():
    read = []

    def rows():
        for number in range(20_000):
            read.append(number)
            yield [f"baris {number * number}", number]

    pieces = workbook.stream(["Isi", "Nomor"], [24, 10], rows(), AT, full="")
    first = next(pieces)
    assert first.startswith(b"PK\x03\x04")
    assert read == []
    second = next(pieces)
    assert len(read) < 20_000
    found, sheet = cells([first, second, *pieces])
    assert (found["A1"], found["A20001"], found["B20001"]) == ("Isi", f"baris {19_999**2}", "19999")
    assert sheet.find("x:autoFilter", NAMES).get("ref") == "A1:B20001"


def test_what_a_cell_can_hold():
    odd = "a\x00b\x0bc\ud800d & <e> _x0041_ \n f"
    row = [odd, datetime(2026, 11, 24, 6, 0), 1.5, 0, None, "", "y" * 40_000]  # noqa: DTZ001 - a sheet's moments have no zone
    found, _sheet = cells(workbook.stream([str(n) for n in range(28)], [10] * 28, [row], AT, full=""))
    assert found["A2"] == "abcd & <e> _x005F_x0041_ \n f"
    assert (found["B2"], found["C2"], found["D2"]) == ("46350.25", "1.5", "0")
    assert not {"E2", "F2"} & found.keys()
    assert len(found["G2"]) == 32_767
    assert found["AB1"] == "27"
    empty, _sheet = cells(workbook.stream(["Isi"], [10], [], AT, full=""))
    assert empty == {"A1": "Isi"}


def test_it_stops_before_it_is_too_large_to_open(monkeypatch):
    monkeypatch.setattr(workbook, "_MOST_BYTES", 50_000)
    found, _sheet = cells(workbook.stream(["Isi"], [24], (["x" * 100] for _n in range(5_000)), AT, full="tidak semua"))
    assert found[max(found, key=lambda place: int(place[1:]))] == "tidak semua"
    assert 200 <= len(found) < 1_000
