"""Rows that people bring, by form or as a spreadsheet: every row is right, or nothing is written and each fault is named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from balai.clock import now
from balai.errors import FieldError, Invalid
from balai.files import tabular
from balai.web.i18n import gettext as _

MOST_RUPIAH: Final = 10_000_000_000_000
MOST_PEOPLE: Final = 400_000_000
MOST_ROWS: Final = 5000
MOST_FAULTS: Final = 100
_FIRST_YEAR: Final = 1990
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{3})+|-?\d+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table and a field of the form. key: its name in both; kind: text, number, money, year, date, choice."""

    key: str
    label: Any
    kind: str = "text"
    required: bool = True
    hint: Any = ""
    most: int = 200
    options: Sequence[tuple[str, Any]] = field(default=())


class Cells:
    """The cells of one row, read by kind; every fault is kept instead of raised."""

    def __init__(self, given: Mapping[str, str], columns: Sequence[Column]) -> None:
        self.faults: list[tuple[str, str]] = []
        self.values: dict[str, Any] = {}
        for column in columns:
            text = " ".join(given.get(column.key, "").split())
            self.values[column.key] = self._read(column, text)

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append((key, message))

    def _read(self, column: Column, text: str) -> Any:
        if not text:
            if column.required:
                self.fault(column.key, _("%(column)s belum diisi.", column=column.label))
            return None if column.kind != "text" else ""
        if column.kind in {"number", "money", "year"}:
            return self._number(column, text)
        if column.kind == "date":
            return self._date(column, text)
        if column.kind == "choice":
            return self._choice(column, text)
        if len(text) > column.most:
            self.fault(column.key, _("%(column)s terlalu panjang.", column=column.label))
        return text[: column.most]

    def _number(self, column: Column, text: str) -> int | None:
        plain = text.removeprefix("Rp").strip()
        if not _NUMBER.fullmatch(plain):
            self.fault(column.key, _("%(column)s harus angka bulat: %(text)s.", column=column.label, text=text[:40]))
            return None
        number = int(plain.replace(".", ""))
        if column.kind == "year":
            if not _FIRST_YEAR <= number <= now().year + 1:
                self.fault(column.key, _("Tahun %(year)s tidak mungkin.", year=number))
            return number
        most = MOST_RUPIAH if column.kind == "money" else MOST_PEOPLE
        if not 0 <= number <= most:
            self.fault(column.key, _("%(column)s tidak masuk akal: %(text)s.", column=column.label, text=text[:40]))
        return number

    def _date(self, column: Column, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(column.key, _("%(column)s ditulis tahun-bulan-hari, misalnya 2024-07-31.", column=column.label))
            return None

    def _choice(self, column: Column, text: str) -> str:
        by_label = {str(label).lower(): value for value, label in column.options}
        by_label |= {value.lower(): value for value, _label in column.options}
        if text.lower() not in by_label:
            known = ", ".join(value for value, _label in column.options)
            self.fault(column.key, _("%(column)s harus salah satu dari: %(known)s.", column=column.label, known=known))
        return by_label.get(text.lower(), text)


def read_rows(data: bytes, columns: Sequence[Column]) -> list[tuple[int, Cells]]:
    """(line, cells) of a CSV file; Invalid when it can't be read at all."""
    table = tabular.read_csv(data, required=[c.key for c in columns if c.required], max_rows=MOST_ROWS, field="berkas")
    return [(line, Cells(cells, columns)) for line, cells in table.rows]


def refuse(faults: Sequence[tuple[int | None, str, str]]) -> None:
    """Raise Invalid with (line or None for the form, column, message) faults; nothing when there are none."""
    if not faults:
        return
    errors = [
        FieldError(key, message)
        if line is None
        else FieldError(f"baris {line}", _("Baris %(line)s: %(message)s", line=line, message=message))
        for line, key, message in faults[:MOST_FAULTS]
    ]
    raise Invalid(errors)
