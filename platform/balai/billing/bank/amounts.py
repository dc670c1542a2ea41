"""Amounts and days as banks and spreadsheets write them. Whole rupiah only: a line with sen is asked about, never rounded."""

import re
from datetime import date
from typing import Final

_MOST_DIGITS: Final = 13
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]+")
_MARK: Final = re.compile(r"(CR|DB|DR|K|D|C)\.?$")
_OUTGOING: Final = {"DB", "DR", "D"}
_DAY: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ](\d{2,4})(?:[T ,].*)?")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan", "feb peb", "mar", "apr", "mei may", "jun", "jul", "agu aug ags agt", "sep", "okt oct", "nov nop", "des dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_CENTURY: Final = 100


def read_rupiah(text: str, decimal: str = "") -> int:
    """Signed whole rupiah of a cell: `1.234.567,00`, `1,234,567.00`, `Rp 25.000`, `(10.000)`, `10.000-`, `10.000 DB`.

    decimal: "," or "." as the bank's file has it, "" to find out. ValueError for anything else, sen and `1E+05` included.
    """
    bare = _BLANKS.sub("", text).upper().removeprefix("RP").removeprefix("IDR").lstrip(".")
    sign = 1
    if mark := _MARK.search(bare):
        bare = bare[: mark.start()]
        sign = -1 if mark[1] in _OUTGOING else 1
    if bare.startswith("(") and bare.endswith(")"):
        bare, sign = bare[1:-1], -sign
    elif bare[:1] in {"-", "+"}:
        bare, sign = bare[1:], -sign if bare[0] == "-" else sign
    elif bare.endswith("-"):
        bare, sign = bare[:-1], -sign
    return sign * _whole(bare, decimal)


def _whole(bare: str, decimal: str) -> int:
    point = decimal or _decimal_of(bare)
    whole, _sep, sen = bare.partition(point) if point else (bare, "", "")
    if sen and not (len(sen) <= 4 and set(sen) == {"0"}):  # noqa: PLR2004 - some banks write four places
        raise ValueError(bare)
    other = "." if point == "," else ","
    groups = whole.split(other) if point else re.split(r"[.,]", whole)
    joined = "".join(groups)
    good = joined.isascii() and joined.isdigit() and len(joined) <= _MOST_DIGITS
    if not good or (len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(g) != 3 for g in groups[1:]))):  # noqa: PLR2004
        raise ValueError(bare)
    return int(joined)


def _decimal_of(bare: str) -> str:
    """Which mark stands before sen: the last one, unless it can only be a thousands' mark."""
    last = max(bare.rfind(","), bare.rfind("."))
    if last < 0:
        return ""
    mark, other = bare[last], "." if bare[last] == "," else ","
    if other in bare:
        return mark if bare.count(mark) == 1 else ""
    # A single kind of mark: three digits behind each one are thousands, Indonesian or English alike.
    return "" if len(bare) - last - 1 == 3 else mark  # noqa: PLR2004 - a group of thousands


def read_day(text: str) -> date:
    """The day of a cell: 24/11/2026, 24-11-26, 2026-11-24, 24 Nov 2026, a time behind it or not. Day before month. ValueError."""
    found = _DAY.fullmatch(_BLANKS.sub(" ", text).strip()) if text.isascii() or "\u00a0" in text else None
    if found is None:
        raise ValueError(text)
    first, middle, last = found.groups()
    month = int(middle) if middle.isdigit() else _MONTHS.get(middle[:3].lower(), 0)
    if len(first) == 4:  # noqa: PLR2004 - a year
        return date(int(first), month, int(last))
    if len(first) > 2 or len(last) == 3:  # noqa: PLR2004 - neither day nor year
        raise ValueError(text)
    year = int(last)
    return date(year if year >= _CENTURY else 2000 + year, month, int(first))
