"""Tables that offices bring, CSV or XLSX: every cell read by what its column is, every fault with its line and field.

What spreadsheets break is told, never guessed: `1.234,5` where a whole number belongs, a number that has lost its leading zeros,
a code that became 1,23E+15. Encodings (UTF-8 with or without its mark, Windows-1252), separators and blank lines are the core's
`read_table`. Each room brings its columns and asks:

    reading = sheets.read(data, COLUMNS)                     # Invalid when it is no such table at all
    reading.unique("nomor", "bulan")
    reading.look_up("nomor", sheets.Codes(known), "connection_id")
    reading.check(lambda values: [("stand", _("..."))] if ... else ())
    reading.rows, reading.faults                             # good rows; (line, column, message) of the others
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from balai.api import FieldError, Invalid, gettext, read_table
from balai_water import cells

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_ROWS: Final = 200_000
MOST_TOLD: Final = 100
_MOST_FAULTS: Final = 10_000
_HEADING_WITHIN: Final = 15  # titles and dates that stand above many a table
_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column. key: its heading; label: its name in messages; also: other headings that mean it; kind: one of `cells.KINDS`.

    options: (value, label) of a choice; least, greatest: bounds of a number; most: characters of a text.
    """

    key: str
    label: Any
    kind: str = "text"
    required: bool = True
    also: tuple[str, ...] = ()
    hint: Any = ""
    most: int = 200
    least: int = 0
    greatest: int = 1_000_000_000
    options: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: line in the file, key of the column ("" for the whole line), message."""

    line: int
    column: str
    message: str


@dataclass(slots=True)
class Row:
    """A good line: its number in the file, values by key of the column (None or "" where nothing stands)."""

    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class Reading:
    """A table that was read. ignored: headings that mean nothing here; total: lines with anything in them."""

    columns: Mapping[str, Column]
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    total: int = 0

    @property
    def bad_lines(self) -> int:
        """How many lines have a fault."""
        return len({fault.line for fault in self.faults})

    def check(self, judge: Callable[[dict[str, Any]], Iterable[tuple[str, str]]]) -> None:
        """Ask about each good row; a row with faults (key of the column, message) is good no longer. judge may change values."""
        kept = []
        for row in self.rows:
            found = [Fault(row.line, key, message) for key, message in judge(row.values)]
            self.faults += found
            if not found:
                kept.append(row)
        self.rows = kept

    def unique(self, *keys: str) -> None:
        """The same values must not stand twice; the first line stays good."""
        seen: dict[tuple[Any, ...], int] = {}
        kept = []
        for row in self.rows:
            first = seen.setdefault(tuple(row.values[key] for key in keys), row.line)
            if first == row.line:
                kept.append(row)
            else:
                self.faults.append(Fault(row.line, keys[0], gettext("Sama dengan baris %(line)s.", line=first)))
        self.rows = kept

    def look_up(self, key: str, codes: "Codes", into: str) -> None:
        """Put what `codes` knows under the value of `key` into `into`; what it doesn't know is a fault, empty stays None."""

        def judge(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
            code = values[key]
            values[into] = codes.known.get(code) if code else None
            return () if values[into] is not None or not code else [(key, codes.why_not(code))]

        self.check(judge)

    def told(self) -> list[str]:
        """The first faults as sentences with line and field, in the file's order."""
        return [self._sentence(f) for f in sorted(self.faults, key=lambda f: f.line)[:MOST_TOLD]]

    def _sentence(self, fault: Fault) -> str:
        if not fault.column:
            return gettext("Baris %(line)s: %(message)s", line=fault.line, message=fault.message)
        column = self.columns[fault.column].label if fault.column in self.columns else fault.column
        return gettext("Baris %(line)s, %(column)s: %(message)s", line=fault.line, column=column, message=fault.message)

    def refuse(self) -> None:
        """Raise Invalid with every fault (the first hundred) when there is any: for whoever takes all or nothing."""
        if self.faults:
            raise Invalid([FieldError(f"baris {n}", text) for n, text in enumerate(self.told())])


class Codes:
    """Codes that exist, such as connection numbers, and what they stand for; knows one that lost its leading zeros."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known
        self._bare: dict[str, list[str]] | None = None

    def why_not(self, code: str) -> str:
        """Why a code that isn't known isn't."""
        if self._bare is None:
            self._bare = {}
            for each in self.known:
                if each.startswith("0"):
                    self._bare.setdefault(each.lstrip("0"), []).append(each)
        meant: Collection[str] = self._bare.get(code.lstrip("0"), ())
        if meant:
            return gettext(
                "%(code)s tidak ada; yang ada %(meant)s. Nol di depan hilang: jadikan kolom ini Teks di Excel.",
                code=code,
                meant=", ".join(list(meant)[:3]),
            )
        return gettext("%(code)s tidak ada di daftar.", code=code)


def read(data: bytes, columns: Sequence[Column], *, max_rows: int = MOST_ROWS, name: str = "berkas") -> Reading:
    """Read a file; Invalid or TooLarge, in words for whoever sent it, when it isn't such a table. name: the form's field."""
    lines = read_table(data, max_bytes=MOST_BYTES, max_rows=max_rows, field=name)
    if not lines:
        raise Invalid.field(name, gettext("Berkas ini kosong."))
    at, places, ignored = _heading(lines, columns, name)
    width = len(lines[at][1])
    reading = Reading({column.key: column for column in columns}, ignored=ignored)
    readers = [(column.key, places[column.key], cells.reader(column)) for column in columns if column.key in places]
    # What the file has no column for is the same empty value in every line.
    absent = {column.key: cells.reader(column)("") for column in columns if column.key not in places}
    for number, texts in lines[at + 1 :]:
        reading.total += 1
        _take(reading, number, texts, readers, absent, width)
    if not reading.total:
        raise Invalid.field(name, gettext("Berkas ini hanya berisi judul kolom."))
    return reading


def read_form(given: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """The same columns as fields of a form; Invalid with what is wrong in each."""
    values, faults = {}, []
    for column in columns:
        try:
            values[column.key] = cells.reader(column)(str(given.get(column.key) or "").strip())
        except cells.CellError as fault:
            faults.append(FieldError(column.key, str(fault)))
    if faults:
        raise Invalid(faults)
    return values


def _take(
    reading: Reading,
    number: int,
    texts: list[str],
    readers: Iterable[tuple[str, int, Callable[[str], Any]]],
    absent: Mapping[str, Any],
    width: int,
) -> None:
    values: dict[str, Any] = dict(absent)
    before = len(reading.faults)
    if len(texts) > width and any(texts[width:]):
        message = gettext("Lebih banyak sel daripada judul kolomnya. Mungkin ada koma di dalam angka atau alamat.")
        reading.faults.append(Fault(number, "", message))
        return
    for key, place, read_cell in readers:
        text = texts[place] if place < len(texts) else ""
        try:
            values[key] = read_cell(text)
        except cells.CellError as fault:
            reading.faults.append(Fault(number, key, str(fault)))
            if before > _MOST_FAULTS:
                break  # whatever else is wrong with this line, it isn't told any more
    if len(reading.faults) == before:
        reading.rows.append(Row(number, values))


def _heading(
    lines: Sequence[tuple[int, list[str]]], columns: Sequence[Column], name: str
) -> tuple[int, dict[str, int], list[str]]:
    """(index of the heading's line, place by key, headings that mean nothing here)."""
    meant = {_bare(word): column.key for column in columns for word in (column.key, str(column.label), *column.also)}
    required = {column.key for column in columns if column.required}
    best: set[str] = set()
    for at, (_number, texts) in enumerate(lines[:_HEADING_WITHIN]):
        found = [meant.get(_bare(text)) for text in texts]
        keys = {key for key in found if key}
        if len(keys & required) > len(best):
            best = keys & required
        if not keys or not required <= keys:
            continue
        twice = sorted({key for key in keys if found.count(key) > 1})
        if twice:
            raise Invalid.field(name, gettext("Judul kolom %(names)s ada dua kali.", names=", ".join(twice)))
        ignored = [text for text, key in zip(texts, found, strict=True) if text and not key]
        return at, {key: place for place, key in enumerate(found) if key}, ignored
    missing = ", ".join(column.key for column in columns if column.key in required - best)
    raise Invalid.field(name, gettext("Kolom %(names)s tidak ada di baris judul.", names=missing))


def _bare(heading: str) -> str:
    return _WORD.sub(" ", heading.lower()).strip()
