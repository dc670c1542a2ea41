"""A tariff as a table that people read: a row per group, its blocks over common limits, and what some uses come to."""

from dataclasses import dataclass
from typing import Final

from balai.api import gettext
from balai_water.tariffs.charging import charge
from balai_water.tariffs.reading import Group, Tariff

EXAMPLES: Final = (0, 10, 20, 30)


@dataclass(frozen=True, slots=True)
class Cell:
    """A price over one or more neighbouring columns; label: the uses that it is for."""

    rate: int
    span: int
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A group: its cells, and the total of each of EXAMPLES in rupiah."""

    group: Group
    cells: list[Cell]
    totals: list[int]


@dataclass(frozen=True, slots=True)
class Table:
    """heads: the columns' uses in words; rows: one per group."""

    heads: list[str]
    rows: list[Row]


def table_of(tariff: Tariff) -> Table:
    """The table of a sound tariff."""
    known = sorted({b.upto for g in tariff.groups.values() for b in g.blocks if b.upto is not None})
    limits: list[int | None] = [*known, None]
    heads = [span_words(lower, upto) for lower, upto in zip([0, *limits[:-1]], limits, strict=True)]
    rows = [
        Row(group, _cells(group, limits), [charge(tariff, group.key, used).total for used in EXAMPLES])
        for group in tariff.groups.values()
    ]
    return Table(heads, rows)


def _cells(group: Group, limits: list[int | None]) -> list[Cell]:
    cells, lower, begin = [], 0, 0
    for block in group.blocks:
        end = limits.index(block.upto)
        cells.append(Cell(block.rate, end - begin + 1, span_words(lower, block.upto)))
        lower, begin = block.upto or 0, end + 1
    return cells


def span_words(lower: int | None, upto: int | None) -> str:
    """`0-10 m3`, `> 30 m3`, or every use."""
    if upto is not None:
        return f"{lower or 0}-{upto} m3"
    return f"> {lower} m3" if lower else gettext("semua pemakaian")
