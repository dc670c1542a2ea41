"""What plugins measure beyond the cases that the platform counts by itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """Declaration of one measure.

    unit is printed behind the figure ("m3", "%", "jam"); meaning is one plain Indonesian sentence; good tells which
    direction is better; readiness marks drills and stand-by (rare emergencies are judged by these).
    """

    key: str
    kind: Literal["counter", "duration", "ratio"]
    unit: str
    meaning: str
    good: Literal["up", "down"]
    per: Literal["tenant", "district"] = "tenant"
    readiness: bool = False


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One month's figure: `month` is "2026-03"; either `value`, or `numerator` and `denominator` for ratios."""

    key: str
    month: str
    source: str
    district: str | None = None
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
