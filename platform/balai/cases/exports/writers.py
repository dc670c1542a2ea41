"""Sheets as files. Nothing that somebody typed can run as a formula: texts are neutralised and written as texts."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from balai.cases.exports.services import Cell, Sheet
from balai.files.tabular import neutralise, write_csv
from balai.web import formats

# Excel of an Indonesian office takes the semicolon: the comma stands in numbers there.
_DELIMITER: Final = ";"
_PIECE: Final = 64 * 1024
_ROWS_A_PIECE: Final = 200
# The longest text of a cell in XLSX.
_LONGEST: Final = 32_767
_WIDTHS: Final = {"text": 24, "time": 17, "number": 10}


def csv_file(made: Sheet, _at: datetime) -> Iterator[bytes]:
    """CSV in UTF-8 with the mark by which Excel knows it; times as 2026-11-24 14:05 in the region's zone."""
    zone = formats.zone()
    rows = ([_plain(cell, zone) for cell in row] for row in made.rows)
    piece: list[str] = []
    for line in write_csv([column.label for column in made.columns], rows, delimiter=_DELIMITER):
        piece.append(line)
        if len(piece) >= _ROWS_A_PIECE:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


def _plain(cell: Cell, zone: ZoneInfo) -> Any:
    return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell


def xlsx_file(made: Sheet, at: datetime) -> Iterator[bytes]:
    """XLSX with real dates and numbers, a filter and a heading that stays in view. Memory doesn't grow with the rows."""
    with tempfile.TemporaryFile(prefix="balai-xlsx-") as file:
        _fill(file, made, at)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _fill(file: IO[bytes], made: Sheet, at: datetime) -> None:
    import xlsxwriter

    zone = formats.zone()
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    # Without this the file would name the moment of the process's own clock.
    book.set_properties({"created": at.astimezone(zone).replace(tzinfo=None)})
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    page = book.add_worksheet("Data")
    for number, column in enumerate(made.columns):
        page.set_column(number, number, _WIDTHS[column.kind])
    page.freeze_panes(1, 1)
    for number, column in enumerate(made.columns):
        page.write_string(0, number, neutralise(column.label), bold)
    last = 0
    for last, row in enumerate(made.rows, start=1):
        for number, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(last, number, cell.astimezone(zone).replace(tzinfo=None), moment)
            elif isinstance(cell, int | float):
                page.write_number(last, number, cell)
            elif cell:
                page.write_string(last, number, neutralise(cell)[:_LONGEST])
    page.autofilter(0, 0, last, len(made.columns) - 1)
    book.close()
