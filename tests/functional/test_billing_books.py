"""Closing, reports from roll-ups, late fees, instalments, and the check that counts everything anew."""

import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import select, text
from test_billing_ledger import balances
from test_billing_payments import draft, pay

from balai import audit, billing, clock
from balai.billing import LateFee, Line, checks, ledger, periods, reports
from balai.billing.days import today
from balai.billing.models import InvoiceEntry, LedgerClosing
from balai.billing.queries import figures
from balai.clock import now
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.tenancy import tenant_scope

JAKARTA = ZoneInfo("Asia/Jakarta")


def noon(day):
    return clock.frozen(datetime(day.year, day.month, day.day, 12, tzinfo=JAKARTA))


def sound(session):
    found = checks.check_books(session)
    assert [f for f in found.findings if f.wrong] == []
    return found


# --- closing ---


def test_a_closed_period_takes_nothing_and_corrections_go_to_the_open_one(session):
    with noon(date(2026, 3, 31)):
        invoice = billing.issue(session, draft(session))
        pay(session, invoice, 20_000)
    with noon(date(2026, 4, 2)):
        closing = periods.close(session, date(2026, 3, 31))
        session.commit()
        assert closing.balances == {"kas": 20_000, "piutang": 40_000, "pendapatan": -60_000}
        late = pay(session, invoice, 40_000, "R2", paid_at=datetime(2026, 3, 31, 23, tzinfo=JAKARTA))
        booked = session.get(billing.Transaction, (session.tenant_id, late.transaction_id)).booked_on
        assert booked == date(2026, 4, 1)
        back = billing.reverse_payment(
            session, late.id, reason="ditolak bank", at=datetime(2026, 3, 31, 23, tzinfo=JAKARTA)
        )
        assert back.reversed == 40_000
        session.commit()
        with pytest.raises(Conflict):
            periods.close(session, date(2026, 3, 31))
        for day in (date(2026, 4, 2), date(2026, 4, 3)):
            with pytest.raises(Invalid):
                periods.close(session, day)
    assert periods.balances(session, date(2026, 3, 31)) == closing.balances
    sound(session)


def test_the_database_keeps_a_closed_period_by_itself(session):
    billing.post(session, "try", [Line("kas", 1), Line("pendapatan", -1)], at=now())
    periods.close(session, today(session) - timedelta(days=1))
    session.commit()
    session.execute(text("SELECT 1"))
    with pytest.raises(Exception, match="are closed"):
        billing.queries.add_transaction(session, old_transaction(session), [("kas", 1, None), ("pendapatan", -1, None)])


def old_transaction(session):
    made = ledger.transaction(session, "try", 2, at=now())
    made.booked_on = today(session) - timedelta(days=3)
    return made


def test_a_clock_that_goes_back_behind_the_closing_is_refused(session):
    with noon(date(2026, 4, 2)):
        periods.close(session, date(2026, 4, 1))
        session.commit()
    with noon(date(2026, 3, 20)), pytest.raises(billing.PeriodClosed):
        billing.post(session, "try", [Line("kas", 1), Line("pendapatan", -1)], at=now())


def test_closing_waits_for_whoever_is_posting(app, tenant, session):
    """The posting began first: the closing counts it, or would have to come later than it."""
    invoice = billing.issue(session, draft(session))
    session.commit()
    started, done, day = threading.Event(), [], today(session)

    def close():
        with app.app_context(), tenant_scope(tenant) as own, noon(day + timedelta(days=1)):
            started.set()
            done.append(periods.close(own, day).balances)

    pay(session, invoice, 60_000)
    closer = threading.Thread(target=close)
    closer.start()
    started.wait(10)
    while not waiting(session):
        assert closer.is_alive()
    assert done == []
    session.commit()
    closer.join(20)
    assert done == [{"kas": 60_000, "pendapatan": -60_000}]
    assert session.scalar(select(LedgerClosing.through)) == day


def waiting(session):
    """Whether somebody waits for the books."""
    return session.scalar(
        text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7226515 AND NOT granted")
    )


# --- reports ---


def test_ages_follow_the_days(session):
    with noon(date(2026, 1, 10)):
        for days, amount in ((0, 10_000), (5, 20_000), (40, 30_000)):
            billing.issue(session, draft(session, amount, due_date=date(2026, 1, 10) + timedelta(days=days)))
        billing.issue(session, draft(session, 7_000, series="SAMPAH", due_date=date(2026, 1, 10)))
    session.commit()
    for fold in (False, True):
        if fold:
            assert figures.fold(session) > 0
            assert figures.fold(session) == 0
        by = {row.series: row for row in reports.ageing(session, date(2026, 1, 20))}
        assert by["AIR"].amounts == (30_000, 30_000, 0, 0, 0)
        assert by["SAMPAH"].amounts == (0, 7_000, 0, 0, 0)
        assert (by[""].amount, by[""].count) == (67_000, 4)
        assert reports.ageing(session, date(2027, 1, 20))[0].amounts == (0, 0, 0, 30_000, 30_000)
    sound(session)


def test_income_by_day_and_account(session):
    with noon(date(2026, 1, 10)):
        invoice = billing.issue(session, draft(session))
    with noon(date(2026, 1, 12)):
        billing.credit(session, invoice.id, 10_000, reason="keringanan")
        pay(session, invoice, 50_000)
    figures.fold(session)
    span = date(2026, 1, 1), date(2026, 1, 31)
    assert [(e.day.day, e.account, e.amount) for e in reports.income(session, *span)] == [
        (10, "pendapatan", 60_000), (12, "potongan", -10_000),
    ]  # fmt: skip
    assert [(m.account, m.into, m.out_of) for m in reports.money(session, *span)] == [("kas", 50_000, 0)]


# --- late fees ---

RULE = LateFee("percent", 100, most=3, grace_days=5, rounding="up", decree="Perda 3/2024")


def test_a_month_is_charged_once_and_explained(session):
    with noon(date(2026, 1, 1)):
        invoice = billing.issue(session, draft(session, 60_050, due_date=date(2026, 1, 20), late_fee_rule=RULE))
    for day, fees in (
        (date(2026, 1, 25), 0), (date(2026, 1, 26), 601), (date(2026, 1, 27), 601), (date(2026, 2, 25), 601),
        (date(2026, 2, 26), 1_202), (date(2026, 9, 1), 1_803), (date(2027, 9, 1), 1_803),
    ):  # fmt: skip
        with noon(day):
            billing.apply_late_fees(session)
            billing.apply_late_fees(session)
            session.commit()
        assert invoice.fees == fees, day
    entries = session.scalars(select(InvoiceEntry).order_by(InvoiceEntry.key)).all()
    assert [e.key for e in entries] == ["2026-01-20/1", "2026-01-20/2", "2026-01-20/3"]
    assert entries[0].data["base"] == 60_050
    assert entries[0].reason == "Perda 3/2024"
    assert balances(session) == {"piutang": 61_853, "pendapatan": -60_050, "denda": -1_803}
    sound(session)


@pytest.mark.parametrize(
    ("rule", "base", "fee"),
    [
        (LateFee("percent", 150), 10_033, 150),
        (LateFee("percent", 150, rounding="up"), 10_033, 151),
        (LateFee("percent", 150, rounding="nearest"), 10_033, 150),
        (LateFee("percent", 150, rounding="nearest"), 10_034, 151),
        (LateFee("fixed", 5_000), 10, 5_000),
        (LateFee("percent", 0), 10_000, 0),
    ],
    ids=["down", "up", "nearest-down", "nearest-up", "fixed", "free"],
)
def test_fees_are_whole_rupiah(rule, base, fee):
    from balai.billing.late_fees import fee_of

    assert fee_of(rule, base) == fee


def test_a_part_that_was_paid_costs_nothing(session):
    with noon(date(2026, 1, 1)):
        invoice = billing.issue(session, draft(session, 60_000, due_date=date(2026, 1, 20), late_fee_rule=RULE))
        pay(session, invoice, 50_000)
    with noon(date(2026, 2, 1)):
        billing.apply_late_fees(session)
    assert invoice.fees == 100
    with noon(date(2026, 2, 2)):
        pay(session, invoice, 10_100, "R2")
    assert invoice.state == "paid"
    with noon(date(2026, 6, 2)):
        assert billing.apply_late_fees(session) == 0


# --- instalments ---


def asked(session, invoice, *parts):
    with audit.acting_as("staff", "loket"):
        return billing.ask_instalments(session, invoice.id, parts, reason="panen gagal")


def test_parts_count_once_somebody_else_approved(session):
    with noon(date(2026, 1, 1)):
        invoice = billing.issue(session, draft(session, 60_000, due_date=date(2026, 1, 20), late_fee_rule=RULE))
        pay(session, invoice, 10_000)
        plan = asked(session, invoice, (date(2026, 2, 1), 20_000), (date(2026, 3, 1), 30_000))
        assert invoice.next_due_on == date(2026, 1, 20)
        with audit.acting_as("staff", "loket"), pytest.raises(Forbidden):
            billing.approve_instalments(session, plan.id)
        with audit.acting_as("staff", "bendahara"):
            billing.approve_instalments(session, plan.id)
        session.commit()
        assert invoice.next_due_on == date(2026, 2, 1)
        pay(session, invoice, 20_000, "R2")
        assert invoice.next_due_on == date(2026, 3, 1)
        assert [p["left"] for p in billing.parts_of(invoice)] == [0, 30_000]
        with pytest.raises(Conflict):
            billing.approve_instalments(session, plan.id)
    with noon(date(2026, 3, 10)):
        billing.apply_late_fees(session)
    assert invoice.fees == 300
    sound(session)


def test_parts_that_cannot_be(session):
    day = today(session)
    invoice = billing.issue(session, draft(session, 60_000))
    for parts in (
        [(day, 60_000)],
        [(day, 30_000), (day, 30_000)],
        [(day + timedelta(days=5), 30_000), (day, 30_000)],
        [(day - timedelta(days=1), 30_000), (day, 30_000)],
        [(day, 30_000), (day + timedelta(days=5), 20_000)],
        [(day, -5_000), (day + timedelta(days=5), 65_000)],
    ):
        with pytest.raises(Invalid):
            asked(session, invoice, *parts)
    plan = asked(session, invoice, (day, 30_000), (day + timedelta(days=5), 30_000))
    pay(session, invoice, 10_000)
    with pytest.raises(Conflict):
        billing.approve_instalments(session, plan.id)
    with pytest.raises(Invalid):
        billing.refuse_instalments(session, plan.id, answer=" ")
    billing.refuse_instalments(session, plan.id, answer="sisa berubah")
    pay(session, invoice, 50_000, "R2")
    with pytest.raises(Conflict):
        asked(session, invoice, (day, 30_000), (day + timedelta(days=5), 30_000))
    with pytest.raises(NotFound):
        billing.approve_instalments(session, invoice.id)


# --- the check ---


def test_the_check_finds_what_a_stronger_hand_has_spoilt(session, database):
    """The owner of the database switches the guards off and spoils each sum: each time, the check says which."""
    invoice = billing.issue(session, draft(session))
    billing.issue(session, draft(session))
    payment = pay(session, invoice, 70_000)
    other = pay(session, billing.issue(session, draft(session)), 70_000, "R2")
    owed = billing.refund(session, other.id, 10_000, reason="lebih")
    session.commit()
    assert sound(session).invoices == 3
    tenant = session.tenant_id
    session.commit()
    for statement, claim in (
        ("UPDATE ledger_line SET amount = amount + 1 WHERE tenant_id = %s AND account = 'kas'", "sums to zero"),
        ("DELETE FROM ledger_line WHERE tenant_id = %s AND seq = 1", "is whole"),
        ("UPDATE billing_delta SET debit = debit + 1 WHERE tenant_id = %s AND kind = 'ledger'", "roll-ups agree"),
        (
            "UPDATE billing_delta SET debit = debit + 1 WHERE tenant_id = %s AND kind = 'receivable'",
            "invoices owe agrees",
        ),
        ("UPDATE invoice SET applied = 0 WHERE tenant_id = %s", "each invoice owes"),
        ("DELETE FROM payment_allocation WHERE tenant_id = %s", "allocated"),
        ("UPDATE payment SET unmatched = held, held = 0 WHERE tenant_id = %s", "is kept of each payment"),
        ("UPDATE payment_refund SET amount = amount + 1 WHERE tenant_id = %s", "to be given back"),
        ("DELETE FROM invoice WHERE serial = 2 AND tenant_id = %s", "no gaps"),
    ):
        with psycopg.connect(database.owner_url) as owner:
            owner.execute("ALTER TABLE invoice DISABLE TRIGGER USER")
            assert owner.execute(statement, (tenant,)).rowcount
            owner.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant),))
            wrong = spoilt(owner, tenant)
            owner.rollback()
        assert any(claim in w for w in wrong), (statement, wrong)
    sound(session)
    assert payment.held == 10_000
    assert owed.state == "owed"


def spoilt(owner, tenant):
    from balai.billing.queries.checks import PROOFS

    return [claim for claim, sql in PROOFS.items() if owner.execute(sql, {"tenant": tenant}).fetchall()]


def test_an_issued_invoice_is_never_changed(session):
    invoice = billing.issue(session, draft(session))
    session.commit()
    for change in ("total = 1", "lines = '[]'", "serial = 9", "due_on = due_on + 1", "subject_id = 'x'"):
        with pytest.raises(Exception, match="never changed"):
            session.execute(text(f"UPDATE invoice SET {change}"))
        session.rollback()
    with pytest.raises(Exception, match="never changed"):
        session.execute(text("DELETE FROM invoice"))
    session.rollback()
    assert invoice.total == 60_000
    with pytest.raises(Exception, match="invoice_sums"):
        session.execute(text("UPDATE invoice SET applied = total + 1"))
    session.rollback()
