"""What a draft tariff would have made of a month that was read: who pays how much more, before anybody adopts it.

Connections that are charged the same are reckoned together, so a hundred thousand cost as much as their few hundred combinations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import TenantSession
from balai_water.bills import queries
from balai_water.bills.charging import Biller
from balai_water.bills.queries import Combination
from balai_water.readings.models import Period
from balai_water.tariffs import Tariff

MOST_AFFECTED: Final = 20
# Rupiah a month, upper bounds of what the change comes to; below zero they pay less.
STEPS: Final = (-1, 0, 5_000, 10_000, 25_000, 50_000, None)


@dataclass(slots=True)
class Sum:
    """Connections and rupiah before and after."""

    count: int = 0
    before: int = 0
    after: int = 0
    less: int = 0
    more: int = 0

    def add(self, count: int, before: int, after: int) -> None:
        """`count` connections that pay `before` and would pay `after` rupiah each."""
        self.count += count
        self.before += count * before
        self.after += count * after
        if after > before:
            self.more += count
        elif after < before:
            self.less += count

    @property
    def mean(self) -> int:
        """What the change comes to for each, whole rupiah."""
        return round((self.after - self.before) / self.count) if self.count else 0


@dataclass(frozen=True, slots=True)
class Affected:
    """One connection among those that pay most more."""

    connection_id: UUID
    number: str
    group: str
    use: int
    before: int
    after: int


@dataclass(slots=True)
class Comparison:
    """A month under two tariffs. spread: (upper bound, connections); unknown: groups without a price -> connections."""

    month: date
    total: Sum = field(default_factory=Sum)
    groups: dict[str, Sum] = field(default_factory=dict)
    spread: list[int] = field(default_factory=lambda: [0] * len(STEPS))
    most: list[Affected] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def last_read_month(session: TenantSession) -> date | None:
    """The latest month whose readings are closed."""
    query = select(Period.month).where(Period.state == "closed").order_by(Period.month.desc()).limit(1)
    return session.scalar(query)


def compare(session: TenantSession, month: date, before: Tariff, after: Tariff) -> Comparison:
    """Bill a month under both."""
    found = Comparison(month)
    old, new = Biller(before), Biller(after)
    changes: list[tuple[int, Combination, int, int]] = []
    for combination in queries.combinations(session, month):
        paid = old.of(combination.group_key, combination.card, combination.use)
        would = new.of(combination.group_key, combination.card, combination.use)
        if would is None or paid is None:
            found.unknown[combination.group_key] = found.unknown.get(combination.group_key, 0) + combination.count
            continue
        _count(found, combination, paid.total, would.total)
        changes.append((would.total - paid.total, combination, paid.total, would.total))
    changes.sort(key=lambda change: -change[0])
    found.most = _most(session, month, changes)
    return found


def _count(found: Comparison, combination: Combination, before: int, after: int) -> None:
    found.total.add(combination.count, before, after)
    found.groups.setdefault(combination.group_key, Sum()).add(combination.count, before, after)
    place = next(n for n, upto in enumerate(STEPS) if upto is None or after - before <= upto)
    found.spread[place] += combination.count


def _most(session: TenantSession, month: date, changes: Sequence[tuple[int, Combination, int, int]]) -> list[Affected]:
    most: list[Affected] = []
    for change, combination, before, after in changes:
        if change <= 0 or len(most) >= MOST_AFFECTED:
            break
        most += [
            Affected(connection, number, combination.group_key, combination.use, before, after)
            for connection, number in queries.connections_of(session, month, combination, MOST_AFFECTED - len(most))
        ]
    return most


def spread_rows(found: Comparison, words: Sequence[Any]) -> list[tuple[str, int]]:
    """(words for each step of the spread, connections)."""
    return [(str(word), count) for word, count in zip(words, found.spread, strict=True)]
