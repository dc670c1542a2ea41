"""An XLSX file that leaves while it is written: a zip part by part, its sheet row by row.

Libraries for it finish the file before they give any of it away. A zip needs no way back: a part's size may follow the part.
Texts stand in their cells (no table of shared ones that would have to be known first), and nothing is ever a formula.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_ROWS_A_PIECE: Final = 200
# The longest text of a cell, and the longest part of a zip without its 64-bit form, which Excel doesn't open.
_LONGEST: Final = 32_767
_MOST_BYTES: Final = 2_000_000_000
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's moments have no zone
_DAY: Final = timedelta(days=1)
# What XML can't hold at all, and what Excel would read as a character's number.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATED: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_FORMAT: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_FORMAT}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_FORMAT}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_FORMAT}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook {_MAIN} xmlns:r="{_RELATED}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Style 0 as it comes, 1 bold, 2 a moment.
    "xl/styles.xml": (
        f'<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
        '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}  # fmt: skip


class _Pipe:
    """What a zip writes into: gives away what it was given. Without `tell`, so that the zip never looks back."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        """What came since the last time."""
        found, self._waiting = b"".join(self._waiting), []
        return found


def stream(
    heading: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[object]], at: datetime, *, full: str
) -> Iterator[bytes]:
    """One sheet with a heading that stays in view and a filter, in pieces from the first batch of rows on.

    Cells: text, int, float, datetime without zone, None. at: the moment that the file's parts carry; full: text of a last row
    where the file had to end before the rows did.
    """
    pipe = _Pipe()
    sink: Any = pipe  # a writer is all that a zip takes
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_part(name, at), _HEAD + text)
        yield pipe.taken()
        with archive.open(_part("xl/worksheets/sheet1.xml", at), "w") as sheet:
            for piece in _sheet(heading, widths, rows, full):
                sheet.write(piece)
                if packed := pipe.taken():
                    yield packed
    yield pipe.taken()


def _part(name: str, at: datetime) -> ZipInfo:
    part = ZipInfo(name, at.timetuple()[:6])
    part.compress_type = ZIP_DEFLATED
    return part


def _sheet(
    heading: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[object]], full: str
) -> Iterator[bytes]:
    letters = [_letters(number) for number in range(len(heading))]
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1)
    )
    yield (
        f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{_row(1, heading, letters, bold=True)}"
    ).encode()
    last, size = 1, 0
    batch: list[str] = []
    for number, row in enumerate(rows, start=2):
        last = number
        batch.append(_row(last, row, letters))
        if len(batch) < _ROWS_A_PIECE:
            continue
        piece = "".join(batch).encode()
        size += len(piece)
        batch.clear()
        yield piece
        if size > _MOST_BYTES:
            last += 1
            batch.append(_row(last, [full], letters))
            break
    yield f'{"".join(batch)}</sheetData><autoFilter ref="A1:{letters[-1]}{last}"/></worksheet>'.encode()


def _row(number: int, cells: Sequence[object], letters: Sequence[str], *, bold: bool = False) -> str:
    filled = ((letter, cell) for letter, cell in zip(letters, cells, strict=False) if cell not in (None, ""))
    made = "".join(_cell(f"{letter}{number}", cell, bold) for letter, cell in filled)
    return f'<row r="{number}">{made}</row>'


def _cell(place: str, cell: object, bold: bool) -> str:
    if isinstance(cell, datetime):
        return f'<c r="{place}" s="2"><v>{(cell - _EPOCH) / _DAY!r}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell!r}</v></c>'
    text = escape(_NUMBERED.sub("_x005F_", _UNFIT.sub("", str(cell))[:_LONGEST]))
    style = ' s="1"' if bold else ""
    return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _letters(number: int) -> str:
    """Name of a column, counted from 0."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
