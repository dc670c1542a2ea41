"""From two stands of a meter to a use in m3, and whether a person must look before it is billed. Pure arithmetic.

Flags hold a reading back; none is corrected silently. A counter that passes its last digit begins again at zero; a meter that was
changed adds the old one's rest; an estimate is trued up by the next real reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# More than twice, or less than 30 % of, the mean of three months: what utilities look at by hand.
MOST_TIMES, LEAST_PERCENT, MONTHS = 2, 30, 3
# Below this a household's use jumps by itself: from 1 to 3 m3 is no anomaly.
SMALL = 5
# Behind a rollover lies at most this share of the counter; more is a misread stand.
ROLLOVER_SHARE = 4


class Flag(StrEnum):
    """Why a person must look."""

    ROLLOVER = "rollover"
    BACKWARDS = "backwards"
    ZERO = "zero"
    HIGH = "high"
    LOW = "low"
    JUMP_AFTER_ZERO = "jump_after_zero"
    TRUED_UP_BELOW_ZERO = "trued_up_below_zero"
    METER_CHANGED = "meter_changed"


# These are told, but the figure is sure enough to be billed.
HARMLESS = frozenset({Flag.METER_CHANGED})


@dataclass(frozen=True, slots=True)
class Judged:
    """use: m3 to be billed (0 while it isn't known); flags: what a person must look at; billable: nothing holds it back.

    credit: m3 that were billed beyond what was counted and aren't made good by this month either.
    """

    use: int
    flags: tuple[Flag, ...]
    credit: int = 0

    @property
    def billable(self) -> bool:
        """Whether it goes into a bill without a person's look."""
        return not set(self.flags) - HARMLESS


def judge(
    previous: int,
    current: int,
    *,
    digits: int,
    history: Sequence[int] = (),
    rest_of_old_meter: int | None = None,
    estimated_before: int = 0,
) -> Judged:
    """previous, current: stands in m3; digits: of the counter; history: uses of the months before, newest first.

    rest_of_old_meter: what the old meter counted in this month before it was changed (previous is then the new one's first).
    estimated_before: m3 billed by estimate since `previous` was read; they are taken off here. Below zero: m3 that were billed
    too few by a mistake found later; they are added.

    Raises:
        ValueError: a stand outside the counter.
    """
    full = 10**digits
    if not (0 <= previous < full and 0 <= current < full):
        raise ValueError("a stand outside the counter")
    flags: list[Flag] = []
    counted = current - previous
    if counted < 0:
        counted += full
        flags.append(Flag.ROLLOVER)
        if counted > full // ROLLOVER_SHARE:
            return Judged(0, (Flag.BACKWARDS,), estimated_before)
    if rest_of_old_meter is not None:
        counted += rest_of_old_meter
        flags.append(Flag.METER_CHANGED)
    use = counted - estimated_before
    if use < 0:
        return Judged(0, (*flags, Flag.TRUED_UP_BELOW_ZERO), -use)
    return Judged(use, (*flags, *_unusual(use, history)))


def _unusual(use: int, history: Sequence[int]) -> list[Flag]:
    if use == 0:
        return [Flag.ZERO]
    last = history[:MONTHS]
    if not last:
        return []
    if last[0] == 0 and use > SMALL:
        return [Flag.JUMP_AFTER_ZERO]
    total = sum(last)
    # Compared without dividing: use > 2 * mean, use < 30 % of mean.
    if use * len(last) > MOST_TIMES * total and use > SMALL:
        return [Flag.HIGH]
    if use * len(last) * 100 < LEAST_PERCENT * total and total > SMALL * len(last):
        return [Flag.LOW]
    return []


def estimate(history: Sequence[int]) -> int:
    """m3 for a month in which nobody could read: the mean of the last three, rounded down; 0 without any."""
    last = history[:MONTHS]
    return sum(last) // len(last) if last else 0
