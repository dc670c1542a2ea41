"""Sums for reports: roll-ups and what isn't folded into them yet, always read together, so that no figure lags behind."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from balai.db import TenantSession, driver

_FOLD = """
WITH gone AS (DELETE FROM billing_delta WHERE tenant_id = %(tenant)s RETURNING kind, day, key, debit, credit, count),
s AS (SELECT kind, day, key, sum(debit) AS debit, sum(credit) AS credit, sum(count) AS count FROM gone
      GROUP BY kind, day, key ORDER BY kind, day, key)
INSERT INTO billing_figure AS f (tenant_id, id, kind, day, key, debit, credit, count)
SELECT %(tenant)s, gen_random_uuid(), kind, day, key, debit, credit, count FROM s
ON CONFLICT (tenant_id, kind, day, key) DO UPDATE SET debit = f.debit + excluded.debit, credit = f.credit + excluded.credit,
  count = f.count + excluded.count
"""
# Two that fold at once would wait for each other's rows.
_FOLDING = "SELECT pg_advisory_xact_lock(7226517, %s)"
_BOTH = """
SELECT day, key, debit, credit, count FROM billing_figure
WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND day BETWEEN %(since)s AND %(until)s
UNION ALL
SELECT day, key, debit, credit, count FROM billing_delta
WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND day BETWEEN %(since)s AND %(until)s
"""
_BY_DAY = f"SELECT day, key, sum(debit), sum(credit), sum(count) FROM ({_BOTH}) b GROUP BY day, key ORDER BY day, key"
_BY_KEY = f"SELECT NULL::date, key, sum(debit), sum(credit), sum(count) FROM ({_BOTH}) b GROUP BY key ORDER BY key"
_AGES = f"""
SELECT key, width_bucket(%(at)s - day, %(limits)s) AS age, sum(debit), sum(count) FROM ({_BOTH}) b
GROUP BY key, age HAVING sum(debit) <> 0 OR sum(count) <> 0 ORDER BY key, age
"""
_ACCOUNTS = "SELECT key, label, kind FROM ledger_account WHERE tenant_id = %s ORDER BY key"
# Wider than any book, narrower than PostgreSQL's own infinity.
EVER = (date(1900, 1, 1), date(2999, 12, 31))


class FigureRow(NamedTuple):
    """Sums of one account (or series) on one day; day is None when they are of the whole span."""

    day: date | None
    key: str
    debit: int
    credit: int
    number: int


class AgeRow(NamedTuple):
    """What a series has outstanding in one age: age 0 = not due yet, n = past the n-th limit."""

    series: str
    age: int
    amount: int
    number: int


def fold(session: TenantSession) -> int:
    """Fold what has come in since the last time into the roll-ups; how many of them changed."""
    session.flush()
    connection = driver(session)
    connection.execute(_FOLDING, (session.tenant_id,))
    return connection.execute(_FOLD, {"tenant": session.tenant_id}).rowcount


def by_day(session: TenantSession, kind: str, since: date, until: date) -> list[FigureRow]:
    """Sums per day and key, both ends included."""
    return _rows(session, _BY_DAY, kind, since, until)


def by_key(session: TenantSession, kind: str, since: date, until: date) -> list[FigureRow]:
    """Sums per key over the span."""
    return _rows(session, _BY_KEY, kind, since, until)


def _rows(session: TenantSession, statement: str, kind: str, since: date, until: date) -> list[FigureRow]:
    session.flush()
    values = {"tenant": session.tenant_id, "kind": kind, "since": since, "until": until}
    return [
        FigureRow(row[0], row[1], int(row[2]), int(row[3]), int(row[4]))
        for row in driver(session).execute(statement, values)
    ]


def ages(session: TenantSession, at: date, limits: Sequence[int]) -> list[AgeRow]:
    """What is outstanding by series and days past due; limits: ascending, 1 = the day after the due day."""
    session.flush()
    values = {
        "tenant": session.tenant_id, "kind": "receivable", "since": EVER[0], "until": EVER[1], "at": at, "limits": list(limits),
    }  # fmt: skip
    return [AgeRow(row[0], row[1], int(row[2]), int(row[3])) for row in driver(session).execute(_AGES, values)]


def accounts(session: TenantSession) -> dict[str, tuple[str, str]]:
    """Key -> (label, kind) of every account."""
    return {row[0]: (row[1], row[2]) for row in driver(session).execute(_ACCOUNTS, (session.tenant_id,))}
