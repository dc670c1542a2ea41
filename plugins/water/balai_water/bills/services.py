"""The billing run, step by step, and bills as people see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai.api import (
    Conflict,
    Invalid,
    Invoice,
    InvoiceDraft,
    NotFound,
    Payer,
    Problem,
    TenantSession,
    gettext,
    invoice_status,
    issue_invoices,
    new_id,
    now,
    open_account,
    opener,
    record_audit,
)
from balai_water.bills import queries
from balai_water.bills.charging import ACCOUNTS, Biller, Ready, late_fee_rule
from balai_water.bills.models import Bill, BillingRun
from balai_water.bills.queries import NewBill
from balai_water.bills.settings import setting
from balai_water.months import today
from balai_water.quiet import no_collecting
from balai_water.readings.models import Period
from balai_water.tariffs.services import NoTariff, find_version, tariff_of, version_on

BATCH: Final = 10_000
SERIES: Final = "AIR"
SUBJECT: Final = "water.bill"
_MOST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A bill as people see it. status: open, part_paid, overdue, paid, cancelled; left: rupiah; number: as printed.

    invoice: None where another system bills.
    """

    bill: Bill
    status: str
    left: int
    number: str
    invoice: Invoice | None


def start(session: TenantSession, month: date, due_on: date, *, member_id: UUID | None) -> BillingRun:
    """Begin to bill a month; the caller queues `tasks.bill_step`. Raises Conflict (not closed, running already), NoTariff,
    Invalid (day of payment has passed).
    """
    if setting(session).mode != "own":
        raise Conflict(gettext("Tagihan daerah ini dibuat oleh sistem lain. Ubah dulu di pengaturan tagihan."))
    state = session.scalar(select(Period.state).where(Period.month == month))
    if state != "closed":
        raise Conflict(gettext("Pembacaan meter bulan ini belum ditutup."))
    version = version_on(session, month)
    if version is None:
        raise NoTariff(gettext("Tetapkan dulu tarif yang berlaku pada %(day)s.", day=f"{month:%d-%m-%Y}"))
    if due_on < today():
        raise Invalid.field("due_on", gettext("Batas bayar sudah lewat."))
    for key, label in ACCOUNTS:
        open_account(session, key, label, "income")
    run = BillingRun(
        id=new_id(), month=month, due_on=due_on, tariff_id=version.id, started_by=member_id, state="running",
        counts={"billed": 0, "left_out": 0, "m3": 0, "rupiah": 0}, started_at=now(), moved_at=now(),
    )  # fmt: skip
    session.add(run)
    record_audit(session, "water.billing_started", subject_kind="water_billing_run", subject_id=run.id,
                 data={"month": month.isoformat(), "tariff": version.decree})  # fmt: skip
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(gettext("Bulan ini sedang ditagih.")) from error
    return run


def find_run(session: TenantSession, run_id: UUID, *, lock: bool = False) -> BillingRun:
    """A run; NotFound."""
    found = session.get(BillingRun, (session.tenant_id, run_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def runs_of(session: TenantSession, month: date) -> Sequence[BillingRun]:
    """Runs of a month, the latest first."""
    return session.scalars(select(BillingRun).where(BillingRun.month == month).order_by(BillingRun.id.desc())).all()


def step(session: TenantSession, run_id: UUID, *, batch: int = BATCH) -> bool:
    """Bill the next connections of a run in this transaction; False when there are none left.

    Killed in the middle, nothing of the batch stands and the next worker takes it again; a connection that has a bill is never
    looked at again, whatever run made it.
    """
    run = find_run(session, run_id, lock=True)
    if run.state != "running":
        return False
    with no_collecting():
        return _step(session, run, batch)


def _step(session: TenantSession, run: BillingRun, batch: int) -> bool:
    rows, last = queries.billable(session, run.month, run.after, batch)
    if last is None:
        _end(session, run, "done")
        return False
    try:
        with session.begin_nested():
            _bill(session, run, rows)
    except Problem as problem:
        faults = getattr(problem, "errors", ())
        run.problem = "; ".join(f.message for f in faults[:3]) or problem.detail or str(problem.title)
        _end(session, run, "stopped")
        return False
    run.after, run.moved_at = last, now()
    session.flush()
    return True


def _end(session: TenantSession, run: BillingRun, state: str) -> None:
    run.state, run.ended_at, run.moved_at = state, now(), now()
    record_audit(session, f"water.billing_{state}", subject_kind="water_billing_run", subject_id=run.id,
                 data=run.counts | {"month": run.month.isoformat()})  # fmt: skip
    session.flush()


def _bill(session: TenantSession, run: BillingRun, rows: Sequence[Any]) -> None:
    tariff = tariff_of(find_version(session, run.tariff_id))
    biller, rule, unit_id = Biller(tariff), late_fee_rule(tariff), setting(session).unit_id
    name_of, due_on = opener(session, "water_customer"), max(run.due_on, today())
    drafts: list[InvoiceDraft] = []
    charged: list[tuple[Any, UUID, Ready]] = []
    for row in rows:
        _connection, number, group, card, customer, sealed, index, use = row[:8]
        ready = biller.of(group, card, use)
        if ready is None:
            continue
        name = name_of(sealed, "name", customer).strip() if sealed else ""
        bill_id = new_id()
        payer = Payer(name[:_MOST_NAME] or f"Pelanggan {number}", index=index)
        drafts.append(InvoiceDraft(SERIES, SUBJECT, str(bill_id), payer, ready.lines, due_on, rule, unit_id))
        charged.append((row, bill_id, ready))
    issued = issue_invoices(session, drafts) if drafts else []
    bills = [
        NewBill(
            bill_id, row[0], row[4], row[2], row[8], row[9], row[10] == "estimate", row[7], ready.charged, ready.total,
            invoice.id,
        )
        for (row, bill_id, ready), invoice in zip(charged, issued, strict=True)
    ]  # fmt: skip
    if bills:
        queries.add(session, bills, month=run.month, due_on=due_on, tariff_id=run.tariff_id, run_id=run.id, at=now())
    run.counts = {
        "billed": run.counts["billed"] + len(bills),
        "left_out": run.counts["left_out"] + len(rows) - len(bills),
        "m3": run.counts["m3"] + sum(bill.use_m3 for bill in bills),
        "rupiah": run.counts["rupiah"] + sum(bill.total for bill in bills),
    }


def usual_due_day(session: TenantSession, month: date) -> date:
    """The day of payment to propose: the utility's day of the month after, two weeks from now when that has passed."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, setting(session).due_day)
    return after if after > today() else today() + timedelta(days=14)


# --- bills as people see them ---


def find_bill(session: TenantSession, bill_id: UUID) -> Bill:
    """A bill; NotFound."""
    found = session.get(Bill, (session.tenant_id, bill_id))
    if found is None:
        raise NotFound
    return found


def of_connection(session: TenantSession, connection_id: UUID, *, limit: int = 24) -> list[Shown]:
    """Bills of a connection whoever had it, the latest month first: for staff."""
    query = select(Bill).where(Bill.connection_id == connection_id).order_by(Bill.month.desc()).limit(limit)
    return shown(session, session.scalars(query))


def of_customers(
    session: TenantSession, customer_ids: Iterable[UUID], *, connection_id: UUID | None = None, limit: int = 48
) -> list[Shown]:
    """Bills of customers, the latest month first: what they may see themselves, also after a connection became another's.
    connection_id: only those of this one.
    """
    query = select(Bill).where(Bill.customer_id.in_(set(customer_ids)))
    if connection_id is not None:
        query = query.where(Bill.connection_id == connection_id)
    query = query.order_by(Bill.month.desc(), Bill.id).limit(limit)
    return shown(session, session.scalars(query))


def shown(session: TenantSession, bills: Iterable[Bill]) -> list[Shown]:
    """Bills with how they stand today."""
    listed = list(bills)
    ids = [bill.invoice_id for bill in listed if bill.invoice_id is not None]
    invoices = {i.id: i for i in session.scalars(select(Invoice).where(Invoice.id.in_(ids)))} if ids else {}
    return [_shown(bill, invoices[bill.invoice_id] if bill.invoice_id else None) for bill in listed]


def _shown(bill: Bill, invoice: Invoice | None) -> Shown:
    if invoice is not None:
        return Shown(bill, invoice_status(invoice, today()), invoice.rest, invoice.number, invoice)
    paid = bill.paid_on is not None
    status = "paid" if paid else "overdue" if bill.due_on < today() else "open"
    return Shown(bill, status, 0 if paid else bill.total, str((bill.external or {}).get("number", "")), None)
