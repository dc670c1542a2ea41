"""Statements of the inbox: keep a callback by one statement, and take many out with what they become."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from balai.clock import now
from balai.contracts import Task
from balai.db import TenantSession, driver

_WRITING, _BOOKING = 7226517, 7226518
# Writers hold a lock together from before they look whether a job waits until they have committed: the job lets them finish
# first, so it sees every row whose writer found that very job waiting. What was booked before isn't kept again.
_KEEP = """
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared($1, hashtext($2)) AS held),
kept AS (
  INSERT INTO payment_inbox (tenant_id, id, provider, order_code, state, rupiah, reference, digest, said, said_at, at)
  SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM gate
  WHERE gate.held IS NOT NULL
    AND NOT EXISTS (SELECT FROM payment_event e WHERE e.tenant_id = $3 AND e.provider = $5 AND e.digest = $10)
  ON CONFLICT (tenant_id, provider, digest) DO NOTHING RETURNING id)
SELECT jobs.enqueue($14::text, $15::text, $16::int, NULL, $14::text || '|' || $5::text,
  jsonb_build_object('provider', $5::text), NULL) FROM kept
"""
_WAITING = """
SELECT id, order_code, state, rupiah, reference, digest, said, said_at, at FROM payment_inbox
WHERE tenant_id = %s AND provider = %s AND (%s OR tried_at IS NULL) ORDER BY at, id LIMIT %s
"""
_STUCK = "SELECT DISTINCT provider FROM payment_inbox WHERE tenant_id = %s AND coalesce(tried_at, at) < %s"
_KNOWN = "SELECT digest FROM payment_event WHERE tenant_id = %s AND provider = %s AND digest = ANY(%s)"
_ORDERS = (
    "SELECT code, id, state, rupiah, invoice_id FROM payment_order WHERE tenant_id = %s AND provider = %s AND code = ANY(%s)"
    " ORDER BY id FOR UPDATE"
)
_BOOKED = """
WITH r AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) x (id uuid, order_id uuid, payment uuid, said text)),
o AS (UPDATE payment_order SET state = 'paid', changed_at = $3 FROM r WHERE tenant_id = $2 AND payment_order.id = r.order_id),
t AS (DELETE FROM payment_inbox b USING r WHERE b.tenant_id = $2 AND b.id = r.id RETURNING b.*, r.payment, r.said AS words)
INSERT INTO payment_event (tenant_id, id, provider, source, order_code, state, rupiah, reference, digest, said, said_at, at,
  verdict, payment_id)
SELECT $2, t.id, t.provider, 'callback', t.order_code, t.state, t.rupiah, t.reference, t.digest, t.words, t.said_at, t.at,
  'settled', t.payment FROM t
"""
_DROP = "DELETE FROM payment_inbox WHERE tenant_id = %s AND id = ANY(%s)"
_FAILED = "UPDATE payment_inbox SET tried_at = %s WHERE tenant_id = %s AND id = %s"
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A callback in the inbox; said: sealed."""

    id: UUID
    order_code: str
    state: Any
    rupiah: int | None
    reference: str
    digest: str
    said: str
    said_at: datetime | None
    at: datetime


class Order(NamedTuple):
    """What a locked order says."""

    id: UUID
    state: str
    rupiah: int
    invoice_id: UUID


@dataclass(slots=True)
class Booked:
    """A callback that settled an invoice; said: sealed for the event."""

    id: UUID
    order_id: UUID
    payment: UUID
    said: str


def keep(session: TenantSession, provider: str, row: Row, then: Task) -> None:
    """Keep a callback and have `then` run for its provider, unless it was kept or booked before. One statement."""
    values = [
        _WRITING, _place(session, provider), session.tenant_id, row.id, provider, row.order_code, row.state, row.rupiah,
        row.reference, row.digest, row.said, row.said_at, row.at, then.name, then.queue, then.priority,
    ]  # fmt: skip
    psycopg.RawCursor(driver(session)).execute(_KEEP, values)


def begin_booking(session: TenantSession, provider: str) -> None:
    """One books at a time for a provider; and every callback whose writer counted on this job is committed from here on."""
    connection, place = driver(session), _place(session, provider)
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_BOOKING, place))
    # Held no longer than it takes to get it: writers would wait until the end of the transaction.
    connection.execute("SAVEPOINT writers")
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_WRITING, place))
    connection.execute("ROLLBACK TO SAVEPOINT writers")
    connection.execute("RELEASE SAVEPOINT writers")


def waiting(session: TenantSession, provider: str, *, again: bool) -> list[Row]:
    """The oldest ones, at most MOST; again: also those that failed before."""
    rows = driver(session).execute(_WAITING, (session.tenant_id, provider, again, MOST))
    return [Row(*row) for row in rows]


def stuck(session: TenantSession, age: timedelta) -> list[str]:
    """Providers with something that waits for longer than `age`."""
    return [row[0] for row in driver(session).execute(_STUCK, (session.tenant_id, now() - age))]


def known_digests(session: TenantSession, provider: str, digests: Collection[str]) -> set[str]:
    """Those that are events already."""
    return {row[0] for row in driver(session).execute(_KNOWN, (session.tenant_id, provider, list(digests)))}


def lock_orders(session: TenantSession, provider: str, codes: Collection[str]) -> dict[str, Order]:
    """Orders by code, locked."""
    rows = driver(session).execute(_ORDERS, (session.tenant_id, provider, list(codes)))
    return {row[0]: Order(*row[1:]) for row in rows}


def write_booked(session: TenantSession, rows: Sequence[Booked]) -> None:
    """They leave the inbox, become events, and their orders are paid: one statement."""
    told = msgspec.json.encode(rows).decode()
    psycopg.RawCursor(driver(session)).execute(_BOOKED, [told, session.tenant_id, now()])


def drop(session: TenantSession, ids: Collection[UUID]) -> None:
    """They leave the inbox: their events stand."""
    driver(session).execute(_DROP, (session.tenant_id, list(ids)))


def note_failure(session: TenantSession, row_id: UUID) -> None:
    """It could not be booked now; it stays."""
    driver(session).execute(_FAILED, (now(), session.tenant_id, row_id))


def _place(session: TenantSession, provider: str) -> str:
    return f"{session.tenant_id}|{provider}"
