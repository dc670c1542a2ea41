"""Statements of invoices: numbers, set-based writing, locks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
# A line says by numbers whose it is and on which account: texts and ids for each of them would be most of the statement.
_LINES = """
INSERT INTO ledger_line (tenant_id, booked_on, transaction_id, seq, account, amount, subject_id)
SELECT $1, $2, ($3::uuid[])[l.owner], l.seq, ($9::text[])[l.account], l.amount,
  CASE WHEN l.account = 1 THEN ($4::uuid[])[l.owner] END
FROM unnest($5::int[], $6::int[], $7::int[], $8::bigint[]) l (owner, seq, account, amount)
"""
# Arrays side by side: reading one JSON of whole rows took twice as long as inserting them. What is JSON itself comes as one text.
_INVOICES = """
INSERT INTO invoice (tenant_id, year, issued_on, issued_at, id, transaction_id, unit_id, serial, total, due_on, next_due_on,
  next_fee_on, series, subject_kind, subject_id, payer_index, payer_name, payer_phone, payer_email, link_hash, lines,
  late_fee_rule, settled_at)
SELECT $1, $2, $3, $4, i.id, i.transaction_id, i.unit_id, i.serial, i.total, i.due_on, i.due_on, i.next_fee_on, i.series,
  i.subject_kind, i.subject_id, i.payer_index, i.payer_name, i.payer_phone, i.payer_email, i.link_hash, i.lines,
  NULLIF(i.late_fee_rule, 'null'), CASE WHEN i.total = 0 THEN $4::timestamptz END
FROM ROWS FROM (
  unnest($5::uuid[]), unnest($6::uuid[]), unnest($7::uuid[]), unnest($8::int[]), unnest($9::bigint[]), unnest($10::date[]),
  unnest($11::date[]), unnest($12::text[]), unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]),
  unnest($17::text[]), unnest($18::text[]), unnest($19::text[]), jsonb_array_elements($20::jsonb),
  jsonb_array_elements($21::jsonb)
) i (id, transaction_id, unit_id, serial, total, due_on, next_fee_on, series, subject_kind, subject_id, payer_index, payer_name,
  payer_phone, payer_email, link_hash, lines, late_fee_rule)
"""


class NewInvoice(msgspec.Struct, gc=False):
    """A row that is about to be written; lines, late_fee_rule: whatever becomes their JSON."""

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


@dataclass(frozen=True, slots=True)
class Bookings:
    """What invoices add to the ledger. accounts: their names, the first one is what is owed.

    lines: for each invoice, (place of the account from 1, rupiah), debit positive, adding up to zero; none where nothing is owed.
    """

    pattern: Transaction
    accounts: list[str]
    lines: list[list[tuple[int, int]]]


def take_numbers(session: TenantSession, series: str, year: int, count: int) -> int:
    """Take `count` numbers; the last one of them. The series' row stays locked until the transaction ends."""
    session.flush()
    row = driver(session).execute(_NUMBERS, (session.tenant_id, new_id(), series, year, count)).fetchone()
    assert row is not None  # noqa: S101 - the statement always answers one row
    return int(row[0])


@contextmanager
def written_ahead(session: TenantSession) -> Iterator[None]:
    """The database works on what was sent while the caller prepares the next; what it refuses is raised by its end."""
    with driver(session).pipeline():
        yield


def add_invoices(session: TenantSession, rows: Sequence[NewInvoice], bookings: Bookings, day: date) -> None:
    """Write invoices, one transaction each (as the pattern, with ids and references of their own), and their lines."""
    cursor = psycopg.RawCursor(driver(session))
    tenant, like = session.tenant_id, bookings.pattern
    booked = [(row, lines) for row, lines in zip(rows, bookings.lines, strict=True) if lines]
    if booked:
        ids = _array(row.transaction_id.hex for row, _lines in booked)
        counts = _array(str(len(lines)) for _row, lines in booked)
        references = _array(f"{row.series}-{day.year}-{row.serial:06d}" for row, _lines in booked)
        head = [tenant, like.act, like.booked_on, like.at, like.recorded_at, like.actor_kind, like.actor]
        cursor.execute(_TRANSACTIONS, [*head, ids, counts, references])
        subjects = _array(row.id.hex for row, _lines in booked)
        columns = _line_columns([lines for _row, lines in booked])
        cursor.execute(_LINES, [tenant, like.booked_on, ids, subjects, *columns, bookings.accounts])
    cursor.execute(_INVOICES, [tenant, day.year, day, now(), *_columns(rows)])


def _columns(rows: Sequence[NewInvoice]) -> list[str]:
    """Columns of all rows, in the order of the statement."""
    ids: list[list[UUID | None]] = [
        [row.id for row in rows],
        [row.transaction_id for row in rows],
        [row.unit_id for row in rows],
    ]
    numbers: list[list[int]] = [[row.serial for row in rows], [row.total for row in rows]]
    days: list[list[date | None]] = [[row.due_on for row in rows], [row.next_fee_on for row in rows]]
    texts: list[list[str | None]] = [
        [row.series for row in rows], [row.subject_kind for row in rows], [row.subject_id for row in rows],
        [row.payer_index for row in rows], [row.payer_name for row in rows], [row.payer_phone for row in rows],
        [row.payer_email for row in rows], [row.link_hash for row in rows],
    ]  # fmt: skip
    data: list[list[Any]] = [[row.lines for row in rows], [row.late_fee_rule for row in rows]]
    return [
        *(_array(value.hex if value else "NULL" for value in column) for column in ids),
        *(_array(map(str, column)) for column in numbers),
        *(_array(value.isoformat() if value else "NULL" for value in column) for column in days),
        *(_array("NULL" if value is None else _quoted(value) for value in column) for column in texts),
        *(msgspec.json.encode(column).decode() for column in data),
    ]


def _quoted(text: str) -> str:
    """A text as an element of an array, whatever stands in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"') if "\\" in text or '"' in text else text
    return f'"{escaped}"'


def _line_columns(booked: Sequence[Sequence[tuple[int, int]]]) -> list[str]:
    """Columns of all lines: place of the transaction (from 1), number of the line in it, place of the account, rupiah."""
    numbers = [str(n) for n in range(1, 1 + max(len(booked), *map(len, booked)))]
    lines = [
        (numbers[n], numbers[seq], str(account), str(amount))
        for n, lines in enumerate(booked)
        for seq, (account, amount) in enumerate(lines)
    ]
    return [_array(column) for column in zip(*lines, strict=True)]


def _array(values: Iterable[str]) -> str:
    """An array as the database reads it; its elements are written as they must be, with quotes where they need them."""
    return "{" + ",".join(values) + "}"


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
