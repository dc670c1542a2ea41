"""How far a region's facts reach, and what is safe to take in now. Every statement names its tenant."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from balai.db import TenantSession

# First half of the advisory lock's key; the second is the tenant.
_LOCK: Final = 7_226_519
# Before any month was ever closed.
FIRST_MONTH: Final = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class State:
    """How far a region's facts reach: transactions below until_xact are in; months before open_from are closed."""

    until_xact: int
    open_from: date
    calendar: str


def lock(session: TenantSession) -> bool:
    """Take this region's facts until the transaction ends; False when another process rolls them up."""
    given = {"space": _LOCK, "tenant": session.tenant_id}
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:space, :tenant)"), given).scalar_one())


def state(session: TenantSession) -> State | None:
    """What stands in the books, None before the first roll-up."""
    query = "SELECT until_xact, open_from, calendar FROM fact_state WHERE tenant_id = :tenant"
    row = session.execute(text(query), {"tenant": session.tenant_id}).first()
    return State(*row) if row else None


def keep_state(session: TenantSession, found: State, at: datetime) -> None:
    """Write it down."""
    session.execute(
        text(
            "INSERT INTO fact_state (tenant_id, until_xact, open_from, calendar, rolled_at)"
            " VALUES (:tenant, :until, :open, :calendar, :at)"
            " ON CONFLICT (tenant_id) DO UPDATE SET until_xact = excluded.until_xact, open_from = excluded.open_from,"
            " calendar = excluded.calendar, rolled_at = excluded.rolled_at"
        ),
        {
            "tenant": session.tenant_id, "until": found.until_xact, "open": found.open_from, "calendar": found.calendar,
            "at": at,
        },
    )  # fmt: skip


# Numbers of running transactions, but those of other databases of the same server: each running one holds a lock on its own
# number, and whoever has written holds locks on tables, which name the database. What can't be told counts as running here.
_HORIZON: Final = text(
    """
WITH shot AS MATERIALIZED (SELECT pg_current_snapshot() AS now), running AS MATERIALIZED (
  SELECT CAST(CAST(pg_snapshot_xip(now) AS text) AS bigint) AS number FROM shot
), locks AS MATERIALIZED (
  SELECT pid, locktype, database, transactionid FROM pg_locks WHERE granted AND EXISTS (SELECT 1 FROM running)
), elsewhere AS (
  SELECT CAST(CAST(t.transactionid AS text) AS bigint) AS short FROM locks t
  JOIN locks r ON r.pid = t.pid AND r.locktype = 'relation' AND r.database <> 0 WHERE t.locktype = 'transactionid'
  GROUP BY t.transactionid
  HAVING bool_and(r.database <> (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT coalesce(
  (SELECT min(number) FROM running WHERE number % 4294967296 NOT IN (SELECT short FROM elsewhere)),
  (SELECT CAST(CAST(pg_snapshot_xmax(now) AS text) AS bigint) FROM shot))
"""
)


def horizon(session: TenantSession) -> int:
    """Number of this database's oldest running transaction: everything below it is committed or gone, and stays so."""
    return int(session.execute(_HORIZON).scalar_one())


def hurry(session: TenantSession) -> None:
    """Don't wait for the disk at this commit: what a crash would lose is worked out again from the timeline."""
    session.execute(text("SET LOCAL synchronous_commit = off"))


def anything(session: TenantSession, since: int, until: int) -> bool:
    """Whether transactions in [since, until) wrote into the timeline."""
    query = "SELECT EXISTS (SELECT 1 FROM case_event WHERE tenant_id = :tenant AND xact >= :since AND xact < :until)"
    given = {"tenant": session.tenant_id, "since": since, "until": until}
    return bool(session.execute(text(query), given).scalar_one())
