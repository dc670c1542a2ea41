"""A verdict as pages show it: in words, with its money, and where its switch is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balai.evidence import costing, words
from balai.evidence.models import VerdictRow
from balai.evidence.verdicts import rules
from balai.evidence.verdicts.rules import Figures
from balai.evidence.verdicts.services import APP, public_from


@dataclass(frozen=True, slots=True)
class Line:
    """One subject. reason: the first one; cost, per_case, per_person: rupiah or None; self_reported: an app's figures."""

    row: VerdictRow
    figures: Figures
    label: Any
    kind: str
    reasons: tuple[str, ...]
    per_case: int | None
    per_person: int | None
    public_from: datetime | None

    @property
    def cost(self) -> int | None:
        """Rupiah a year."""
        return self.figures.cost

    @property
    def is_app(self) -> bool:
        """Whether it is an app beside Balai: its figures are what its owner says."""
        return self.row.subject.startswith(APP)

    @property
    def owner(self) -> str:
        """The plugin that brings the service, "daerah" for drawn ones, "" for apps."""
        return "" if self.is_app else self.row.subject.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """One of the three lists with what it costs together; unknown: how many of it have no cost entered."""

    key: str
    title: Any
    lead: Any
    lines: tuple[Line, ...]
    cost: int
    unknown: int


def line(row: VerdictRow) -> Line:
    """A stored verdict as a line."""
    figures = rules.load(row.figures)
    label, kind = words.VERDICTS[row.verdict]
    people = figures.people if row.kind != "app" else None
    return Line(
        row, figures, label, kind, tuple(words.sentence(reason) for reason in row.reasons),
        costing.per(figures.cost, figures.completed), costing.per(figures.cost, people), public_from(row),
    )  # fmt: skip


def groups(rows: Iterable[VerdictRow]) -> list[Group]:
    """The three lists, dearest first."""
    found: dict[str, list[Line]] = {key: [] for key in words.ACTIONS}
    for row in rows:
        found[row.action].append(line(row))
    return [_group(key, lines) for key, lines in found.items()]


def _group(key: str, lines: Sequence[Line]) -> Group:
    ordered = sorted(lines, key=lambda one: (-(one.cost or 0), one.row.title))
    cost = sum(one.cost or 0 for one in lines)
    unknown = sum(1 for one in lines if one.cost is None)
    return Group(key, words.ACTIONS[key], words.ACTION_LEADS[key], tuple(ordered), cost, unknown)


def could_be_saved(rows: Iterable[VerdictRow]) -> int:
    """Rupiah a year: everything that is to be stopped, and every app that does the same as a service that is on. Each once."""
    chosen = {r.subject: r for r in rows if r.action == "stop" or r.figures.get("overlaps")}
    return sum(rules.load(r.figures).cost or 0 for r in chosen.values())
