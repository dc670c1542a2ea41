"""Statements of invoices: numbers, set-based writing, locks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import select

from balai.billing.models import Invoice, Payment, Refund, Transaction
from balai.clock import now
from balai.db import TenantSession, driver, new_id

_NUMBERS = """
INSERT INTO invoice_series AS s (tenant_id, id, series, year, last) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, series, year) DO UPDATE SET last = s.last + excluded.last RETURNING last
"""
_TRANSACTIONS = """
INSERT INTO ledger_transaction (tenant_id, id, act, booked_on, at, recorded_at, lines, reason, reference, actor_kind, actor)
SELECT $1, t.id, $2, $3, $4, $5, t.lines, '', t.reference, $6, $7
FROM unnest($8::uuid[], $9::int[], $10::text[]) t (id, lines, reference)
"""
_LINES = """
INSERT INTO ledger_line (tenant_id, booked_on, transaction_id, seq, account, amount, subject_id)
SELECT $1, $2, l.id, l.seq, ($8::text[])[l.account], l.amount, l.subject
FROM unnest($3::uuid[], $4::int[], $5::int[], $6::bigint[], $7::uuid[]) l (id, seq, account, amount, subject)
"""
# One JSON text: an array of texts that are JSON themselves would be escaped quote by quote.
_INVOICES = """
INSERT INTO invoice (tenant_id, series, year, issued_on, issued_at, id, serial, subject_kind, subject_id, payer_index, payer_name,
  payer_phone, payer_email, lines, total, due_on, next_due_on, late_fee_rule, next_fee_on, unit_id, transaction_id, link_hash,
  settled_at)
SELECT $1, i.series, $2, $3, $4, i.id, i.serial, i.subject_kind, i.subject_id, i.payer_index, i.payer_name, i.payer_phone,
  i.payer_email, i.lines, i.total, i.due_on, i.due_on, i.late_fee_rule, i.next_fee_on, i.unit_id, i.transaction_id, i.link_hash,
  CASE WHEN i.total = 0 THEN $4::timestamptz END
FROM json_to_recordset($5::json) i (series text, id uuid, serial int, subject_kind text, subject_id text, payer_index text,
  payer_name text, payer_phone text, payer_email text, lines jsonb, total bigint, due_on date, late_fee_rule jsonb,
  next_fee_on date, unit_id uuid, transaction_id uuid, link_hash text)
"""


@dataclass(slots=True)
class NewInvoice:
    """A row that is about to be written; booking: its lines in the ledger (account, amount, subject)."""

    id: UUID
    series: str
    serial: int
    subject_kind: str
    subject_id: str
    payer_index: str | None
    payer_name: str | None
    payer_phone: str | None
    payer_email: str | None
    lines: Any
    total: int
    due_on: date
    late_fee_rule: Any
    next_fee_on: date | None
    unit_id: UUID | None
    transaction_id: UUID
    link_hash: str
    booking: list[tuple[str, int, UUID | None]]


def take_numbers(session: TenantSession, series: str, year: int, count: int) -> int:
    """Take `count` numbers; the last one of them. The series' row stays locked until the transaction ends."""
    session.flush()
    row = driver(session).execute(_NUMBERS, (session.tenant_id, new_id(), series, year, count)).fetchone()
    assert row is not None  # noqa: S101 - the statement always answers one row
    return int(row[0])


def add_invoices(session: TenantSession, rows: Sequence[NewInvoice], pattern: Transaction, day: date) -> None:
    """Write invoices, one transaction each (as `pattern`, with their own ids and references), and their lines."""
    cursor = psycopg.RawCursor(driver(session))
    tenant, moment = session.tenant_id, now()
    booked = [row for row in rows if row.booking]
    if booked:
        references = [f"{row.series}-{day.year}-{row.serial:06d}" for row in booked]
        head = [
            tenant,
            pattern.act,
            pattern.booked_on,
            pattern.at,
            pattern.recorded_at,
            pattern.actor_kind,
            pattern.actor,
        ]
        cursor.execute(
            _TRANSACTIONS, [*head, [r.transaction_id for r in booked], [len(r.booking) for r in booked], references]
        )
        names = sorted({account for row in booked for account, _amount, _subject in row.booking})
        cursor.execute(_LINES, [tenant, pattern.booked_on, *_line_columns(booked, names), names])
    cursor.execute(_INVOICES, [tenant, day.year, day, moment, msgspec.json.encode(rows).decode()])


def _line_columns(rows: Iterable[NewInvoice], names: list[str]) -> list[list[Any]]:
    """Columns of all lines; an account is its place in `names` (from 1): few names, and texts are slow to quote."""
    place = {name: n for n, name in enumerate(names, start=1)}
    lines = [
        (row.transaction_id, seq, place[account], amount, subject)
        for row in rows
        for seq, (account, amount, subject) in enumerate(row.booking, start=1)
    ]
    return [list(column) for column in zip(*lines, strict=True)]


def lock_invoices(session: TenantSession, ids: Iterable[UUID]) -> dict[UUID, Invoice]:
    """Invoices by id, locked in the order of their ids and read as they are now."""
    query = select(Invoice).where(Invoice.id.in_(set(ids))).order_by(Invoice.id).with_for_update()
    return {row.id: row for row in session.scalars(query, execution_options={"populate_existing": True})}


def lock_payments(session: TenantSession, ids: Iterable[UUID]) -> dict[UUID, Payment]:
    """Payments by id, locked in the order of their ids and read as they are now."""
    query = select(Payment).where(Payment.id.in_(set(ids))).order_by(Payment.id).with_for_update()
    return {row.id: row for row in session.scalars(query, execution_options={"populate_existing": True})}


def lock_refund(session: TenantSession, refund_id: UUID) -> Refund | None:
    """A refund, locked and read as it is now."""
    query = select(Refund).where(Refund.id == refund_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).first()
