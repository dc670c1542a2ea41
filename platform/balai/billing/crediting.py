"""Take something off an invoice, or cancel it: new entries, never an edit. Money that was paid for it stays the payer's."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.billing import ledger, queries
from balai.billing.instalments import next_due
from balai.billing.late_fees import FEE
from balai.billing.ledger import Line
from balai.billing.models import Allocation, Invoice, InvoiceEntry, Payment
from balai.billing.settling import HELD, OWED, unapply
from balai.clock import now
from balai.db import TenantSession, announce
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

DISCOUNT: Final = "potongan"


def credit(
    session: TenantSession, invoice_id: UUID, amount: int, *, reason: str, decree: str = "", account: str = DISCOUNT
) -> Invoice:
    """Take `amount` rupiah off an invoice; what was paid beyond the rest is held for the payer.

    decree: the decision that allows it; account: "potongan" for relief, the income's own for a correction. When nothing is left,
    `invoice_settled` is told. Raises NotFound, Conflict (cancelled), Invalid.
    """
    invoice = _locked(session, invoice_id, reason)
    net = invoice.total + invoice.fees - invoice.credited
    if type(amount) is not int or not 0 < amount <= net:
        raise Invalid.field("amount", _("Potongan paling sedikit satu rupiah, paling banyak sebesar tagihannya."))
    was_open = invoice.rest > 0
    excess = max(0, invoice.applied - (net - amount))
    taken = _take_back(session, invoice, excess)
    lines = [Line(account, amount), Line(OWED, -amount, invoice.id), *_to_hold(invoice, taken)]
    made = ledger.post(session, "credit", lines, at=now(), reason=reason, reference=invoice.number)
    _release(session, invoice, taken, made.id)
    invoice.credited += amount
    invoice.next_due_on = next_due(invoice)
    data = {"account": account, "decree": decree.strip()[:200]}
    _note(session, invoice, "credit", amount, reason, data, made.id)
    audit.record(session, "billing.credited", subject_kind="invoice", subject_id=invoice.id,
                 data={"amount": amount, "reason": reason, "decree": decree})  # fmt: skip
    if was_open and invoice.rest == 0:
        invoice.settled_at = now()
        announce(session, "invoice_settled", invoice.id)
    session.flush()
    return invoice


def cancel(session: TenantSession, invoice_id: UUID, *, reason: str) -> Invoice:
    """Cancel an invoice: what was booked for it is taken back, what was paid is held for the payer (`refund`, `assign`).

    Raises NotFound, Conflict (cancelled before), Invalid (no reason).
    """
    invoice = _locked(session, invoice_id, reason)
    taken = _take_back(session, invoice, invoice.applied)
    lines = [Line(line["account"], line["amount"]) for line in invoice.lines]
    lines += [Line(FEE, invoice.fees), Line(OWED, invoice.credited - invoice.total - invoice.fees, invoice.id)]
    credits_ = select(InvoiceEntry).where(InvoiceEntry.invoice_id == invoice.id, InvoiceEntry.kind == "credit")
    lines += [Line(entry.data["account"], -entry.amount) for entry in session.scalars(credits_)]
    lines += _to_hold(invoice, taken)
    amount = invoice.total + invoice.fees - invoice.credited
    made_id = None
    if ledger.added_up(lines):
        was_booked = bool(queries.lines_of(session, invoice.transaction_id))
        made = ledger.post(
            session, "invoice_cancelled", lines, at=now(), reason=reason, reference=invoice.number,
            reverses=invoice.transaction_id if was_booked else None,
        )  # fmt: skip
        made_id = made.id
        _release(session, invoice, taken, made.id)
    invoice.credited, invoice.cancelled_at, invoice.settled_at = invoice.total + invoice.fees, now(), None
    invoice.next_fee_on = None
    _note(session, invoice, "cancel", amount, reason, {}, made_id)
    audit.record(session, "billing.cancelled", subject_kind="invoice", subject_id=invoice.id, data={"reason": reason})
    session.flush()
    return invoice


def _locked(session: TenantSession, invoice_id: UUID, reason: str) -> Invoice:
    if not reason.strip():
        raise Invalid.field("reason", _("Tulis alasannya."))
    ledger.books(session)
    invoice = queries.lock_invoices(session, [invoice_id]).get(invoice_id)
    if invoice is None:
        raise NotFound
    if invoice.cancelled_at is not None:
        raise Conflict(_("Tagihan ini sudah dibatalkan."))
    return invoice


def _take_back(session: TenantSession, invoice: Invoice, amount: int) -> list[tuple[Payment, int]]:
    """Payments, newest first, and how much of each leaves the invoice; they are locked."""
    if not amount:
        return []
    sums: dict[UUID, int] = {}
    for row in session.scalars(select(Allocation).where(Allocation.invoice_id == invoice.id)):
        sums[row.payment_id] = sums.get(row.payment_id, 0) + row.amount
    payments = queries.lock_payments(session, [key for key, value in sums.items() if value])
    taken = []
    for key in sorted(payments, reverse=True):
        part = min(amount, sums[key])
        if part:
            taken.append((payments[key], part))
        amount -= part
    return taken


def _to_hold(invoice: Invoice, taken: list[tuple[Payment, int]]) -> list[Line]:
    back = [Line(OWED, part, invoice.id) for _payment, part in taken]
    return back + [Line(HELD, -part, payment.id) for payment, part in taken]


def _release(session: TenantSession, invoice: Invoice, taken: list[tuple[Payment, int]], made_id: UUID) -> None:
    settled = invoice.settled_at
    for payment, part in taken:
        payment.applied -= part
        payment.held += part
        unapply(session, payment, invoice, part, made_id)
    invoice.settled_at = settled


def _note(
    session: TenantSession,
    invoice: Invoice,
    kind: str,
    amount: int,
    reason: str,
    data: dict[str, str],
    made_id: UUID | None,
) -> None:
    who = audit.current_actor()
    session.add(
        InvoiceEntry(
            invoice_id=invoice.id, kind=kind, key="", amount=amount, reason=reason.strip(), data=data, actor_kind=who.kind,
            actor=who.name, transaction_id=made_id,
        )
    )  # fmt: skip
