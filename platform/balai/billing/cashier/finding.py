"""What a cashier types -> invoices: a number in any spelling, the number of an order, the code it was issued for, or a name.

Names are encrypted, so they are looked for among the newest open invoices only, one after the other (NEWEST of them).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai.billing.bank.matching import likeness
from balai.billing.invoices import by_number
from balai.billing.models import Invoice
from balai.billing.payments.models import PaymentOrderRow
from balai.billing.subjects import guarded, name_for_staff
from balai.db import TenantSession

NEWEST: Final = 3_000
MOST: Final = 20
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """An invoice with its payer's name, as a page shows it."""

    invoice: Invoice
    name: str


def find(session: TenantSession, typed: str) -> list[Hit]:
    """At most MOST invoices, best first; exact hits alone when there are any."""
    text = " ".join(typed.split())[:_LONGEST]
    if len(text) < 3 or "\x00" in text:  # noqa: PLR2004 - less would mean everybody
        return []
    exact = _numbered(session, text) or _by_order(session, text) or _by_subject(session, text)
    return [hit(session, invoice) for invoice in exact[:MOST]] if exact else _by_name(session, text)


def hit(session: TenantSession, invoice: Invoice) -> Hit:
    """With the payer's name."""
    return Hit(invoice, name_for_staff(session, invoice))


def chosen(session: TenantSession, ids: Iterable[str]) -> list[Hit]:
    """The invoices of these ids (texts from an address), in their order; unknown ones are left out."""
    wanted = []
    for text in ids:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    found = {i.id: i for i in session.scalars(select(Invoice).where(Invoice.id.in_(wanted[:MOST])))}
    return [hit(session, found[i]) for i in dict.fromkeys(wanted) if i in found]


def _numbered(session: TenantSession, text: str) -> list[Invoice]:
    found = by_number(session, text)
    return [found] if found is not None else []


def _by_order(session: TenantSession, text: str) -> list[Invoice]:
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) >= 12):  # noqa: PLR2004 - the length of an order's code
        return []
    query = (
        select(Invoice)
        .join(
            PaymentOrderRow,
            (PaymentOrderRow.invoice_id == Invoice.id) & (PaymentOrderRow.tenant_id == Invoice.tenant_id),
        )
        .where((PaymentOrderRow.code == digits) | ((PaymentOrderRow.number == digits) & (PaymentOrderRow.number != "")))
    )
    return list(session.scalars(query.limit(1)))


def _by_subject(session: TenantSession, text: str) -> list[Invoice]:
    """Issued for a connection or an application: its open invoices, oldest first."""
    query = select(Invoice).where(Invoice.subject_id == text, Invoice.state == "open")
    return list(session.scalars(query.order_by(Invoice.id).limit(MOST)))


def _by_name(session: TenantSession, text: str) -> list[Hit]:
    query = select(Invoice).where(Invoice.state == "open", Invoice.payer_name.is_not(None))
    rows, hits = session.scalars(query.order_by(Invoice.id.desc()).limit(NEWEST)).all(), []
    hidden = guarded(session, rows)
    for invoice in rows:
        if invoice.id in hidden:
            continue  # whoever types a name must not learn that there is a bill
        found = Hit(invoice, name_for_staff(session, invoice, hidden=False))
        score = likeness(text, found.name)
        if score >= 0.5:  # noqa: PLR2004 - half of what was typed
            hits.append((-score, invoice.next_due_on, found))
    hits.sort(key=lambda h: h[:2])
    return [found for _score, _due, found in hits[:MOST]]
