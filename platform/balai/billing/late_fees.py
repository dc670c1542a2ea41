"""What lateness costs: worked out by the rule that each invoice carries, charged month by month, never twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from balai import audit
from balai.billing import ledger, queries
from balai.billing.days import today
from balai.billing.drafts import WHOLE, LateFee
from balai.billing.instalments import add_months, parts_of
from balai.billing.ledger import Line
from balai.billing.models import Invoice, InvoiceEntry
from balai.clock import now
from balai.db import TenantSession

BATCH: Final = 200
FEE: Final = "denda"


@dataclass(frozen=True, slots=True)
class Charge:
    """One fee to be: its key (part's day and number of the month), what it is worked out from, rupiah."""

    key: str
    month: int
    due_on: date
    base: int
    amount: int


def first_fee_on(rule: LateFee, due_on: date) -> date:
    """The first day on which lateness costs something."""
    return due_on + timedelta(days=rule.grace_days + 1)


def fee_day(rule: LateFee, due_on: date, month: int) -> date:
    """The day on which the fee of the n-th month (from 1) falls due."""
    return add_months(due_on + timedelta(days=rule.grace_days), month - 1) + timedelta(days=1)


def fee_of(rule: LateFee, base: int) -> int:
    """Whole rupiah for one month (or once) on what is overdue."""
    if rule.kind == "fixed":
        return rule.rate if base > 0 else 0
    whole, rest = divmod(base * rule.rate, WHOLE)
    up = rest > 0 and (rule.rounding == "up" or (rule.rounding == "nearest" and rest * 2 >= WHOLE))
    return whole + up


def charges(invoice: Invoice, day: date, charged: set[str]) -> list[Charge]:
    """Fees that fell due until `day` and weren't charged yet, oldest first."""
    if invoice.late_fee_rule is None or invoice.rest == 0:
        return []
    rule = LateFee.of(invoice.late_fee_rule)
    made = []
    for due_on, base, month, starts in _moments(invoice, rule):
        key = f"{due_on.isoformat()}/{month}"
        amount = fee_of(rule, base)
        if starts <= day and key not in charged and amount:
            made.append((starts, Charge(key, month, due_on, base, amount)))
    return [charge for _starts, charge in sorted(made, key=lambda pair: (pair[0], pair[1].key))]


def next_fee_on(invoice: Invoice, day: date) -> date | None:
    """The first day after `day` on which a fee falls due, None when there is none."""
    if invoice.late_fee_rule is None or invoice.rest == 0:
        return None
    moments = _moments(invoice, LateFee.of(invoice.late_fee_rule))
    return min((starts for *_others, starts in moments if starts > day), default=None)


def apply_late_fees(session: TenantSession, day: date | None = None, *, limit: int = BATCH) -> int:
    """Charge what fell due until `day` (the region's own, by default today) on up to `limit` invoices; how many were looked at.

    Call it until it answers less than `limit`. Running it twice charges nothing twice.
    """
    day = day or today(session)
    ledger.books(session)
    query = select(Invoice.id).where(Invoice.next_fee_on <= day, Invoice.state == "open")
    found = session.scalars(query.order_by(Invoice.next_fee_on, Invoice.id).limit(limit)).all()
    for invoice in queries.lock_invoices(session, found).values():
        _charge(session, invoice, day)
    session.flush()
    return len(found)


def _charge(session: TenantSession, invoice: Invoice, day: date) -> None:
    known = select(InvoiceEntry.key).where(InvoiceEntry.invoice_id == invoice.id, InvoiceEntry.kind == "late_fee")
    due = charges(invoice, day, set(session.scalars(known)))
    for charge in due:
        _book(session, invoice, charge)
    invoice.next_fee_on = next_fee_on(invoice, day)


def _book(session: TenantSession, invoice: Invoice, charge: Charge) -> None:
    lines = [Line("piutang", charge.amount, invoice.id), Line(FEE, -charge.amount)]
    made = ledger.post(session, "late_fee", lines, at=now(), reference=invoice.number)
    rule: dict[str, Any] = invoice.late_fee_rule or {}
    who = audit.current_actor()
    session.add(
        InvoiceEntry(
            invoice_id=invoice.id, kind="late_fee", key=charge.key, amount=charge.amount, reason=rule.get("decree", ""),
            data={"month": charge.month, "due_on": charge.due_on.isoformat(), "base": charge.base, "rule": rule},
            actor_kind=who.kind, actor=who.name, transaction_id=made.id,
        )
    )  # fmt: skip
    invoice.fees += charge.amount


def _moments(invoice: Invoice, rule: LateFee) -> Iterator[tuple[date, int, int, date]]:
    """(part's day, what of it isn't paid, number of the month, day of the fee) of everything that may still cost something."""
    for due_on, base in _owed(invoice):
        for month in range(1, (1 if rule.every == "once" else rule.most) + 1):
            yield due_on, base, month, fee_day(rule, due_on, month)


def _owed(invoice: Invoice) -> list[tuple[date, int]]:
    """Parts that aren't paid. Fees themselves bear none: money pays what was billed first."""
    if invoice.parts:
        return [(row["due_on"], row["left"]) for row in parts_of(invoice) if row["left"]]
    left = max(0, invoice.total - invoice.credited - invoice.applied)
    return [(invoice.due_on, left)] if left else []
