"""Reading invoices: find one, say how it stands, explain line by line how its sum came about."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.billing.drafts import Payer
from balai.billing.issuing import hash_secret, index_of, link_secret
from balai.billing.models import Allocation, InstalmentPlan, Invoice, InvoiceEntry, Payment
from balai.db import TenantSession
from balai.errors import NotFound

Status = Literal["open", "part_paid", "paid", "overdue", "cancelled"]
_NUMBER: Final = re.compile(r"([A-Z][A-Z0-9]{0,11})[\s./-]*(20\d\d)[\s./-]*0*(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an invoice's history, oldest first: what changed its sum, and how it stood afterwards (whole rupiah).

    kind: billed | late_fee | credit | cancel | instalments | paid | taken_back; amount: signed, as it changed what is owed; data:
    how it was worked out; payment: for paid and taken_back.
    """

    at: datetime
    kind: str
    amount: int
    rest: int
    reason: str
    data: dict[str, Any]
    payment: Payment | None = None


def status_of(invoice: Invoice, today: date) -> Status:
    """How it stands on the region's day `today`; overdue counts before part-paid."""
    if invoice.cancelled_at is not None:
        return "cancelled"
    if invoice.rest == 0:
        return "paid"
    if invoice.next_due_on < today:
        return "overdue"
    return "part_paid" if invoice.applied else "open"


def find_invoice(session: TenantSession, invoice_id: UUID) -> Invoice:
    """The invoice; NotFound when there is none here."""
    found = session.get(Invoice, (session.tenant_id, invoice_id))
    if found is None:
        raise NotFound
    return found


def by_number(session: TenantSession, text: str) -> Invoice | None:
    """The invoice of a number however it was typed (`air 2026 123`); None when there is none."""
    parts = _NUMBER.fullmatch(text.strip().upper())
    if parts is None or len(text) > 60:  # noqa: PLR2004 - no number is that long
        return None
    query = select(Invoice).where(
        Invoice.series == parts[1], Invoice.year == int(parts[2]), Invoice.serial == int(parts[3])
    )
    return session.scalars(query).first()


def of_subject(session: TenantSession, kind: str, subject_id: str) -> Sequence[Invoice]:
    """Invoices of whatever they were issued for, newest first."""
    query = select(Invoice).where(Invoice.subject_kind == kind, Invoice.subject_id == subject_id)
    return session.scalars(query.order_by(Invoice.id.desc())).all()


def of_payer(
    session: TenantSession, sub: str, *, before: UUID | None = None, limit: int = 100, only_open: bool = False
) -> Sequence[Invoice]:
    """Invoices of an account over every plugin, newest first."""
    query = select(Invoice).where(Invoice.payer_index == index_of(session, sub))
    if only_open:
        query = query.where(Invoice.state == "open")
    if before:
        query = query.where(Invoice.id < before)
    return session.scalars(query.order_by(Invoice.id.desc()).limit(limit)).all()


def payer_of(session: TenantSession, invoice: Invoice) -> Payer:
    """Who owes, opened. Whoever shows it to staff masks what they need not see."""
    name, phone, email = (keys.reveal(session, invoice, f"payer_{part}") for part in ("name", "phone", "email"))
    return Payer(name or "", phone, email, index=invoice.payer_index)


def public_path(session: TenantSession, invoice: Invoice) -> str:
    """Path with the secret that opens the invoice to whoever holds it: for messages and paper only."""
    return f"/tagihan/{invoice.number}?kunci={link_secret(session, invoice.id)}"


def opens(invoice: Invoice, secret: str | None) -> bool:
    """Whether this is the invoice's link secret."""
    return bool(secret) and hmac.compare_digest(hash_secret(secret or ""), invoice.link_hash)


def history(session: TenantSession, invoice: Invoice) -> list[Happened]:
    """Everything that made the sum what it is, oldest first; the last line's `rest` is what is owed now."""
    found: list[tuple[datetime, UUID, str, int, str, dict[str, Any], Payment | None]] = [
        (invoice.issued_at, invoice.id, "billed", invoice.total, "", {}, None)
    ]
    for entry in session.scalars(select(InvoiceEntry).where(InvoiceEntry.invoice_id == invoice.id)):
        amount = {"late_fee": entry.amount, "instalments": 0}.get(entry.kind, -entry.amount)
        found.append((entry.at, entry.id, entry.kind, amount, entry.reason, entry.data, None))
    query = (
        select(Allocation, Payment)
        .join(Payment, (Payment.tenant_id == Allocation.tenant_id) & (Payment.id == Allocation.payment_id))
        .where(Allocation.invoice_id == invoice.id)
    )
    for row, payment in session.execute(query):
        kind = "paid" if row.amount > 0 else "taken_back"
        found.append((row.at, row.id, kind, -row.amount, "", {}, payment))
    lines, rest = [], 0
    for at, _id, kind, amount, reason, data, paid in sorted(found, key=lambda f: (f[0], f[1])):
        rest += amount
        lines.append(Happened(at, kind, amount, rest, reason, data, paid))
    return lines


def waiting_plan(session: TenantSession, invoice_id: UUID) -> InstalmentPlan | None:
    """Parts that were asked for and wait for an answer."""
    query = select(InstalmentPlan).where(InstalmentPlan.invoice_id == invoice_id, InstalmentPlan.state == "asked")
    return session.scalars(query).first()
