"""Geometry of the small charts, for SVG attributes: the CSP forbids inline styles. A table stands beside each chart."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, BAR, GAP = 640, 22, 12
HEIGHT, PAD = 200, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: label, value, top, width in user units, and the x of its figure."""

    label: str
    value: float
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line: `runs` for one <polyline> each (a missing figure parts them), the points as pairs, and the area below as a path."""

    runs: list[str]
    dots: list[tuple[float, float]]
    area: str
    top: float


def bars(rows: Sequence[tuple[str, float]]) -> tuple[list[Bar], int]:
    """Horizontal bars for (label, value >= 0) rows, longest = full width; returns them and the drawing's height."""
    longest = max((value for _label, value in rows), default=0) or 1
    step = BAR + GAP
    drawn = [Bar(label, value, i * step, round(WIDTH * value / longest, 1)) for i, (label, value) in enumerate(rows)]
    return drawn, max(step * len(rows) - GAP, BAR)


def line(values: Sequence[float | None]) -> Line:
    """A line through equally spaced values >= 0 in a box of WIDTH x HEIGHT; None leaves a gap."""
    top = max((v for v in values if v is not None), default=0) or 1
    span = max(len(values) - 1, 1)
    inner_w, inner_h = WIDTH - 2 * PAD, HEIGHT - 2 * PAD
    runs: list[list[tuple[float, float]]] = [[]]
    for i, v in enumerate(values):
        if v is None:
            runs.append([])
        else:
            runs[-1].append((round(PAD + inner_w * i / span, 1), round(PAD + inner_h * (1 - v / top), 1)))
    runs = [run for run in runs if run]
    floor = HEIGHT - PAD
    area = " ".join(f"M{run[0][0]} {floor} L{_points(run, ' ')} L{run[-1][0]} {floor} Z" for run in runs)
    return Line([_points(run, ",") for run in runs], [dot for run in runs for dot in run], area, float(top))


def _points(run: Sequence[tuple[float, float]], between: str) -> str:
    return " ".join(f"{x}{between}{y}" for x, y in run)
