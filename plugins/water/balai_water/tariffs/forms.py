"""The editor's table and a tariff's rules, each from the other: a row per group, a column per block.

All groups stand in one table over the limits that any of them has; an empty price means "as the block before", so a group with
fewer blocks keeps them. Names of fields: batas-<column>, g<row>-key, g<row>-rate-<column>, g<row>-fixed ...
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from balai.api import FieldError, Invalid, gettext
from balai_water.cells import CellError, read_whole
from balai_water.tariffs.reading import MOST_BLOCKS, MOST_GROUPS, MOST_LATE_MONTHS

CHARGES: Final = ("fixed", "upkeep", "admin", "minimum_use")
SPARE_ROWS: Final = 2
_START: Final = {"batas-0": "10", "batas-1": "20", "batas-2": "30"}
_BLOCK: Final = re.compile(r"groups/(\d+)/blocks/(\d+)/(\w+)")
_GROUP: Final = re.compile(r"groups/(\d+)/(\w+)")
_OTHER: Final = {
    "late_fee": "late-value", "late_fee/amount": "late-value", "late_fee/percent": "late-value",
    "late_fee/grace_days": "late-grace", "late_fee/most_months": "late-most", "stamp_duty/above": "duty-above",
    "stamp_duty/amount": "duty-amount", "rounding": "rounding", "groups": "g0-key",
}  # fmt: skip


@dataclass(slots=True)
class Grid:
    """The table as it is drawn: how many rows and columns, and every value by its field's name."""

    rows: int
    columns: int
    values: dict[str, str] = field(default_factory=dict)


def empty_grid() -> Grid:
    """A table for a first tariff: four blocks, as most decrees have."""
    return Grid(4, 4, dict(_START) | {"rounding": "down"})


def grid_of(rules: Mapping[str, Any]) -> Grid:
    """The table that shows sound rules."""
    groups = rules["groups"]
    limits = sorted({b["upto"] for g in groups for b in g["blocks"] if b.get("upto") is not None})
    values = {f"batas-{n}": str(limit) for n, limit in enumerate(limits)}
    for row, group in enumerate(groups):
        values[f"g{row}-key"], values[f"g{row}-label"] = group["key"], group["label"]
        for name in CHARGES:
            values[f"g{row}-{name}"] = str(group.get(name) or "")
        lower = 0
        for block in group["blocks"]:
            column = limits.index(lower) + 1 if lower else 0
            values[f"g{row}-rate-{column}"] = str(block.get("rate", 0))
            lower = block.get("upto") or 0
    values["rounding"] = rules.get("rounding", "down")
    values |= _late_values(rules.get("late_fee")) | _duty_values(rules.get("stamp_duty"))
    return Grid(len(groups) + SPARE_ROWS, len(limits) + 1, values)


def _late_values(late: Mapping[str, Any] | None) -> dict[str, str]:
    if not late:
        return {}
    kind = "amount" if late.get("amount") else "percent"
    return {
        "late-kind": kind, "late-value": str(late.get(kind, "")), "late-grace": str(late.get("grace_days") or ""),
        "late-every": late.get("every", "month"), "late-most": str(late.get("most_months") or ""),
    }  # fmt: skip


def _duty_values(duty: Mapping[str, Any] | None) -> dict[str, str]:
    return {"duty-above": str(duty["above"]), "duty-amount": str(duty["amount"])} if duty else {}


def typed_grid(given: Mapping[str, str]) -> Grid:
    """The table as somebody left it, whatever stands in it; with more rows or a column when they asked for that."""
    rows, columns = _count(given.get("baris"), MOST_GROUPS), _count(given.get("blok"), MOST_BLOCKS)
    step = given.get("langkah")
    more_rows = min(MOST_GROUPS, rows + (3 if step == "baris" else 0))
    more_columns = min(MOST_BLOCKS, columns + (1 if step == "blok" else 0))
    return Grid(more_rows, more_columns, {key: value for key, value in given.items() if value})


def _count(text: str | None, most: int) -> int:
    return min(most, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 4 and int(text) else 1  # noqa: PLR2004 - digits


class Reader:
    """Reads what was typed. rules: for `read_tariff`; faults: what is no number; placed: faults of the rules, by field."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.grid = typed_grid(given)
        self.faults: list[FieldError] = []
        self._given = given
        self._rows: list[int] = []
        self._columns: list[list[int]] = []
        self.rules = self._read()

    def _read(self) -> dict[str, Any]:
        limits: list[int | None] = [self._number(f"batas-{n}", needed=True) for n in range(self.grid.columns - 1)]
        groups = []
        for row in range(self.grid.rows):
            names = [f"g{row}-{name}" for name in ("key", "label", *CHARGES)]
            names += [f"g{row}-rate-{column}" for column in range(self.grid.columns)]
            if any(self._text(name) for name in names):
                groups.append(self._group(row, limits))
                self._rows.append(row)
        rules: dict[str, Any] = {"groups": groups, "rounding": self._text("rounding") or "down"}
        late, duty = self._late_fee(), self._stamp_duty()
        return rules | ({"late_fee": late} if late else {}) | ({"stamp_duty": duty} if duty else {})

    def _group(self, row: int, limits: list[int | None]) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = []
        columns: list[int] = []
        for column in range(self.grid.columns):
            name = f"g{row}-rate-{column}"
            upto = limits[column] if column < len(limits) else None
            if blocks and not self._text(name):
                blocks[-1]["upto"], columns[-1] = upto, column
                continue
            blocks.append({"upto": upto, "rate": self._number(name, needed=True) or 0})
            columns.append(column)
        self._columns.append(columns)
        made: dict[str, Any] = {
            "key": self._text(f"g{row}-key"),
            "label": self._text(f"g{row}-label"),
            "blocks": blocks,
        }
        return made | {name: self._number(f"g{row}-{name}") or 0 for name in CHARGES}

    def _late_fee(self) -> dict[str, Any] | None:
        kind = self._text("late-kind")
        if kind not in {"amount", "percent"}:
            return None
        return {
            kind: self._number("late-value", needed=True) or 0, "grace_days": self._number("late-grace") or 0,
            "every": "once" if self._text("late-every") == "once" else "month",
            "most_months": self._number("late-most") or MOST_LATE_MONTHS,
        }  # fmt: skip

    def _stamp_duty(self) -> dict[str, Any] | None:
        amount = self._number("duty-amount")
        return {"above": self._number("duty-above") or 0, "amount": amount} if amount else None

    def _text(self, name: str) -> str:
        return self._given.get(name, "").strip()

    def _number(self, name: str, *, needed: bool = False) -> int | None:
        text = self._text(name)
        if not text:
            if needed:
                self.faults.append(FieldError(name, gettext("Isi angkanya.")))
            return None
        try:
            return read_whole(re.sub(r"^rp\.?\s*", "", text, flags=re.IGNORECASE))
        except CellError as fault:
            self.faults.append(FieldError(name, str(fault)))
            return None

    def placed(self, invalid: Invalid) -> list[FieldError]:
        """What `read_tariff` found, at the fields where it was typed; what was no number is told once."""
        faults = list(self.faults)
        known = {fault.field for fault in faults}
        for fault in invalid.errors:
            name = self._place(fault.field)
            if name not in known:
                known.add(name)
                faults.append(FieldError(name, fault.message))
        return faults

    def _place(self, path: str) -> str:
        if found := _BLOCK.fullmatch(path):
            row, column = int(found[1]), self._columns[int(found[1])][int(found[2])]
            return (
                f"batas-{column}"
                if found[3] == "upto"
                else f"g{self._rows[row]}-rate-{self._first(row, int(found[2]))}"
            )
        if found := _GROUP.fullmatch(path):
            return f"g{self._rows[int(found[1])]}-{'rate-0' if found[2] == 'blocks' else found[2]}"
        return _OTHER.get(path, path)

    def _first(self, row: int, block: int) -> int:
        """The column in which a block's price was typed: behind the last column of the block before."""
        return self._columns[row][block - 1] + 1 if block else 0
