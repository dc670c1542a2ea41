"""What a treasurer asks every morning: who owes since when, and what came in. From roll-ups, so that size costs nothing."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from balai.billing.days import today
from balai.billing.queries import figures
from balai.db import TenantSession

# Days past due at which the next age begins.
LIMITS: Final = (1, 31, 91, 366)
AGES: Final = len(LIMITS) + 1


@dataclass(frozen=True, slots=True)
class Ages:
    """What a series (or all, series "") has outstanding: rupiah and invoices by age, youngest first (0 = not due yet)."""

    series: str
    amounts: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def amount(self) -> int:
        """All ages together."""
        return sum(self.amounts)

    @property
    def count(self) -> int:
        """Invoices of all ages."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Earned:
    """Rupiah on one income account, one day: what was billed less what was taken off."""

    day: date
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What went into and out of an account of money on one day, rupiah."""

    day: date
    account: str
    into: int
    out_of: int


def ageing(session: TenantSession, at: date | None = None) -> list[Ages]:
    """Receivables by series and age on the region's day `at` (today); the last row is the sum of all."""
    day = at or today(session)
    rows: dict[str, tuple[list[int], list[int]]] = {}
    for row in figures.ages(session, day, LIMITS):
        amounts, counts = rows.setdefault(row.series, ([0] * AGES, [0] * AGES))
        amounts[row.age] += row.amount
        counts[row.age] += row.number
    found = [Ages(series, tuple(amounts), tuple(counts)) for series, (amounts, counts) in sorted(rows.items())]
    total = Ages("", _sums([a.amounts for a in found]), _sums([a.counts for a in found]))
    return [*found, total]


def income(session: TenantSession, since: date, until: date) -> list[Earned]:
    """Income by day and account, both ends included, days without any left out."""
    kinds = figures.accounts(session)
    rows = figures.by_day(session, "ledger", since, until)
    return [
        Earned(row.day, row.key, row.credit - row.debit)
        for row in rows
        if row.day is not None and kinds[row.key][1] == "income" and row.credit != row.debit
    ]


def money(session: TenantSession, since: date, until: date) -> list[Moved]:
    """Movements of cash, bank and what providers hold, by day and account."""
    kinds = figures.accounts(session)
    rows = figures.by_day(session, "ledger", since, until)
    return [
        Moved(row.day, row.key, row.debit, row.credit)
        for row in rows
        if row.day is not None and kinds[row.key][1] == "asset" and row.key != "piutang"
    ]


def _sums(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True)) if rows else (0,) * AGES
