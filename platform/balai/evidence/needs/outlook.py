"""Where a need is going: trend over half a year, projection over the next year with its interval. Pure functions.

A straight line through the monthly counts. It knows no seasons and says so by its width: the interval is that of a new
observation of such a line, never narrower than chance alone (Poisson) makes it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from balai.evidence.verdicts.wilson import share

LEAST_MONTHS: Final = 12
MOST_MONTHS: Final = 36
LEAST_COUNT: Final = 30
AHEAD: Final = 12
# Two-sided 95 % points of Student's t by degrees of freedom; between two of them the wider one is taken.
_T: Final = ((10, 2.228), (12, 2.179), (15, 2.131), (20, 2.086), (25, 2.060), (30, 2.042), (34, 2.032))


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected number in the next twelve months with its 95 % interval."""

    expected: int
    low: int
    high: int


def project(counts: Sequence[int]) -> Outlook | None:
    """Projection from whole months, oldest first; None when there is not enough (under a year, or under 30 cases)."""
    counts = counts[-MOST_MONTHS:]
    n = len(counts)
    if n < LEAST_MONTHS or sum(counts) < LEAST_COUNT:
        return None
    middle, mean = (n - 1) / 2, sum(counts) / n
    spread = sum((x - middle) ** 2 for x in range(n))
    slope = sum((x - middle) * (y - mean) for x, y in enumerate(counts)) / spread
    rest = sum((y - mean - slope * (x - middle)) ** 2 for x, y in enumerate(counts)) / (n - 2)
    ahead = range(n, n + AHEAD)
    expected = sum(mean + slope * (x - middle) for x in ahead)
    away = sum(x - middle for x in ahead)
    variance = max(rest, mean) * (AHEAD + AHEAD * AHEAD / n + away * away / spread)
    reach = _student(n - 2) * math.sqrt(variance)
    return Outlook(round(max(expected, 0)), math.floor(max(expected - reach, 0)), math.ceil(max(expected + reach, 0)))


def _student(freedom: int) -> float:
    return next((t for limit, t in reversed(_T) if freedom >= limit), _T[0][1])


def trend(counts: Sequence[int]) -> Literal["up", "down", "same", "unknown"]:
    """The last three whole months against the three before: only what chance doesn't explain is a trend."""
    if len(counts) < 6:  # noqa: PLR2004 - twice three
        return "unknown"
    last, before = sum(counts[-3:]), sum(counts[-6:-3])
    if last + before == 0:
        return "unknown"
    half = share(last, last + before)
    if half.low > 0.5:  # noqa: PLR2004 - a half
        return "up"
    return "down" if half.high < 0.5 else "same"  # noqa: PLR2004 - a half
