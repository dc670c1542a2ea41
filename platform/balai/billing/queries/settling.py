"""Statements that settle many invoices at once: money over exactly what each of them owes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import psycopg

from balai.billing.queries.ledger import REFERENCE
from balai.clock import now
from balai.db import TenantSession, driver

# Sorted, so that two who take several can't wait for each other; the lock is the one of `begin_payment`.
_CLAIM = (
    "SELECT pg_advisory_xact_lock(%s, k) FROM (SELECT DISTINCT hashtext(r) AS k FROM unnest(%s::text[]) r ORDER BY k) x"
)
_HOLD = (
    "SELECT id, outstanding, issued_at, parts IS NULL AND cancelled_at IS NULL FROM invoice"
    " WHERE tenant_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE"
)
_KNOWN = "SELECT reference FROM payment WHERE tenant_id = %s AND method = %s AND reference = ANY(%s)"
_SETTLE = """
WITH r AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) x (transaction uuid, payment uuid, allocation uuid, invoice uuid, amount bigint,
    day date, at timestamptz, paid_at timestamptz, reference text)),
t AS (
  INSERT INTO ledger_transaction (tenant_id, id, act, booked_on, at, recorded_at, lines, reason, reference, actor_kind, actor)
  SELECT $2, r.transaction, 'payment', r.day, r.at, $3, 2, '', r.reference, $4, $5 FROM r),
p AS (
  INSERT INTO payment (tenant_id, id, method, reference, invoice_id, amount, applied, held, unmatched, refunded, reversed,
    account, paid_at, received_at, transaction_id, actor_kind, actor)
  SELECT $2, r.payment, $6, r.reference, r.invoice, r.amount, r.amount, 0, 0, 0, 0, $7, r.paid_at, $3, r.transaction,
    $4, $5 FROM r),
a AS (
  INSERT INTO payment_allocation (tenant_id, id, payment_id, invoice_id, amount, at, transaction_id)
  SELECT $2, r.allocation, r.payment, r.invoice, r.amount, $3, r.transaction FROM r),
i AS (
  UPDATE invoice SET applied = applied + r.amount, settled_at = $3, next_due_on = due_on FROM r
  WHERE invoice.tenant_id = $2 AND invoice.id = r.invoice)
INSERT INTO ledger_line (tenant_id, transaction_id, seq, account, amount, subject_id, booked_on)
SELECT $2, r.transaction, l.seq, l.account, l.sign * r.amount, CASE WHEN l.seq = 2 THEN r.invoice END, r.day
FROM r CROSS JOIN (VALUES (1, $7::text, 1), (2, $8::text, -1)) l (seq, account, sign)
"""


class OpenInvoice(NamedTuple):
    """A locked invoice; plain: neither cancelled nor paid in parts."""

    id: UUID
    outstanding: int
    issued_at: datetime
    plain: bool


@dataclass(slots=True)
class Settled:
    """One invoice that a payment settles, with the ids of everything that is written for it; at, day: as booked."""

    transaction: UUID
    payment: UUID
    allocation: UUID
    invoice: UUID
    amount: int
    day: date
    at: datetime
    paid_at: datetime
    reference: str


def begin_payments(session: TenantSession, method: str, references: Collection[str]) -> None:
    """Let nobody else book any of these references until this transaction ends."""
    keys = [f"{session.tenant_id}|{method}|{reference}" for reference in references]
    driver(session).execute(_CLAIM, (REFERENCE, keys))


def hold_invoices(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, OpenInvoice]:
    """Lock invoices in the order of their ids; what they are now."""
    session.flush()
    rows = driver(session).execute(_HOLD, (session.tenant_id, list(ids)))
    return {row[0]: OpenInvoice(*row) for row in rows}


def known_references(session: TenantSession, method: str, references: Collection[str]) -> set[str]:
    """Those that are booked already."""
    return {row[0] for row in driver(session).execute(_KNOWN, (session.tenant_id, method, list(references)))}


def settle_all(
    session: TenantSession, rows: Sequence[Settled], *, method: str, account: str, owed: str, actor: tuple[str, str | None]
) -> None:  # fmt: skip
    """Payments, their transactions, lines and allocations, and the invoices' sums: one statement, all or nothing."""
    told = msgspec.json.encode(rows).decode()
    values = [told, session.tenant_id, now(), *actor, method, account, owed]
    psycopg.RawCursor(driver(session)).execute(_SETTLE, values)
