"""From what was said of each month to what each month comes to: one connection, month after month. Pure, so that any order of
arrival gives the same figures.

A month stands on the last stand that *counts*: what a person must still look at is no ground for the next bill. When it is
accepted later, the months after it are walked anew; a closed month is never walked again.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from balai_water.readings.judging import HARMLESS, MONTHS, Flag, Judged, estimate, judge
from balai_water.readings.models import RANKS

# A first stand far above the meter's beginning is a meter that was registered wrongly, rather than so much water.
FIRST_MOST: Final = 50
# Held back beside what judging says: two of equal rank said different things.
DIFFERS: Final = "differs"
# In a month without a meter in the register nothing can roll over.
_NO_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter of the connection; see register.models.Meter."""

    id: uuid.UUID
    digits: int
    initial: int
    installed_on: date
    final: int | None = None
    removed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a month begins with: see models.Reading."""

    stand: int | None = None
    meter_id: uuid.UUID | None = None
    credit: int = 0
    recent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What counts as said about a month. read_on: day of reading; asked_again: sent for re-reading."""

    stand: int | None
    read_on: date
    differs: bool = False
    accepted_use: int | None = None
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class Amends:
    """A closed month's correction: its right stand where that is the ground now, else m3 that were billed too few (below zero:
    too many).
    """

    stand: int | None
    delta: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a month comes to; `after` is the ground of the next."""

    meter_id: uuid.UUID | None
    previous: int
    use: int
    flags: tuple[str, ...]
    state: str
    after: Ground


def amend(ground: Ground, corrections: Iterable[Amends]) -> Ground:
    """The ground after what was found out about closed months."""
    for found in corrections:
        if found.stand is not None and ground.stand is not None:
            credit = ground.credit - (found.stand - ground.stand)
            ground = replace(ground, stand=found.stand, credit=credit)
        else:
            ground = replace(ground, credit=ground.credit - found.delta)
    return ground


def figure(ground: Ground, said: Said, meters: Sequence[Meter]) -> Figures:
    """A month's figures. meters: of the connection, in the order in which they were mounted."""
    if said.stand is None:
        return _estimated(ground, said, meters)
    place = _place(meters, said.read_on)
    meter = meters[place] if meters else None
    previous, judged = _judge(ground, said.stand, meters, place)
    flags = tuple(str(flag) for flag in judged.flags) + ((DIFFERS,) if said.differs else ())
    meter_id = meter.id if meter else None
    if said.asked_again:
        return Figures(meter_id, previous, 0, flags, "refused", ground)
    if not _counts(said, judged):
        return Figures(meter_id, previous, judged.use, flags, "check", ground)
    # Nought because an estimate had been too high says nothing about how much water they use.
    counted = () if Flag.TRUED_UP_BELOW_ZERO in judged.flags else (judged.use,)
    after = Ground(said.stand, meter_id, judged.credit, (*counted, *ground.recent)[:MONTHS])
    return Figures(meter_id, previous, judged.use, flags, "accepted", after)


def _counts(said: Said, judged: Judged) -> bool:
    if Flag.BACKWARDS in judged.flags:
        return False
    if said.accepted_use is not None and said.accepted_use == judged.use:
        return True
    return not said.differs and not set(judged.flags) - HARMLESS


def _estimated(ground: Ground, said: Said, meters: Sequence[Meter]) -> Figures:
    use = estimate(ground.recent) if said.accepted_use is None else said.accepted_use
    previous = ground.stand if ground.stand is not None else (meters[0].initial if meters else 0)
    # A guess from nothing is no history.
    guessed = (use,) if ground.recent or said.accepted_use is not None else ()
    after = replace(ground, credit=ground.credit + use, recent=(*guessed, *ground.recent)[:MONTHS])
    return Figures(ground.meter_id, previous, use, (), "accepted", after)


def _judge(ground: Ground, stand: int, meters: Sequence[Meter], place: int) -> tuple[int, Judged]:
    """(stand from which was counted, what it means)."""
    meter = meters[place] if meters else None
    first = ground.stand is None and not ground.recent
    since, previous, rest = _rest(ground, stand, meters, place)
    if rest is not None and rest < 0:
        return previous, Judged(0, (Flag.BACKWARDS,), ground.credit)
    digits = max(meter.digits if meter else _NO_DIGITS, len(str(stand)), len(str(previous)))
    judged = judge(
        previous,
        stand,
        digits=digits,
        history=ground.recent,
        rest_of_old_meter=rest,
        estimated_before=ground.credit,
    )
    if first and judged.use > FIRST_MOST and Flag.BACKWARDS not in judged.flags:
        judged = Judged(judged.use, (*judged.flags, Flag.HIGH), judged.credit)
    return previous if since is None else since, judged


def _rest(ground: Ground, stand: int, meters: Sequence[Meter], place: int) -> tuple[int | None, int, int | None]:
    """(stand that a person sees as the previous one, stand to count from, m3 of meters changed since; below zero: unknown)."""
    if not meters:
        return None, ground.stand if ground.stand is not None else stand, None
    begun = next((n for n, m in enumerate(meters) if m.id == ground.meter_id), None)
    counted_to = ground.stand
    if begun is None or counted_to is None:
        begun, counted_to = 0, meters[0].initial
    if place == begun:
        return None, counted_to, None
    if place < begun:
        return None, counted_to, -1
    rest = 0
    for meter in meters[begun:place]:
        if meter.final is None:
            return counted_to, meters[place].initial, -1
        digits = max(meter.digits, len(str(counted_to)), len(str(meter.final)))
        old = judge(counted_to, meter.final, digits=digits)
        if Flag.BACKWARDS in old.flags:
            return counted_to, meters[place].initial, -1
        rest += old.use
        counted_to = meters[meters.index(meter) + 1].initial
    return None, meters[place].initial, rest


def _place(meters: Sequence[Meter], day: date) -> int:
    """Which meter hung there on a day: the last that was mounted by then, else the first."""
    found = [n for n, meter in enumerate(meters) if meter.installed_on <= day]
    return found[-1] if found else 0


def meter_on(meters: Sequence[Meter], day: date) -> Meter | None:
    """The meter of a day, None where the register has none at all."""
    return meters[_place(meters, day)] if meters else None


Rank = tuple[int, datetime, uuid.UUID]


def rank(kind: str, read_at: datetime, client_id: uuid.UUID) -> Rank:
    """What counts of several for the same month: the surer kind, then the later reading."""
    return RANKS[kind], read_at, client_id
