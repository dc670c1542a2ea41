"""Money that has no place yet, and findings: what a treasurer may do about each. The ledger's acts are those of `billing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.billing.bank.matching import clues, likeness, look_up
from balai.billing.bank.models import BankLine
from balai.billing.bank.statements import Line as StatementLine
from balai.billing.ledger import Line, post
from balai.billing.models import Invoice, Payment, Refund
from balai.billing.payments.models import PaymentEvent, ReconciliationFinding
from balai.billing.settling import reverse_payment
from balai.billing.subjects import guarded, name_for_staff
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

PAGE: Final = 50
# Where own money can have come from: what a provider held for us, or cash that somebody brought to the bank.
OWN_SOURCES: Final = ("penyedia", "kas")
_MOST: Final = 12
_SAME_SUM: Final = 200
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Loose:
    """A payment with money that has no place. words: what the bank or the provider wrote about it."""

    payment: Payment
    words: str

    @property
    def rupiah(self) -> int:
        """How much is without a place."""
        return self.payment.unmatched + self.payment.held


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that it may be for, and why; score: 0 to 1, 2 when its number is named."""

    invoice: Invoice
    name: str
    score: float


def loose_payments(session: TenantSession, *, before: UUID | None = None) -> list[Loose]:
    """Payments with money that has no place, newest first; one more than PAGE when there are more."""
    query = select(Payment).where((Payment.unmatched > 0) | (Payment.held > 0))
    if before is not None:
        query = query.where(Payment.id < before)
    rows = session.scalars(query.order_by(Payment.id.desc()).limit(PAGE + 1)).all()
    return [Loose(row, _words(session, row)) for row in rows]


def loose(session: TenantSession, payment_id: UUID) -> Loose:
    """One of them, also when all of it has found a place by now; NotFound."""
    row = session.scalars(select(Payment).where(Payment.id == payment_id)).first()
    if row is None:
        raise NotFound
    return Loose(row, _words(session, row))


def line_of(session: TenantSession, payment: Payment) -> BankLine | None:
    """The line of a bank's file that brought it."""
    return session.scalars(select(BankLine).where(BankLine.payment_id == payment.id)).first()


def _words(session: TenantSession, payment: Payment) -> str:
    line = line_of(session, payment)
    if line is not None:
        return keys.reveal(session, line, "words") or ""
    query = select(PaymentEvent).where(PaymentEvent.payment_id == payment.id).order_by(PaymentEvent.id)
    event = session.scalars(query).first()
    return f"{event.order_code} {event.reference}" if event is not None else payment.reference


def candidates(session: TenantSession, found: Loose) -> list[Candidate]:
    """Bills that this money may be for: those that its text names, then open ones over exactly this sum, by likeness of names."""
    line = StatementLine(0, found.payment.paid_at.date(), found.rupiah, found.words)
    known, named = look_up(session, [line]), clues(line).numbers
    ids = {known.invoices[n].id for n in named if n in known.invoices}
    query = select(Invoice).where(Invoice.state == "open", Invoice.outstanding == found.rupiah).limit(_SAME_SUM)
    rows = {i.id: i for i in session.scalars(query)} | {
        i.id: i for i in session.scalars(select(Invoice).where(Invoice.id.in_(ids), Invoice.state == "open"))
    }  # fmt: skip
    made, hidden = [], guarded(session, rows.values())
    for invoice in rows.values():
        kept_back = invoice.id in hidden
        name = name_for_staff(session, invoice, hidden=kept_back)
        score = 2.0 if invoice.id in ids else 0.0 if kept_back else likeness(name, found.words)
        made.append(Candidate(invoice, name, score))
    return sorted(made, key=lambda c: (-c.score, c.invoice.next_due_on))[:_MOST]


def own_money(session: TenantSession, payment_id: UUID, *, source: str, reason: str) -> Payment:
    """It was nobody's payment but the region's own money coming to the bank: a provider's payout, or cash brought there."""
    found = loose(session, payment_id)
    if source not in OWN_SOURCES:
        raise Invalid.field("source", _("Pilih salah satu."))
    if found.payment.unmatched != found.payment.amount:
        raise Conflict(_("Sebagian uang ini sudah dipakai, jadi bukan lagi pindahan kas sendiri."))
    reason = _reason(reason)
    reverse_payment(session, payment_id, reason=reason)
    lines = [Line(found.payment.account, found.payment.amount), Line(source, -found.payment.amount)]
    post(session, "own_money", lines, at=found.payment.paid_at, reason=reason, reference=found.payment.reference)
    audit.record(session, "billing.own_money", subject_kind="payment", subject_id=payment_id,
                 data={"source": source, "amount": found.payment.amount})  # fmt: skip
    return found.payment


def owed_refunds(session: TenantSession) -> Sequence[Refund]:
    """Money that was promised back and isn't handed over yet, oldest first."""
    return session.scalars(select(Refund).where(Refund.state == "owed").order_by(Refund.id).limit(200)).all()


# --- findings ---


def open_findings(session: TenantSession, *, done: bool = False) -> Sequence[ReconciliationFinding]:
    """What waits for somebody, oldest first; done: what was dealt with, newest first."""
    query = select(ReconciliationFinding).where(ReconciliationFinding.state == ("done" if done else "open"))
    order = ReconciliationFinding.done_at.desc() if done else ReconciliationFinding.id
    return session.scalars(query.order_by(order).limit(200)).all()


def finish_finding(
    session: TenantSession, finding_id: UUID, *, action: str, note: str, member: UUID | None
) -> ReconciliationFinding:  # fmt: skip
    """Tick a finding off (`checked`), or take its payment back (`reverse`); a note says why. Conflict when it was done."""
    query = select(ReconciliationFinding).where(ReconciliationFinding.id == finding_id).with_for_update()
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    if found.state != "open":
        raise Conflict(_("Temuan ini sudah ditangani."))
    if action not in actions_of(found):
        raise Invalid.field("action", _("Pilih salah satu."))
    note = _reason(note)
    if action == "reverse":
        assert found.payment_id is not None  # noqa: S101 - actions_of asked for it
        reverse_payment(session, found.payment_id, reason=note)
    found.state, found.action, found.note, found.done_at, found.done_by = "done", action, note, now(), member
    audit.record(session, "billing.finding_done", subject_kind="reconciliation_finding", subject_id=found.id,
                 data={"kind": found.kind, "action": action, "note": note})  # fmt: skip
    session.flush()
    return found


def actions_of(found: ReconciliationFinding) -> tuple[str, ...]:
    """What may be done about it."""
    takes_back = found.kind in {"refunded", "not_there", "double"} and found.payment_id is not None
    return ("checked", "reverse") if takes_back else ("checked",)


def _reason(text: str) -> str:
    tidy = " ".join(text.split())[:_LONGEST]
    if not tidy:
        raise Invalid.field("note", _("Tulis alasannya."))
    return tidy
