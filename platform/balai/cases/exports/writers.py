"""Sheets as files. Nothing that somebody typed can run as a formula: texts are neutralised and written as texts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from balai.cases.exports import workbook
from balai.cases.exports.services import Cell, Sheet, stopped
from balai.files.tabular import neutralise, write_csv
from balai.web import formats

# Excel of an Indonesian office takes the semicolon: the comma stands in numbers there.
_DELIMITER: Final = ";"
_ROWS_A_PIECE: Final = 200
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
    """XLSX with real dates and numbers, a filter and a heading that stays in view, from the first batch on."""
    zone = formats.zone()
    return workbook.stream(
        [neutralise(column.label) for column in made.columns],
        [_WIDTHS[column.kind] for column in made.columns],
        ([_typed(cell, zone) for cell in row] for row in made.rows),
        at.astimezone(zone),
        full=stopped(),
    )


def _typed(cell: Cell, zone: ZoneInfo) -> object:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).replace(tzinfo=None)
    return neutralise(cell) if isinstance(cell, str) else cell
