"""XLSX from outside: looked over like any archive, then read as the lines that the same table has as CSV.

Read cell by cell as the file unpacks: the libraries for it make room for every cell between the first and the last, or copy a
shared text into each cell that names it, so a file of some kilobytes could take the memory of a machine.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from xml.parsers import expat
from zipfile import ZipFile

from balai.errors import Invalid, TooLarge
from balai.files import tabular
from balai.files.archives import open_archive, parse_xml, read_entry
from balai.files.tabular import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from balai.web.i18n import gettext as _

_MARK: Final = b"PK\x03\x04"
_BOOK: Final = "xl/workbook.xml"
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
# Formats of days and times that Excel has without naming them.
_DAY_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_DAY: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|General', re.IGNORECASE)
# Excel keeps fifteen digits; what is longer has lost its end already.
_MOST_DIGITS: Final = 10**15
_MOST_VALUE: Final = 4 * MAX_CELL  # blanks around the text included
Line = tuple[int, list[str]]


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin like an XLSX file."""
    return data.startswith(_MARK)


def read_table(data: bytes, *, max_bytes: int, max_rows: int, field: str = "file") -> list[Line]:
    """(line number, stripped cells) of a CSV or XLSX file, whichever it is, blank lines left out; Invalid, TooLarge."""
    if not is_workbook(data):
        return tabular.read_lines(data, max_bytes=max_bytes, max_rows=max_rows, field=field)
    if len(data) > max_bytes:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=max_bytes // 1024))
    return read_lines(data, max_rows=max_rows, field=field)


def read_lines(data: bytes, *, max_rows: int = MAX_ROWS, field: str = "file") -> list[Line]:
    """(line number, stripped cells) of the first sheet, blank lines left out; Invalid, TooLarge.

    A number is written with a decimal comma and no mark between thousands (`1234,5`; above fifteen digits `1,23E+15`), a day as
    `2026-11-24`, a moment as `2026-11-24 14:05`, a yes as `ya`: what a cell showed on the screen isn't in the file.
    """
    archive = open_archive(data, field=field)
    try:
        book = parse_xml(read_entry(archive, _BOOK, field=field), field=field)
        texts = _shared_texts(archive, field)
        begin = datetime(1904, 1, 1) if _counts_from_1904(book) else datetime(1899, 12, 30)  # noqa: DTZ001 - no zone in a sheet
        reader = _Reader(texts, _day_styles(archive, field), begin, max_rows, field)
        return reader.read(read_entry(archive, _first_sheet(archive, book, field), field=field))
    except (LookupError, ValueError, OverflowError, RecursionError) as fault:
        raise _unreadable(field) from fault


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _counts_from_1904(book: Any) -> bool:
    return any(_local(part.tag) == "workbookPr" and part.get("date1904") in {"1", "true"} for part in book)


def _first_sheet(archive: ZipFile, book: Any, field: str) -> str:
    sheets = [
        s for part in book if _local(part.tag) == "sheets" for s in part if s.get("state", "visible") == "visible"
    ]
    wanted = next(value for name, value in sheets[0].attrib.items() if name.endswith("}id"))
    for link in parse_xml(read_entry(archive, "xl/_rels/workbook.xml.rels", field=field), field=field):
        if link.get("Id") == wanted:
            target = str(link.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise LookupError(wanted)


def _day_styles(archive: ZipFile, field: str) -> list[bool]:
    """By number of style, whether its numbers are days."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    codes: dict[int, str] = {}
    styles: list[bool] = []
    for part in parse_xml(read_entry(archive, "xl/styles.xml", field=field), field=field):
        if _local(part.tag) == "numFmts":
            codes = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in part}
        elif _local(part.tag) == "cellXfs":
            styles = [_is_day(int(xf.get("numFmtId", "0")), codes) for xf in part]
    return styles


def _is_day(number: int, codes: Mapping[int, str]) -> bool:
    return number in _DAY_FORMATS or bool(re.search(r"[ymdhs]", _NO_DAY.sub("", codes.get(number, "")), re.IGNORECASE))


def _shared_texts(archive: ZipFile, field: str) -> list[str]:
    """Texts that cells name by number; phonetic hints left out."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    texts: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(name: str, _attributes: dict[str, str]) -> None:
        if name in inside:
            inside[name] = True

    def end(name: str) -> None:
        if name in inside:
            inside[name] = False
        if name == "si":
            texts.append("".join(parts).strip())
            parts.clear()

    def data(text: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(text)

    _parse(read_entry(archive, "xl/sharedStrings.xml", field=field), start, end, data, field)
    return texts


def _parse(content: bytes, start: Callable[..., None], end: Callable[..., None], data: Any, field: str) -> None:
    """Feed the handlers with local names; a DTD or an entity is refused."""

    def refuse(*_arguments: object) -> None:
        raise _unreadable(field)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as fault:
        raise _unreadable(field) from fault


class _Reader:
    """The cells of one sheet, row by row; no more of them than rows and columns are allowed."""

    def __init__(self, texts: list[str], days: list[bool], begin: datetime, max_rows: int, field: str) -> None:
        self._texts, self._days, self._begin = texts, days, begin
        self._max_rows, self._field = max_rows, field
        self._lines: list[Line] = []
        self._line, self._column = 0, 0
        self._cells: list[str] = []
        self._kind, self._style = "n", 0
        self._words: list[str] | None = None
        self._value = ""

    def read(self, content: bytes) -> list[Line]:
        """The sheet's lines."""
        _parse(content, self._start, self._end, self._data, self._field)
        return self._lines

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"v", "t"}:
            self._words = []
        elif name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _number_of(place[1]) if place else self._column + 1
            if self._column > MAX_COLUMNS:
                raise self._too_long()
            self._kind, self._style, self._value = attributes.get("t", "n"), int(attributes.get("s", "0")), ""
        elif name == "row":
            line = int(attributes.get("r", self._line + 1))
            if line <= self._line:
                raise ValueError(line)
            if line > self._max_rows + 1:
                raise TooLarge(_("Tabel ini terlalu panjang. Paling banyak %(limit)s baris.", limit=self._max_rows))
            self._line, self._column, self._cells = line, 0, []

    def _data(self, text: str) -> None:
        if self._words is not None:
            self._words.append(text)

    def _end(self, name: str) -> None:
        if name in {"v", "t"} and self._words is not None:
            self._value, self._words = self._value + "".join(self._words), None
            # At each piece: a cell of a million small ones would be copied a million times first.
            if len(self._value) > _MOST_VALUE:
                raise self._too_long()
        elif name == "c" and self._value:
            text = self._text()
            if len(text) > MAX_CELL:
                raise self._too_long()
            self._cells += [""] * (self._column - 1 - len(self._cells)) + [text]
        elif name == "row" and any(self._cells):
            self._lines.append((self._line, self._cells))

    def _text(self) -> str:
        if self._kind == "s":
            return self._texts[int(self._value)]
        if self._kind == "b":
            return "ya" if self._value == "1" else "tidak"
        if self._kind != "n":
            return self._value.strip()
        number = float(self._value)
        if self._style < len(self._days) and self._days[self._style]:
            with suppress(OverflowError):
                at = self._begin + timedelta(seconds=round(number * 86_400))
                return f"{at:%Y-%m-%d}" if number == int(number) else f"{at:%Y-%m-%d %H:%M}"
        return _plain(number)

    def _too_long(self) -> Invalid:
        return Invalid.field(self._field, _("Baris %(line)s terlalu panjang.", line=self._line))


def _plain(number: float) -> str:
    if abs(number) >= _MOST_DIGITS:
        return f"{number:.14E}".replace(".", ",")
    text = (
        str(int(number)) if number == int(number) else f"{number:.15f}".rstrip("0") if abs(number) < 1 else repr(number)
    )
    return text.replace(".", ",")


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _unreadable(field: str) -> Invalid:
    return Invalid.field(field, _("Berkas Excel ini tidak bisa dibaca. Simpan lagi sebagai XLSX atau CSV, lalu kirim."))
