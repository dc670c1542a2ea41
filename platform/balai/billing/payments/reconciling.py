"""The nightly comparison with a provider: what it knows and we don't, what we know and it doesn't, what both know differently.

A run goes in small steps, a transaction and a job each, and notes how far it has come in the same transaction: a worker that is
killed loses one step, which is done again. Money found missing is booked by `taking`, like any other.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai.billing.days import today, zone
from balai.billing.models import Payment
from balai.billing.payments import gateways, taking
from balai.billing.payments.models import PaymentEvent, PaymentOrderRow, ReconciliationRun
from balai.billing.payments.queries import add_finding, begin_run
from balai.billing.settling import find_payment
from balai.clock import now
from balai.contracts import PaymentAccount, PaymentFault, PaymentNotice, PaymentProvider
from balai.db import TenantSession

ASK_AT_ONCE: Final = 10  # orders per step: each may take a provider's whole patience
REPORT_AT_ONCE: Final = 200
OURS_AT_ONCE: Final = 50
_ASKED_FOR: Final = timedelta(days=7)  # after that an order that nobody paid is left alone
_NEW_MONEY: Final = frozenset({"settled", "part", "held", "unmatched"})


def begin(session: TenantSession) -> list[ReconciliationRun]:
    """Last night's runs, those included that an earlier night didn't end."""
    day = today(session) - timedelta(days=1)
    for made in gateways.providers(session):
        if (made.ask or made.report) and gateways.row_of(session, made.key) is not None:
            begin_run(session, made.key, day)
    query = select(ReconciliationRun).where(ReconciliationRun.phase != "done").order_by(ReconciliationRun.id)
    return list(session.scalars(query))


def step(session: TenantSession, run_id: UUID) -> bool:
    """Go on with a run by one step; whether there is more to do. ConnectionError when the provider doesn't answer."""
    query = select(ReconciliationRun).where(ReconciliationRun.id == run_id).with_for_update()
    run = session.scalars(query).first()
    if run is None or run.phase == "done":
        return False
    made = next((p for p in gateways.providers(session) if p.key == run.provider), None)
    account = gateways.account(session, made) if made is not None else None
    if made is None or account is None:
        _end(run, "penyedia ini tidak lagi terpasang")
        return False
    try:
        {"ask": _ask, "report": _report, "ours": _ours}[run.phase](session, run, made, account)
    except PaymentFault as fault:
        _end(run, str(fault)[:200])
    session.flush()
    return run.phase != "done"


def _end(run: ReconciliationRun, problem: str = "") -> None:
    run.phase, run.problem, run.ended_at = "done", problem, now()


def _go_to(run: ReconciliationRun, phase: str) -> None:
    run.phase, run.cursor = phase, ""


# --- what became of our orders ---


def _ask(session: TenantSession, run: ReconciliationRun, made: PaymentProvider, account: PaymentAccount) -> None:
    query = select(PaymentOrderRow).where(
        PaymentOrderRow.provider == made.key, PaymentOrderRow.state != "paid",
        PaymentOrderRow.created_at > now() - _ASKED_FOR, PaymentOrderRow.created_at < run.started_at,
    )  # fmt: skip
    if run.cursor:
        query = query.where(PaymentOrderRow.id > UUID(run.cursor))
    orders = session.scalars(query.order_by(PaymentOrderRow.id).limit(ASK_AT_ONCE)).all() if made.ask else []
    for order in orders:
        run.looked += 1
        run.cursor = str(order.id)
        _ask_one(session, run, made, account, order)
    if len(orders) < ASK_AT_ONCE:
        _go_to(run, "report")


def _ask_one(
    session: TenantSession, run: ReconciliationRun, made: PaymentProvider, account: PaymentAccount, order: PaymentOrderRow
) -> None:  # fmt: skip
    assert made.ask is not None  # noqa: S101 - the caller asked
    order.asked_at = now()
    try:
        notice = taking.sane(made.ask(account, order.code, order.reference, order.method))  # type: ignore[arg-type]
    except PaymentFault:
        run.found += add_finding(session, made.key, "unreadable", order_code=order.code)
        return
    if notice is not None and notice.order == order.code:
        _believe(session, run, made, notice, "asked")
    elif notice is None and order.state == "waiting" and order.until < now() - timedelta(days=1):
        order.state, order.changed_at = "expired", now()


def ask_about(session: TenantSession, provider: str, code: str) -> None:
    """Ask a provider about one order that isn't paid yet, and believe the answer. ConnectionError when there is none."""
    query = select(PaymentOrderRow).where(PaymentOrderRow.code == code, PaymentOrderRow.provider == provider)
    order = session.scalars(query).first()
    made = next((p for p in gateways.providers(session) if p.key == provider and p.ask is not None), None)
    account = gateways.account(session, made) if made is not None else None
    if order is None or made is None or made.ask is None or account is None:
        return
    try:
        notice = taking.sane(made.ask(account, order.code, order.reference, order.method))  # type: ignore[arg-type]
    except PaymentFault:
        add_finding(session, provider, "unreadable", order_code=code)
        return
    if notice is not None and notice.order == code:
        taking.take(session, provider, notice, source="asked")


def _believe(
    session: TenantSession, run: ReconciliationRun, made: PaymentProvider, notice: PaymentNotice, source: str
) -> PaymentEvent:  # fmt: skip
    """Take a statement; money that nobody had told us of is a finding, booked as it is."""
    known = find_payment(session, made.key, notice.reference)
    event = taking.take(session, made.key, notice, source=source)
    if known is None and event.verdict in _NEW_MONEY and event.payment_id is not None:
        run.found += add_finding(
            session, made.key, "missing", order_code=notice.order, reference=notice.reference, theirs=notice.rupiah,
            payment_id=event.payment_id,
        )  # fmt: skip
    return event


# --- what the provider's report of the day says ---


def _report(session: TenantSession, run: ReconciliationRun, made: PaymentProvider, account: PaymentAccount) -> None:
    if made.report is None:
        # Without a list of theirs each payment of the day is asked about.
        _go_to(run, "ours") if made.ask else _end(run)
        return
    done = int(run.cursor or 0)
    notices = list(islice(made.report(account, run.day), done, done + REPORT_AT_ONCE))
    for notice in notices:
        run.looked += 1
        taking.sane(notice)
        if notice.state in {"paid", "refunded"}:
            _believe(session, run, made, notice, "report")
    run.cursor = str(done + len(notices))
    if len(notices) < REPORT_AT_ONCE:
        _go_to(run, "ours")


# --- what only our books say ---


def _ours(session: TenantSession, run: ReconciliationRun, made: PaymentProvider, account: PaymentAccount) -> None:
    at_once = OURS_AT_ONCE if made.report else ASK_AT_ONCE
    payments = _payments_of(session, run, at_once)
    if payments:
        theirs = {notice.reference for notice in made.report(account, run.day)} if made.report else set()
        for payment in payments:
            run.looked += 1
            run.cursor = str(payment.id)
            if payment.reference not in theirs and not _confirmed(session, made, account, payment):
                run.found += add_finding(
                    session,
                    made.key,
                    "not_there",
                    reference=payment.reference,
                    ours=payment.amount,
                    payment_id=payment.id,
                )
    if len(payments) < at_once:
        _end(run)


def _payments_of(session: TenantSession, run: ReconciliationRun, at_once: int) -> Sequence[Payment]:
    begin_at, end_at = day_of(session, run.day)
    query = select(Payment).where(
        Payment.method == run.provider, Payment.paid_at >= begin_at, Payment.paid_at < end_at, Payment.reversed == 0
    )
    if run.cursor:
        query = query.where(Payment.id > UUID(run.cursor))
    return session.scalars(query.order_by(Payment.id).limit(at_once)).all()


def day_of(session: TenantSession, day: date) -> tuple[datetime, datetime]:
    """The region's calendar day as moments."""
    here = zone(session)
    return datetime.combine(day, time(), tzinfo=here), datetime.combine(day + timedelta(days=1), time(), tzinfo=here)


def _confirmed(session: TenantSession, made: PaymentProvider, account: PaymentAccount, payment: Payment) -> bool:
    """Whether the provider, asked about that very order, knows the payment: days may differ by minutes around midnight.

    That it was given back meanwhile is told to the treasurer.
    """
    query = (
        select(PaymentOrderRow)
        .join(
            PaymentEvent,
            (PaymentEvent.order_code == PaymentOrderRow.code) & (PaymentEvent.tenant_id == PaymentOrderRow.tenant_id),
        )
        .where(
            PaymentEvent.payment_id == payment.id,
            PaymentEvent.provider == made.key,
            PaymentOrderRow.provider == made.key,
        )
    )
    order = session.scalars(query).first()
    if order is None or made.ask is None:
        return False
    try:
        notice = made.ask(account, order.code, order.reference, order.method)  # type: ignore[arg-type]
    except PaymentFault:
        return False
    if notice is None or notice.reference != payment.reference:
        return False
    if notice.state == "refunded":
        taking.take(session, made.key, taking.sane(notice) or notice, source="asked")
    return notice.state in {"paid", "refunded"}
