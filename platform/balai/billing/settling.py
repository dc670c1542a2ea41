"""Money comes in: to an invoice, or before anybody knows what for; and what becomes of it when it was wrong.

However often, late or out of order a payment is told: `(method, reference)` names it once, its invoice's row is locked while sums
change, and each rupiah of it stands in exactly one place: applied, held, unmatched, refunded or reversed.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.billing import ledger, queries
from balai.billing.days import check_moment
from balai.billing.drafts import MOST_RUPIAH
from balai.billing.instalments import next_due
from balai.billing.ledger import Line
from balai.billing.models import Allocation, Invoice, Payment
from balai.clock import now
from balai.db import TenantSession, announce, new_id
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

HELD, UNMATCHED, OWED = "titipan", "belum_dikenali", "piutang"
MOST_WORD: Final = 200


def settle(
    session: TenantSession,
    invoice_id: UUID,
    amount: int,
    *,
    method: str,
    paid_at: datetime,
    reference: str,
    account: str,
) -> Payment:
    """Money for an invoice; in the same transaction, `invoice_settled` when nothing is left to pay.

    amount: whole rupiah received on `account`; less than is owed pays a part, more is held for the payer, and for a cancelled
    invoice it is unmatched. The same method and reference again answers the same payment (`is_new` False) and changes nothing;
    with another amount or invoice it is a Conflict `rujukan-terpakai`. Raises NotFound, Invalid.
    """
    _check(amount, method, reference, paid_at)
    ledger.books(session)
    queries.begin_payment(session, method, reference)
    known = find_payment(session, method, reference)
    if known is not None:
        return _same(known, amount, invoice_id)
    invoice = queries.lock_invoices(session, [invoice_id]).get(invoice_id)
    if invoice is None:
        raise NotFound
    applied = min(amount, invoice.rest)
    loose = amount - applied
    kept = "unmatched" if invoice.cancelled_at else "held"
    payment = _payment(amount, method, paid_at, reference, account)
    payment.invoice_id, payment.applied = invoice.id, applied
    setattr(payment, kept, loose)
    lines = [Line(account, amount), Line(OWED, -applied, invoice.id)]
    lines.append(Line(UNMATCHED if kept == "unmatched" else HELD, -loose, payment.id))
    # Not before the invoice itself, or the books of that day would show less than nothing owed.
    at = max(paid_at, invoice.issued_at)
    made = ledger.post(session, "payment", lines, at=at, reference=reference)
    payment.transaction_id = made.id
    session.add(payment)
    session.flush()
    if applied:
        apply(session, payment, invoice, applied, made.id)
    session.flush()
    return payment


def receive(
    session: TenantSession, amount: int, *, method: str, paid_at: datetime, reference: str, account: str
) -> Payment:
    """Money that nobody knows the purpose of (a line of the bank's file): unmatched until `assign` or `refund`."""
    _check(amount, method, reference, paid_at)
    ledger.books(session)
    queries.begin_payment(session, method, reference)
    known = find_payment(session, method, reference)
    if known is not None:
        return _same(known, amount, None)
    payment = _payment(amount, method, paid_at, reference, account)
    payment.unmatched = amount
    lines = [Line(account, amount), Line(UNMATCHED, -amount, payment.id)]
    payment.transaction_id = ledger.post(session, "payment", lines, at=paid_at, reference=reference).id
    session.add(payment)
    session.flush()
    return payment


def assign(session: TenantSession, payment_id: UUID, invoice_id: UUID, amount: int) -> Payment:
    """Pay an invoice with money of a payment that is unmatched or held; to split it, call this for each invoice.

    Raises NotFound, Invalid when the payment has less to give or the invoice owes less.
    """
    ledger.books(session)
    invoice = queries.lock_invoices(session, [invoice_id]).get(invoice_id)
    payment = queries.lock_payments(session, [payment_id]).get(payment_id)
    if invoice is None or payment is None:
        raise NotFound
    if not 0 < amount <= payment.held + payment.unmatched:
        raise Invalid.field("amount", _("Sisa uang pembayaran ini tidak cukup."))
    if amount > invoice.rest:
        raise Invalid.field("amount", _("Lebih besar dari sisa tagihan."))
    lines = [Line(OWED, -amount, invoice.id), *take_loose(payment, amount)]
    # Before anything is written: a payment's sums agree whenever the session is flushed.
    payment.applied += amount
    made = ledger.post(session, "assignment", lines, at=now(), reference=invoice.number)
    payment.invoice_id = payment.invoice_id or invoice.id
    apply(session, payment, invoice, amount, made.id)
    audit.record(session, "billing.assigned", subject_kind="payment", subject_id=payment.id,
                 data={"invoice": str(invoice.id), "amount": amount})  # fmt: skip
    session.flush()
    return payment


def reverse_payment(session: TenantSession, payment_id: UUID, *, reason: str, at: datetime | None = None) -> Payment:
    """The money never came, came twice in our books, or belongs elsewhere: take it back from wherever it went.

    Its invoices are open again. Once only; Conflict when some of it was given back already.
    """
    if not reason.strip():
        raise Invalid.field("reason", _("Tulis alasannya."))
    ledger.books(session)
    payment = _locked_with_invoices(session, payment_id)
    if payment.reversed:
        raise Conflict(_("Pembayaran ini sudah dibatalkan."))
    if payment.refunded:
        raise Conflict(_("Uang pembayaran ini sudah dikembalikan."))
    where = allocated(session, payment.id)
    lines = [Line(payment.account, -payment.amount), *take_loose(payment, payment.held + payment.unmatched)]
    lines += [Line(OWED, amount, invoice_id) for invoice_id, amount in where.items()]
    payment.applied, payment.reversed = 0, payment.amount
    made = ledger.post(
        session, "payment_reversed", lines, at=at or now(), reason=reason, reverses=payment.transaction_id,
        reference=payment.reference,
    )  # fmt: skip
    invoices = queries.lock_invoices(session, where)
    for invoice_id, amount in where.items():
        unapply(session, payment, invoices[invoice_id], amount, made.id)
    audit.record(session, "billing.payment_reversed", subject_kind="payment", subject_id=payment.id,
                 data={"amount": payment.amount, "reason": reason})  # fmt: skip
    session.flush()
    return payment


def find_payment(session: TenantSession, method: str, reference: str) -> Payment | None:
    """The payment of this method and reference."""
    query = select(Payment).where(Payment.method == method, Payment.reference == reference)
    return session.scalars(query).first()


# --- used by every act that moves money between a payment and an invoice; both rows are locked ---


def apply(session: TenantSession, payment: Payment, invoice: Invoice, amount: int, transaction_id: UUID) -> None:
    """Money of a payment pays an invoice; tells whoever waits when nothing is left."""
    invoice.applied += amount
    _allocate(session, payment, invoice, amount, transaction_id)
    invoice.next_due_on = next_due(invoice)
    if invoice.rest == 0:
        invoice.settled_at = now()
        announce(session, "invoice_settled", invoice.id)


def unapply(session: TenantSession, payment: Payment, invoice: Invoice, amount: int, transaction_id: UUID) -> None:
    """Money of a payment leaves an invoice again."""
    invoice.applied -= amount
    _allocate(session, payment, invoice, -amount, transaction_id)
    if amount:
        invoice.settled_at = None
    invoice.next_due_on = next_due(invoice)


def take_loose(payment: Payment, amount: int) -> list[Line]:
    """Take money out of what is unmatched, then out of what is held: the debit lines for it."""
    unmatched = min(amount, payment.unmatched)
    held = amount - unmatched
    payment.unmatched -= unmatched
    payment.held -= held
    return [Line(UNMATCHED, unmatched, payment.id), Line(HELD, held, payment.id)]


def allocated(session: TenantSession, payment_id: UUID) -> dict[UUID, int]:
    """Invoice id -> rupiah of this payment that it holds now, in the order of ids."""
    sums: dict[UUID, int] = {}
    for row in session.scalars(select(Allocation).where(Allocation.payment_id == payment_id)):
        sums[row.invoice_id] = sums.get(row.invoice_id, 0) + row.amount
    return {key: sums[key] for key in sorted(sums) if sums[key]}


def _locked_with_invoices(session: TenantSession, payment_id: UUID) -> Payment:
    """The payment, locked after the invoices that it paid. Conflict when another act adds one in between."""
    invoices = set(allocated(session, payment_id))
    queries.lock_invoices(session, invoices)
    payment = queries.lock_payments(session, [payment_id]).get(payment_id)
    if payment is None:
        raise NotFound
    if not set(allocated(session, payment_id)) <= invoices:
        raise Conflict(_("Pembayaran ini sedang diubah orang lain. Coba lagi."))
    return payment


def _payment(amount: int, method: str, paid_at: datetime, reference: str, account: str) -> Payment:
    who = audit.current_actor()
    return Payment(
        id=new_id(), method=method, reference=reference, amount=amount, applied=0, held=0, unmatched=0, refunded=0, reversed=0,
        account=account, paid_at=paid_at, received_at=now(), actor_kind=who.kind, actor=who.name,
    )  # fmt: skip


def _allocate(session: TenantSession, payment: Payment, invoice: Invoice, amount: int, transaction_id: UUID) -> None:
    session.add(
        Allocation(payment_id=payment.id, invoice_id=invoice.id, amount=amount, at=now(), transaction_id=transaction_id)
    )


def _check(amount: int, method: str, reference: str, paid_at: datetime) -> None:
    if type(amount) is not int or not 0 < amount <= MOST_RUPIAH:
        raise Invalid.field("amount", _("Jumlah uang harus rupiah bulat, lebih dari nol."))
    for name, value in (("method", method), ("reference", reference)):
        if not value.strip() or len(value) > MOST_WORD:
            raise Invalid.field(name, _("Isi nomor rujukannya, paling panjang 200 huruf."))
    check_moment(paid_at)


def _same(known: Payment, amount: int, invoice_id: UUID | None) -> Payment:
    if known.amount != amount or (invoice_id is not None and known.invoice_id != invoice_id):
        raise Conflict(
            _("Nomor rujukan ini sudah tercatat untuk pembayaran lain."), slug="rujukan-terpakai", payment=str(known.id)
        )
    known.is_new = False
    return known
