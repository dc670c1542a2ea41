"""Give money back: one person writes down that it is owed to the payer, another one hands it over."""

from datetime import datetime
from uuid import UUID

from balai import audit
from balai.billing import ledger, queries
from balai.billing.days import check_moment
from balai.billing.ledger import Line
from balai.billing.models import Refund
from balai.billing.settling import take_loose
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

DEBT = "utang_pengembalian"


def refund(session: TenantSession, payment_id: UUID, amount: int, *, reason: str) -> Refund:
    """Owe the payer `amount` rupiah of what is held or unmatched. What paid an invoice: credit or cancel that first."""
    if not reason.strip():
        raise Invalid.field("reason", _("Tulis alasannya."))
    ledger.books(session)
    payment = queries.lock_payments(session, [payment_id]).get(payment_id)
    if payment is None:
        raise NotFound
    if type(amount) is not int or not 0 < amount <= payment.held + payment.unmatched:
        raise Invalid.field("amount", _("Sisa uang pembayaran ini tidak cukup."))
    refund_id = new_id()
    lines = [*take_loose(payment, amount), Line(DEBT, -amount, refund_id)]
    payment.refunded += amount
    made = ledger.post(session, "refund", lines, at=now(), reason=reason, reference=payment.reference)
    row = Refund(
        id=refund_id, payment_id=payment.id, amount=amount, reason=reason.strip(), actor=audit.current_actor().name,
        transaction_id=made.id,
    )  # fmt: skip
    session.add(row)
    audit.record(session, "billing.refunded", subject_kind="payment", subject_id=payment.id,
                 data={"amount": amount, "reason": reason})  # fmt: skip
    session.flush()
    return row


def pay_refund(
    session: TenantSession, refund_id: UUID, *, account: str, reference: str, at: datetime | None = None
) -> Refund:
    """The money left `account` (kas, bank) for the payer. Raises NotFound, Conflict the second time.

    Forbidden for whoever wrote down that it is owed: nobody sends money to a pocket of their own choice alone.
    """
    moment = at or now()
    check_moment(moment, "at")
    if not reference.strip():
        raise Invalid.field("reference", _("Isi nomor buktinya."))
    ledger.books(session)
    row = queries.lock_refund(session, refund_id)
    if row is None:
        raise NotFound
    if row.state == "paid":
        raise Conflict(_("Pengembalian ini sudah dibayarkan."))
    if row.actor is not None and row.actor == audit.current_actor().name:
        raise Forbidden(_("Pengembalian dicatat satu orang dan diserahkan orang lain."))
    lines = [Line(DEBT, row.amount, row.id), Line(account, -row.amount)]
    made = ledger.post(session, "refund_paid", lines, at=max(moment, row.at), reference=reference.strip())
    row.state, row.paid_at, row.account, row.reference = "paid", moment, account, reference.strip()[:200]
    row.paid_transaction_id = made.id
    audit.record(session, "billing.refund_paid", subject_kind="refund", subject_id=row.id, data={"amount": row.amount})
    session.flush()
    return row
