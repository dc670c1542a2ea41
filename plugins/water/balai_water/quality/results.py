"""What a laboratory wrote, as a number with its sign, and whether that is within a limit. Pure, without database.

A sheet says "0,3", "<0,01" (less than can be seen), ">2419" (more than could be counted), "ttd" or "negatif" (nothing found).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from balai.api import gettext
from balai_water import cells
from balai_water.quality.parameters import Parameter

Verdict = Literal["within", "beyond", "unclear", "unlimited"]
_NOTHING: Final = frozenset({"negatif", "nihil", "nol", "ttd", "tidak terdeteksi", "tidak ada", "negative", "nd", "0"})
_SIGNED: Final = re.compile(r"([<>]=?|≤|≥)?\s*(.+)")
# The least that usual methods of counting germs can see; below it there are none.
_LEAST_COUNT: Final = Decimal(2)
MOST: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Limit:
    """What is allowed: from low to high, both included; below: less than this. None: no bound on that side."""

    low: Decimal | None = None
    high: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A value with its sign: "", "<" (somewhere below) or ">" (somewhere above)."""

    value: Decimal
    sign: str = ""

    def __str__(self) -> str:
        return f"{self.sign}{self.value:f}"


def read_result(parameter: Parameter, text: str) -> Result:
    """One cell of a sheet; `cells.CellError` with what belongs there."""
    bare = " ".join(text.split())
    if bare.lower() in _NOTHING:
        return Result(Decimal(0))
    found = _SIGNED.fullmatch(bare)
    sign, number = (found[1] or "", found[2]) if found else ("", bare)
    value = cells.read_decimal(number)
    if value > MOST or (parameter.key == "ph" and value > 14):  # noqa: PLR2004 - the scale's end
        raise cells.CellError(gettext("%(text)s tidak mungkin.", text=bare[:40]))
    if parameter.counted and value != value.to_integral_value() and not sign:
        raise cells.CellError(gettext("%(text)s harus angka bulat, tanpa koma.", text=bare[:40]))
    return Result(value, {"≤": "<", "<=": "<", "≥": ">", ">=": ">"}.get(sign, sign))


def stored(text: str) -> Result:
    """A result as it is kept."""
    sign = text[0] if text[:1] in "<>" else ""
    return Result(Decimal(text.removeprefix(sign)), sign)


def judge(parameter: Parameter, limit: Limit | None, result: Result) -> Verdict:
    """Whether a result is within its limit; unclear: the method saw less than the limit asks ("<1" where 0.01 is allowed)."""
    if limit is None or (limit.low is None and limit.high is None and limit.below is None):
        return "unlimited"
    value, sign = result.value, result.sign
    if parameter.counted and sign == "<" and value <= _LEAST_COUNT:
        value, sign = Decimal(0), ""
    if sign == "<":
        return _somewhere_below(limit, value)
    if sign == ">":
        return _somewhere_above(limit, value)
    return "within" if _is_within(limit, value) else "beyond"


def _is_within(limit: Limit, value: Decimal) -> bool:
    enough = limit.low is None or value >= limit.low
    return enough and (limit.high is None or value <= limit.high) and (limit.below is None or value < limit.below)


def _somewhere_below(limit: Limit, value: Decimal) -> Verdict:
    if limit.low is not None:
        return "beyond" if value <= limit.low else "unclear"
    fits = (limit.high is None or value <= limit.high) and (limit.below is None or value <= limit.below)
    return "within" if fits else "unclear"


def _somewhere_above(limit: Limit, value: Decimal) -> Verdict:
    if (limit.high is not None and value >= limit.high) or (limit.below is not None and value >= limit.below):
        return "beyond"
    return "unclear" if limit.high is not None or limit.below is not None else "within"


def read_limit(raw: Mapping[str, Any]) -> Limit:
    """From the stored form, texts of numbers by low, high and below."""
    return Limit(**{name: Decimal(str(raw[name])) for name in ("low", "high", "below") if raw.get(name) is not None})
