"""The path of a case as a drawing: geometry for SVG attributes. A list in words stands beside it."""

from dataclasses import dataclass
from typing import Any

WIDTH, BOX, HEIGHT, GAP, LEFT = 360, 208, 44, 34, 64
_LONGEST = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A state: top left corner, label cut to fit, look (start | open | end)."""

    x: int
    y: int
    label: str
    look: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A step: `d` of its <path>, whether it leads back."""

    d: str
    back: bool


@dataclass(frozen=True, slots=True)
class Path:
    """The whole drawing. words: (state, [(step, target state)]) in the order of the boxes."""

    boxes: list[Box]
    arrows: list[Arrow]
    height: int
    words: list[tuple[str, list[tuple[str, str]]]]


def draw(workflow: dict[str, Any]) -> Path:
    """The path of a workflow's document values; takes unfinished ones too."""
    states = {s["key"]: s for s in workflow.get("states", [])}
    steps = [(source, t) for t in workflow.get("transitions", []) for source in _sources(t) if source in states]
    order = _order(workflow.get("start", ""), list(states), steps)
    rows = {key: index for index, key in enumerate(order)}
    boxes = [_box(states[key], rows[key], workflow.get("start") == key) for key in order]
    arrows = [
        _arrow(rows[s], rows[t["to"]], i) for i, (s, t) in enumerate(steps) if t.get("to") in rows and s != t["to"]
    ]
    words = [
        (
            _label(states[key]),
            [(str(t.get("label", "")), _label(states.get(t.get("to"), {}))) for s, t in steps if s == key],
        )
        for key in order
    ]
    return Path(boxes, arrows, len(order) * (HEIGHT + GAP) + 4, words)


def _sources(step: dict[str, Any]) -> list[str]:
    source = step.get("from", [])
    return [source] if isinstance(source, str) else list(source)


def _label(state: dict[str, Any]) -> str:
    return str(state.get("label") or state.get("key") or "?")


def _order(start: str, keys: list[str], steps: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """From the start along the first steps, so that the usual way is one straight line; what is never reached comes last."""
    found: list[str] = []
    waiting = [start] if start in keys else keys[:1]
    while waiting:
        key = waiting.pop()
        if key in found or key not in keys:
            continue
        found.append(key)
        waiting.extend(reversed([t["to"] for s, t in steps if s == key]))
    return found + [key for key in keys if key not in found]


def _box(state: dict[str, Any], row: int, start: bool) -> Box:
    label = _label(state)
    short = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
    return Box(LEFT, row * (HEIGHT + GAP) + 2, short, "start" if start else "end" if state.get("outcome") else "open")


def _arrow(source: int, target: int, number: int) -> Arrow:
    pitch = HEIGHT + GAP
    if target == source + 1:
        x, top = LEFT + BOX // 2, source * pitch + 2 + HEIGHT
        return Arrow(f"M{x} {top}V{top + GAP}", False)
    back = target < source
    reach = min(12 + 8 * abs(target - source) + 3 * (number % 4), 58)
    x, bend = (LEFT, LEFT - reach) if back else (LEFT + BOX, LEFT + BOX + reach)
    y1, y2 = source * pitch + 2 + HEIGHT * 2 // 3, target * pitch + 2 + HEIGHT // 3
    return Arrow(f"M{x} {y1}C{bend} {y1} {bend} {y2} {x} {y2}", back)
