"""The ledger line by line, for the finance system's file and for the record of discounts."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from balai.db import TenantSession, driver

_JOURNAL = """
SELECT l.booked_on, l.transaction_id, l.seq, t.act, l.account, a.label, l.amount, t.reference, t.reason, t.at
FROM ledger_line l
JOIN ledger_transaction t ON t.tenant_id = l.tenant_id AND t.id = l.transaction_id
JOIN ledger_account a ON a.tenant_id = l.tenant_id AND a.key = l.account
WHERE l.tenant_id = %(tenant)s AND l.booked_on BETWEEN %(since)s AND %(until)s
ORDER BY l.booked_on, l.transaction_id, l.seq
"""
_DISCOUNTS = """
SELECT l.booked_on, l.transaction_id, t.act, l.amount, t.reference, t.reason, t.actor_kind, t.actor, m.name
FROM ledger_line l
JOIN ledger_transaction t ON t.tenant_id = l.tenant_id AND t.id = l.transaction_id
LEFT JOIN member m ON m.tenant_id = t.tenant_id AND m.sub = t.actor
WHERE l.tenant_id = %(tenant)s AND l.account = 'potongan' AND l.booked_on BETWEEN %(since)s AND %(until)s
ORDER BY l.booked_on DESC, l.transaction_id DESC LIMIT %(most)s
"""
_BATCH = 2000


class JournalRow(NamedTuple):
    """One line of the ledger with its transaction's words; amount: debit positive."""

    booked_on: date
    transaction_id: UUID
    seq: int
    act: str
    account: str
    label: str
    amount: int
    reference: str
    reason: str
    at: datetime


class DiscountRow(NamedTuple):
    """One discount (amount > 0) or one that was taken back (< 0), with who gave it."""

    booked_on: date
    transaction_id: UUID
    act: str
    amount: int
    reference: str
    reason: str
    actor_kind: str
    actor: str | None
    name: str | None


def journal(session: TenantSession, since: date, until: date) -> Iterator[JournalRow]:
    """Lines booked between both days, in the order of the books, fetched bit by bit."""
    session.flush()
    with driver(session).cursor("billing_journal") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(_JOURNAL, {"tenant": session.tenant_id, "since": since, "until": until})
        for row in cursor:
            yield JournalRow(*row)


def discounts(session: TenantSession, since: date, until: date, *, most: int) -> list[DiscountRow]:
    """What went through account "potongan" between both days, newest first."""
    session.flush()
    values = {"tenant": session.tenant_id, "since": since, "until": until, "most": most}
    return [DiscountRow(*row) for row in driver(session).execute(_DISCOUNTS, values)]
