"""Wilson's score interval: what a share can be, given how few it was counted from."""

import math
from typing import Final, NamedTuple

# 95 of 100 such intervals hold the true share.
Z: Final = 1.959963984540054


class Share(NamedTuple):
    """A share with its interval; value is None when nothing was counted, and the interval is then everything."""

    value: float | None
    low: float
    high: float
    of: int


def share(part: int, whole: int) -> Share:
    """Share of part in whole; parts beyond the whole (people from elsewhere) count as all of it, negative ones as none."""
    if whole <= 0:
        return Share(None, 0.0, 1.0, 0)
    part = min(max(part, 0), whole)
    found, square = part / whole, Z * Z
    middle = (found + square / (2 * whole)) / (1 + square / whole)
    reach = Z / (1 + square / whole) * math.sqrt(found * (1 - found) / whole + square / (4 * whole * whole))
    low = 0.0 if part == 0 else max(middle - reach, 0.0)
    high = 1.0 if part == whole else min(middle + reach, 1.0)
    return Share(found, min(low, found), max(high, found), whole)
