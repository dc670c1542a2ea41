"""Geometry of the flow for SVG attributes (the CSP forbids inline styles): units one below the other, as on a narrow phone.

The way to the next unit goes straight down; every other way (a return, a jump, an early end) runs in a lane at the right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from balai.cases.chain.figures import Chain, UnitTimes

WIDTH: Final = 340
BOX: Final = 232
HIGH: Final = 64
GAP: Final = 40
CAP: Final = 26
_LANE: Final = 13
MOST_LANES: Final = 5
_BAR: Final = 208
_LETTERS: Final = 27
# A way that fewer than one case in a hundred takes is left to the table.
_RARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Node:
    """One unit: top edge of its box, shortened name, figures, lengths of the bars for waiting and working, may it be cut."""

    y: int
    name: str
    unit: UnitTimes
    waiting: float
    working: float
    cut: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A line from one box to another: its path, the number beside it and where, how thick it is."""

    path: str
    times: int
    x: float
    y: float
    thick: float
    back: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole drawing; start and end are the tops of the two caps; left_out: rare ways that are not drawn."""

    height: int
    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]
    start: int
    end: int
    left_out: int


def draw(chain: Chain, names: Mapping[UUID, str], cuts: frozenset[UUID]) -> Flow:
    """The flow of a chain; names: of units; cuts: units that are named as links to cut."""
    longest = max((u.waiting + u.working for u in chain.units), default=0) or 1
    tops = {u.unit: CAP + GAP + n * (HIGH + GAP) for n, u in enumerate(chain.units)}
    end = CAP + GAP + len(chain.units) * (HIGH + GAP)
    nodes = tuple(
        Node(
            tops[u.unit], _short(names.get(u.unit, "?")), u, round(_BAR * u.waiting / longest, 1),
            round(_BAR * u.working / longest, 1), u.unit in cuts,
        )
        for u in chain.units
    )  # fmt: skip
    ways, left_out = _ways(chain, tops, end)
    return Flow(end + CAP, nodes, ways, 0, end, left_out)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1].rstrip() + "…"


def _ways(chain: Chain, tops: Mapping[UUID, int], end: int) -> tuple[tuple[Way, ...], int]:
    """Straight ways, then lanes for the others, the busiest ones nearest to the boxes."""
    order = [None, *tops, None]
    straight: list[Way] = []
    aside: list[Way] = []
    left_out = 0
    for edge in chain.edges:
        known = (edge.source is None or edge.source in tops) and (edge.target is None or edge.target in tops)
        source = 0 if edge.source is None else order.index(edge.source, 1) if known else 0
        target = len(order) - 1 if edge.target is None else order.index(edge.target, 1) if known else 0
        if not known or edge.times < chain.cases * _RARE:
            left_out += 1
        elif target == source + 1:
            straight.append(_down(source, tops, order, edge.times, chain.cases))
        elif len(aside) < MOST_LANES:
            lane = BOX + 22 + len(aside) * _LANE
            aside.append(_around(source, target, lane, end, edge.times, chain.cases))
        else:
            left_out += 1
    return (*straight, *aside), left_out


def _down(source: int, tops: Mapping[UUID, int], order: list[UUID | None], times: int, cases: int) -> Way:
    unit = order[source]
    top = CAP if unit is None else tops[unit] + HIGH
    return Way(f"M{BOX // 2} {top} V{top + GAP - 7}", times, BOX / 2 + 10, top + 24, _thick(times, cases), back=False)


def _around(source: int, target: int, lane: int, end: int, times: int, cases: int) -> Way:
    # Arrivals and departures of one box lie a little apart, so that the arrows don't cover each other.
    start = CAP / 2 if source == 0 else CAP + GAP + (source - 1) * (HIGH + GAP) + HIGH - 16
    stop = min(CAP + GAP + (target - 1) * (HIGH + GAP) + 16, end + CAP / 2)
    path = f"M{BOX} {start} H{lane - 6} Q{lane} {start} {lane} {start + (6 if stop > start else -6)}"
    path += f" V{stop + (-6 if stop > start else 6)} Q{lane} {stop} {lane - 6} {stop} H{BOX + 7}"
    return Way(path, times, lane + 3, (start + stop) / 2, _thick(times, cases), back=stop < start)


def _thick(times: int, cases: int) -> float:
    return round(1 + 3 * min(times / max(cases, 1), 1), 2)
