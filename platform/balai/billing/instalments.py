"""Paying in parts: somebody asks, somebody else approves, and the parts' days then count instead of the invoice's own."""

import calendar
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.billing import ledger, queries
from balai.billing.days import today
from balai.billing.models import InstalmentPlan, Invoice, InvoiceEntry
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

MOST_PARTS: Final = 60


def ask_instalments(
    session: TenantSession, invoice_id: UUID, parts: Sequence[tuple[date, int]], *, reason: str
) -> InstalmentPlan:
    """Ask to pay what is owed in parts (day, rupiah), which sum to it. An earlier question that nobody answered is replaced.

    Raises NotFound, Conflict (nothing is owed), Invalid.
    """
    ledger.books(session)
    invoice = queries.lock_invoices(session, [invoice_id]).get(invoice_id)
    if invoice is None:
        raise NotFound
    if invoice.state != "open":
        raise Conflict(_("Tagihan ini tidak punya sisa."))
    _check_parts(session, invoice, parts, reason)
    for old in session.scalars(_plans(invoice.id, "asked")):
        old.state = "replaced"
    session.flush()
    plan = InstalmentPlan(
        invoice_id=invoice.id, parts=[{"due_on": day.isoformat(), "amount": amount} for day, amount in parts],
        reason=reason.strip(), asked_by=audit.current_actor().name,
    )  # fmt: skip
    session.add(plan)
    session.flush()
    audit.record(session, "billing.instalments_asked", subject_kind="invoice", subject_id=invoice.id,
                 data={"parts": len(parts)})  # fmt: skip
    return plan


def approve_instalments(session: TenantSession, plan_id: UUID, *, answer: str = "") -> InstalmentPlan:
    """Let the parts count. Whoever asked can't approve (Forbidden); Conflict when sums have changed since, or it was decided."""
    plan, invoice = _open_plan(session, plan_id)
    who = audit.current_actor().name
    if who is not None and who == plan.asked_by:
        raise Forbidden(_("Yang mengajukan tidak boleh menyetujui sendiri."))
    if sum(part["amount"] for part in plan.parts) != invoice.rest:
        raise Conflict(_("Sisa tagihan sudah berubah sejak cicilan diajukan. Ajukan lagi."))
    for old in session.scalars(_plans(invoice.id, "approved")):
        old.state = "replaced"
    _decide(plan, "approved", answer)
    # What was paid before stands before the parts.
    before = {"due_on": invoice.due_on.isoformat(), "amount": invoice.applied + invoice.credited}
    invoice.parts = [before, *plan.parts]
    invoice.next_due_on = next_due(invoice)
    _note(session, plan, invoice, "billing.instalments_approved")
    return plan


def refuse_instalments(session: TenantSession, plan_id: UUID, *, answer: str) -> InstalmentPlan:
    """Say no, with the reason that the payer will read."""
    if not answer.strip():
        raise Invalid.field("answer", _("Tulis alasannya."))
    plan, invoice = _open_plan(session, plan_id)
    _decide(plan, "refused", answer)
    audit.record(session, "billing.instalments_refused", subject_kind="invoice", subject_id=invoice.id,
                 data={"plan": str(plan.id)})  # fmt: skip
    session.flush()
    return plan


def next_due(invoice: Invoice) -> date:
    """The day of the first part that isn't paid in full, else the invoice's own. Money pays parts before late fees."""
    left = invoice.applied + invoice.credited
    for part in invoice.parts or ():
        left -= part["amount"]
        if left < 0:
            return date.fromisoformat(part["due_on"])
    return date.fromisoformat(invoice.parts[-1]["due_on"]) if invoice.parts else invoice.due_on


def parts_of(invoice: Invoice) -> list[dict[str, Any]]:
    """The approved parts with what is left of each: [{due_on, amount, left}], those that were paid before left out."""
    left = invoice.applied + invoice.credited
    rows = []
    for n, part in enumerate(invoice.parts or ()):
        open_amount = min(part["amount"], max(0, part["amount"] - left))
        left -= part["amount"]
        if n:
            rows.append({"due_on": date.fromisoformat(part["due_on"]), "amount": part["amount"], "left": open_amount})
    return rows


def _plans(invoice_id: UUID, state: str) -> Any:
    return select(InstalmentPlan).where(InstalmentPlan.invoice_id == invoice_id, InstalmentPlan.state == state)


def _open_plan(session: TenantSession, plan_id: UUID) -> tuple[InstalmentPlan, Invoice]:
    ledger.books(session)
    plan = session.get(InstalmentPlan, (session.tenant_id, plan_id))
    if plan is None:
        raise NotFound
    invoice = queries.lock_invoices(session, [plan.invoice_id])[plan.invoice_id]
    session.refresh(plan)
    if plan.state != "asked":
        raise Conflict(_("Permintaan cicilan ini sudah dijawab."))
    return plan, invoice


def _decide(plan: InstalmentPlan, state: str, answer: str) -> None:
    plan.state, plan.answer = state, answer.strip()
    plan.decided_at, plan.decided_by = now(), audit.current_actor().name


def _note(session: TenantSession, plan: InstalmentPlan, invoice: Invoice, act: str) -> None:
    who = audit.current_actor()
    session.add(
        InvoiceEntry(
            invoice_id=invoice.id, kind="instalments", key=str(plan.id), amount=0, reason=plan.reason,
            data={"parts": plan.parts}, actor_kind=who.kind, actor=who.name,
        )
    )  # fmt: skip
    audit.record(session, act, subject_kind="invoice", subject_id=invoice.id, data={"plan": str(plan.id)})
    session.flush()


def _check_parts(session: TenantSession, invoice: Invoice, parts: Sequence[tuple[date, int]], reason: str) -> None:
    if not reason.strip():
        raise Invalid.field("reason", _("Tulis alasannya."))
    if not 2 <= len(parts) <= MOST_PARTS:  # noqa: PLR2004 - one part is no instalment
        raise Invalid.field("parts", _("Paling sedikit dua cicilan, paling banyak 60."))
    days = [day for day, _amount in parts]
    if days != sorted(set(days)) or days[0] < today(session):
        raise Invalid.field("parts", _("Tanggal cicilan harus berurutan, mulai dari hari ini."))
    if any(type(amount) is not int or amount <= 0 for _day, amount in parts):
        raise Invalid.field("parts", _("Tiap cicilan harus rupiah bulat, lebih dari nol."))
    if sum(amount for _day, amount in parts) != invoice.rest:
        raise Invalid.field("parts", _("Jumlah semua cicilan harus sama dengan sisa tagihan."))


def monthly(amount: int, first: date, count: int) -> list[tuple[date, int]]:
    """`count` parts a month apart that sum to `amount`; the first ones carry the odd rupiah. Raises Invalid."""
    if not 2 <= count <= MOST_PARTS:  # noqa: PLR2004 - one part is no instalment
        raise Invalid.field("parts", _("Paling sedikit dua cicilan, paling banyak 60."))
    each, odd = divmod(amount, count)
    return [(add_months(first, n), each + (n < odd)) for n in range(count)]


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
