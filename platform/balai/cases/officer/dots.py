"""The current filter as a map: one dot a case over the extent of what is shown, drawn as SVG. No tiles, nobody else's server.

Whoever handles a case sees where it is; others the place as everybody would, snapped to at least 250 m. Beside the map stands the
same as a list: nothing is on the map alone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from balai import places
from balai.cases import access
from balai.cases.officer.queries import Row
from balai.cases.people import Person
from balai.db import TenantSession

WIDE: Final = 800.0
TALL: Final = 600.0
_EDGE: Final = 40.0
_KM_PER_DEGREE: Final = 111.32
# Half a kilometre at least: one dot alone is no world.
_LEAST: Final = 0.005
_LENGTHS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Dot:
    """x, y in the drawing's units; number: its place in the list beside it, 0 for those further down."""

    x: float
    y: float
    code: str
    summary: str
    look: str
    number: int


@dataclass(frozen=True, slots=True)
class Label:
    """A district's name at the middle of its dots."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws. bar: length of the scale in the drawing's units, and in kilometres."""

    dots: list[Dot]
    labels: list[Label]
    bar: float
    bar_km: float
    without: int


def draw(session: TenantSession, who: Person, rows: Sequence[Row], *, listed: int = 50) -> Drawing:
    """The drawing of these cases; those without a position are counted."""
    found = [(number, row, at) for number, row in enumerate(rows, 1) if (at := _position(who, row)) is not None]
    if not found:
        return Drawing([], [], 0, 0, len(rows))
    project, units_per_km = projection([at for _n, _row, at in found])
    made: list[Dot] = []
    by_district: dict[str, list[tuple[float, float]]] = {}
    for number, row, at in found:
        x, y = project(at)
        made.append(Dot(x, y, row.code, row.summary or row.code, _look(row), number if number <= listed else 0))
        by_district.setdefault(row.region[:8], []).append((x, y))
    names = {area.code: area.name for area in places.districts(session)}
    labels = [
        Label(sum(x for x, _y in spots) / len(spots), sum(y for _x, y in spots) / len(spots), names[code])
        for code, spots in by_district.items()
        if code in names
    ]
    km = max((length for length in _LENGTHS if length * units_per_km <= WIDE / 4), default=_LENGTHS[0])
    # The numbered ones last, so that they lie on top; the newest topmost.
    made.sort(key=lambda dot: (dot.number > 0, -dot.number))
    return Drawing(made, labels, km * units_per_km, km, len(rows) - len(found))


def _position(who: Person, row: Any) -> tuple[float, float] | None:
    if access.handles(who, row) and row.latitude is not None and row.longitude is not None:
        return row.latitude, row.longitude
    if row.coarse_latitude is None or row.coarse_longitude is None:
        return None
    return row.coarse_latitude, row.coarse_longitude


def _look(row: Row) -> str:
    if row.closed_at is not None:
        return "closed"
    return "late" if row.overdue_at is not None else "open"


def projection(spots: list[tuple[float, float]]) -> tuple[Callable[[tuple[float, float]], tuple[float, float]], float]:
    """From degrees to the drawing, and the drawing's units per kilometre."""
    south, north = min(s[0] for s in spots), max(s[0] for s in spots)
    west, east = min(s[1] for s in spots), max(s[1] for s in spots)
    narrow = math.cos(math.radians((south + north) / 2))
    high, wide = max(north - south, _LEAST), max((east - west) * narrow, _LEAST)
    scale = min((WIDE - 2 * _EDGE) / wide, (TALL - 2 * _EDGE) / high)
    middle_lat, middle_lon = (south + north) / 2, (west + east) / 2

    def project(at: tuple[float, float]) -> tuple[float, float]:
        x = WIDE / 2 + (at[1] - middle_lon) * narrow * scale
        return round(x, 1), round(TALL / 2 - (at[0] - middle_lat) * scale, 1)

    return project, scale / _KM_PER_DEGREE
