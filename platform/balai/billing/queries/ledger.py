"""Statements of the ledger: accounts, transactions with their lines, the lock on the books."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from balai.billing.models import Transaction
from balai.clock import now
from balai.db import TenantSession, driver, new_id

# The trigger on ledger_line takes the same one.
BOOKS: Final = 7226515
REFERENCE: Final = 7226516
_KNOWN = "SELECT key FROM ledger_account WHERE tenant_id = %s AND key = ANY(%s)"
_ADD = (
    "INSERT INTO ledger_account (tenant_id, id, key, label, kind, created_at) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (tenant_id, key) DO NOTHING"
)
_TRANSACTION = """
WITH t AS (
  INSERT INTO ledger_transaction (tenant_id, id, act, booked_on, at, recorded_at, lines, reason, reference, reverses, actor_kind,
    actor)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))
INSERT INTO ledger_line (tenant_id, transaction_id, seq, account, amount, subject_id, booked_on)
SELECT $1, $2, l.seq, l.account, l.amount, l.subject, $4
FROM unnest($13::text[], $14::bigint[], $15::uuid[]) WITH ORDINALITY l (account, amount, subject, seq)
"""
_LINES = "SELECT account, amount, subject_id FROM ledger_line WHERE tenant_id = %s AND transaction_id = %s ORDER BY seq"
_REVERSED = "SELECT EXISTS (SELECT FROM ledger_transaction WHERE tenant_id = %s AND reverses = %s)"
# Two statements, so that the second one sees what was committed while the first one waited.
_OPEN = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
_SHUT = "SELECT pg_advisory_xact_lock(%s, %s)"
_THROUGH = "SELECT max(through) FROM ledger_closing WHERE tenant_id = %s"
_CLAIM = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
_HELD = "balai.billing.books"


class LineRow(NamedTuple):
    """One line: account, rupiah (debit positive), what it is about."""

    account: str
    amount: int
    subject_id: UUID | None


def known_accounts(session: TenantSession, keys: Collection[str]) -> set[str]:
    """Those of `keys` that are accounts here."""
    return {row[0] for row in driver(session).execute(_KNOWN, (session.tenant_id, list(keys)))}


def add_accounts(session: TenantSession, rows: Sequence[tuple[str, str, str]]) -> None:
    """Open accounts (key, label, kind) that aren't there yet."""
    for key, label, kind in rows:
        driver(session).execute(_ADD, (session.tenant_id, new_id(), key, label, kind, now()))


def add_transaction(session: TenantSession, made: Transaction, lines: Sequence[tuple[str, int, UUID | None]]) -> None:
    """Write a transaction and its lines as one statement. Errors are psycopg's."""
    session.flush()
    accounts, amounts, subjects = zip(*lines, strict=True)
    values: list[Any] = [
        session.tenant_id, made.id, made.act, made.booked_on, made.at, made.recorded_at, made.lines, made.reason,
        made.reference, made.reverses, made.actor_kind, made.actor, list(accounts), list(amounts), list(subjects),
    ]  # fmt: skip
    psycopg.RawCursor(driver(session)).execute(_TRANSACTION, values)


def lines_of(session: TenantSession, transaction_id: UUID) -> list[LineRow]:
    """The lines of a transaction, in their order; none when there is no such transaction."""
    return [LineRow(*row) for row in driver(session).execute(_LINES, (session.tenant_id, transaction_id))]


def is_reversed(session: TenantSession, transaction_id: UUID) -> bool:
    """Whether some transaction takes that one back."""
    row = driver(session).execute(_REVERSED, (session.tenant_id, transaction_id)).fetchone()
    return bool(row and row[0])


def open_books(session: TenantSession) -> date | None:
    """Hold the books open until this transaction ends; the last closed day. The second time in a transaction costs nothing."""
    here = session.get_transaction()
    held: tuple[Any, date | None] | None = session.info.get(_HELD)
    if held is None or here is None or held[0] is not here:
        found = _books(session, _OPEN)
        held = session.info[_HELD] = (session.get_transaction(), found)
    return held[1]


def shut_books(session: TenantSession) -> date | None:
    """Wait for whoever is posting and hold the books alone; the last closed day."""
    return _books(session, _SHUT)


def _books(session: TenantSession, lock: str) -> date | None:
    connection = driver(session)
    connection.execute(lock, (BOOKS, session.tenant_id))
    row = connection.execute(_THROUGH, (session.tenant_id,)).fetchone()
    found: date | None = row[0] if row else None
    return found


def begin_payment(session: TenantSession, method: str, reference: str) -> None:
    """Let nobody else book the same reference until this transaction ends."""
    driver(session).execute(_CLAIM, (REFERENCE, f"{session.tenant_id}|{method}|{reference}"))
