"""What the chain's figures mean: shares, what would be saved, and which link could be cut. Pure functions, no database.

The thresholds are shown on the page with their reasons, so that whoever is named there can check them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from balai.cases.workdays import Calendar
from balai.contracts import Service

# Below 50 cases a single one weighs more than the two per cent that are asked about.
ENOUGH: Final = 50
# A unit that lets at least this share pass unaltered decides nothing that the others had not decided already.
PASSES: Final = 0.98
# Less than a working day is not worth a change of rules.
ADDS: Final = 1.0
# Demands of a step that are only words about the case; any other demand adds something to it (an answer, a measurement).
_WORDS: Final = frozenset({"reason", "question", "reply", "receiver"})

Waits = Literal["staff", "citizen", "other", "closed"]
Verdict = Literal["cut", "alone", "few", "works", "decides", "quick"]


@dataclass(frozen=True, slots=True)
class WorkDays:
    """A calendar as three columns: each day, how many working days lie before it, 1 or 0 for the day itself."""

    zone: ZoneInfo
    days: list[date]
    before: list[int]
    works: list[int]


@dataclass(frozen=True, slots=True)
class Known:
    """What the kept versions of a document say: (version, state, whom it waits for), and steps that add something."""

    states: tuple[tuple[int, str, Waits], ...]
    giving: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class UnitTimes:
    """One unit over all cases that passed it.

    waiting, working, own: medians per case in working days (until somebody there first did something; from then on; both
    together); *_sum: the same added up, paused = while others had to act; decided: cases in which the unit took a step;
    changed, returned, refused, altered (any of these), gave (added an answer or data): cases; without: median of the whole way
    without this unit's own time, None for units beyond the busiest.
    """

    unit: UUID
    cases: int
    rank: float
    waiting: float
    working: float
    own: float
    waiting_sum: float
    working_sum: float
    paused_sum: float
    decided: int
    changed: int
    returned: int
    refused: int
    altered: int
    gave: int
    without: float | None

    @property
    def passed_share(self) -> float:
        """Of the cases in which it took a step: those that it neither changed nor returned nor refused, 0 to 1."""
        return (self.decided - self.altered) / self.decided if self.decided else 0.0

    @property
    def gave_share(self) -> float:
        """Of the cases in which it took a step: those to which it added an answer or data, 0 to 1."""
        return self.gave / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A transition as it was taken: by the unit that had the case, and how often.

    days, waiting: medians of the working days in the state before it, and of those until somebody there first did something.
    """

    unit: UUID | None
    state: str | None
    step: str
    actor: str
    effect: str
    times: int
    days: float | None
    waiting: float


@dataclass(frozen=True, slots=True)
class Edge:
    """How often cases went from one unit to another; source None = filed, target None = ended."""

    source: UUID | None
    target: UUID | None
    times: int


@dataclass(frozen=True, slots=True)
class Chain:
    """All units in the order in which cases reach them.

    cases: how many were walked; total: median working days from filing to the end; ended: how many there were.
    """

    cases: int
    total: float | None
    units: tuple[UnitTimes, ...]
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    ended: int = 0

    @property
    def is_sample(self) -> bool:
        """Whether not all of them were walked."""
        return self.cases < self.ended

    def about(self, count: int) -> int:
        """A count among the walked ones, carried over to all that ended; of a choice only its first two digits are known."""
        if not self.is_sample or not self.cases:
            return count
        whole = round(count * self.ended / self.cases)
        return int(round(whole, 2 - len(str(whole))))


EMPTY: Final = Chain(0, None, (), (), ())


def work_days(calendar: Calendar, first: datetime, last: datetime) -> WorkDays:
    """The region's calendar from the day before `first` to the day after `last`."""
    day, stop = calendar.today(first) - timedelta(days=1), calendar.today(last) + timedelta(days=1)
    days, before, works, count = [], [], [], 0
    while day <= stop:
        working = calendar.is_working(day)
        days.append(day)
        before.append(count)
        works.append(int(working))
        count += working
        day += timedelta(days=1)
    return WorkDays(calendar.zone, days, before, works)


def known(versions: dict[int, Service]) -> Known:
    """What the chain needs to know of each version of a document."""
    states: list[tuple[int, str, Waits]] = []
    giving = []
    for number, service in versions.items():
        states += [(number, s.key, "closed" if s.outcome is not None else s.waits_for) for s in service.workflow.states]
        giving += [(number, t.key) for t in service.workflow.transitions if set(t.demands) - _WORDS]
    return Known(tuple(states), tuple(giving))


def verdict(unit: UnitTimes, chain: Chain) -> Verdict:
    """Whether this link could be cut, or the first reason why it is not named.

    alone: nobody else would be left; few: too few cases to say anything; works: it writes the answer or adds data, so the work
    itself is done there; decides: it changes, returns or refuses often enough; quick: it adds less than a working day.
    """
    if len(chain.units) == 1:
        return "alone"
    if unit.decided < ENOUGH:
        return "few"
    if unit.gave_share > 1 - PASSES:
        return "works"
    if unit.passed_share < PASSES:
        return "decides"
    return "cut" if unit.own >= ADDS and unit.without is not None else "quick"


def saved(unit: UnitTimes, chain: Chain) -> float | None:
    """Working days by which the median of the whole way would be shorter without this unit."""
    if unit.without is None or chain.total is None:
        return None
    return max(chain.total - unit.without, 0.0)
