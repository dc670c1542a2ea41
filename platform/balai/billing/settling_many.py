"""Money for many invoices at once, each over exactly what it owes: the ordinary case, at a tenth of what `settle` costs.

Everything else (a part, too much, a cancelled invoice, instalments, a reference that is known) is left to `settle`, which
decides; this module only does in one statement what `settle` would have done for each.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from balai import audit
from balai.billing import accounts, ledger
from balai.billing.days import AHEAD
from balai.billing.drafts import MOST_RUPIAH
from balai.billing.queries import settling as queries
from balai.billing.settling import MOST_WORD, OWED
from balai.clock import now
from balai.db import TenantSession, announce, new_id


@dataclass(frozen=True, slots=True)
class Sum:
    """Money that came in for an invoice: whole rupiah, the payer's number for it, when."""

    invoice_id: UUID
    amount: int
    reference: str
    paid_at: datetime


def hold_all(session: TenantSession, method: str, references: Collection[str], invoices: Collection[UUID]) -> None:
    """Take every lock that booking these will need, in the ledger's order: whoever then books one by one can't deadlock."""
    ledger.books(session)
    queries.begin_payments(session, method, references)
    queries.hold_invoices(session, invoices)


def settle_in_full(session: TenantSession, sums: Sequence[Sum], *, method: str, account: str) -> dict[str, UUID]:
    """Book those that pay a whole invoice, once, and were never told before: reference -> payment. The others are untouched.

    Announces `invoice_settled` for each, in the same transaction.
    """
    ledger.books(session)
    references = [s.reference for s in sums]
    queries.begin_payments(session, method, references)
    known = queries.known_references(session, method, references)
    open_now = queries.hold_invoices(session, {s.invoice_id for s in sums})
    often = Counter(references) + Counter(s.invoice_id for s in sums)
    plain = [
        s for s in sums
        if s.reference not in known and often[s.reference] == often[s.invoice_id] == 1
        and _is_whole(s, open_now.get(s.invoice_id))
    ]  # fmt: skip
    if not plain:
        return {}
    accounts.ensure(session, {account, OWED})
    rows = [_settled(session, s, open_now[s.invoice_id]) for s in plain]
    who = audit.current_actor()
    queries.settle_all(session, rows, method=method, account=account, owed=OWED, actor=(who.kind, who.name))
    for row in rows:
        announce(session, "invoice_settled", row.invoice)
    return {row.reference: row.payment for row in rows}


def _is_whole(told: Sum, invoice: queries.OpenInvoice | None) -> bool:
    return (
        invoice is not None
        and invoice.plain
        and 0 < told.amount == invoice.outstanding <= MOST_RUPIAH
        and 0 < len(told.reference.strip()) <= len(told.reference) <= MOST_WORD
        and told.paid_at <= now() + AHEAD
    )


def _settled(session: TenantSession, told: Sum, invoice: queries.OpenInvoice) -> queries.Settled:
    # Not before the invoice itself, or the books of that day would show less than nothing owed.
    at = max(told.paid_at, invoice.issued_at)
    return queries.Settled(
        new_id(), new_id(), new_id(), told.invoice_id, told.amount, ledger.booking_day(session, at), at, told.paid_at,
        told.reference,
    )  # fmt: skip
