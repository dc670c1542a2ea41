"""A cashier's day below its pages: every rupiah of a drawer is in the ledger, whoever is faster."""

import threading
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from flask import g

from balai import billing
from balai.billing.cashier import queries, services
from balai.billing.cashier.services import TakenMeanwhileError
from balai.clock import frozen, now
from balai.db import new_id
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.tenancy import tenant_scope
from balai.testing.offices import add_member


@pytest.fixture
def bill(session):
    def make(amount=100_000, name="Siti Aminah", **more):
        draft = billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer(name),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20), **more,
        )  # fmt: skip
        return billing.issue(session, draft)

    return make


@pytest.fixture
def cashier(session, office):
    return office.officer_id


def balances(database, tenant):
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute(
            "SELECT account, sum(amount) FROM ledger_line WHERE tenant_id = %s GROUP BY 1 HAVING sum(amount) <> 0",
            (tenant.id,),
        )
        return {account: int(total) for account, total in rows}


def test_a_day_adds_up_to_the_rupiah(session, tenant, cashier, bill, database):
    one, two = bill(100_000), bill(50_000)
    services.open_drawer(session, cashier, opening=200_000)
    receipt = services.take_cash(
        session, cashier, [(two.id, 50_000), (one.id, 60_000)], handed=120_000, receipt_id=new_id()
    )
    assert (receipt.total, receipt.change, receipt.number) == (110_000, 10_000, 1)
    session.refresh(one)
    session.refresh(two)
    assert (one.outstanding, one.state, two.state) == (40_000, "open", "paid")
    with pytest.raises(Invalid):
        services.close_drawer(session, cashier, counted=309_000, note="  ")
    closed = services.close_drawer(session, cashier, counted=309_000, note="Salah memberi kembalian")
    session.commit()
    assert (closed.expected, closed.difference) == (310_000, -1_000)
    assert balances(database, tenant) == {
        "kas": 109_000, "selisih_kas": 1_000, "piutang": 40_000, "pendapatan": -150_000,
    }  # fmt: skip
    with pytest.raises(Conflict):
        services.close_drawer(session, cashier, counted=0, note="")


def test_the_same_receipt_twice_is_one(session, cashier, bill):
    invoice, receipt_id = bill(), new_id()
    services.open_drawer(session, cashier, opening=0)
    first = services.take_cash(session, cashier, [(invoice.id, 40_000)], handed=40_000, receipt_id=receipt_id)
    again = services.take_cash(session, cashier, [(invoice.id, 40_000)], handed=40_000, receipt_id=receipt_id)
    assert first is again
    session.refresh(invoice)
    assert invoice.applied == 40_000
    assert services.current_drawer(session, cashier).taken == 40_000


def test_who_has_no_unit_opens_no_drawer_and_nobody_opens_two(session, cashier):
    stranger = add_member(session, "Tanpa Unit")
    with pytest.raises(Forbidden):
        services.open_drawer(session, stranger, opening=0)
    services.open_drawer(session, cashier, opening=0)
    with pytest.raises(Conflict):
        services.open_drawer(session, cashier, opening=0)


@pytest.mark.parametrize(
    ("parts", "handed"), [([], 1), ([("a", 0)], 1), ([("a", -5)], 1), ([("a", 10)], 9), ([("a", 10), ("a", 10)], 20)]
)
def test_odd_sums_are_refused(session, cashier, bill, parts, handed):
    services.open_drawer(session, cashier, opening=0)
    invoice = bill()
    with pytest.raises(Invalid):
        services.take_cash(session, cashier, [(invoice.id, n) for _a, n in parts], handed=handed, receipt_id=new_id())


def test_nothing_of_another_region_can_be_paid(session, cashier, app, other_tenant):
    services.open_drawer(session, cashier, opening=0)
    with app.app_context(), tenant_scope(other_tenant) as foreign:
        g.tenant = other_tenant
        draft = billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id="x", payer=billing.Payer("Orang Lain"),
            lines=[billing.InvoiceLine("Air", 5_000, "pendapatan")], due_date=now().date() + timedelta(days=9),
        )  # fmt: skip
        strange = billing.issue(foreign, draft).id
    with pytest.raises(NotFound):
        services.take_cash(session, cashier, [(strange, 5_000)], handed=5_000, receipt_id=new_id())


def test_two_cashiers_on_one_invoice_the_second_one_sees_what_happened(app, session, tenant, office, bill, database):
    other = add_member(session, "Rina Kasir")
    services.open_drawer(session, office.officer_id, opening=0)
    from balai.cases.models import UnitMember

    session.add(UnitMember(unit_id=office.unit_id, member_id=other, since=now()))
    session.flush()
    services.open_drawer(session, other, opening=0)
    invoice = bill(80_000)
    invoice_id = invoice.id
    session.commit()
    results, gate = {}, threading.Barrier(2)

    def pay(member):
        with app.app_context(), tenant_scope(tenant) as own:
            g.tenant = tenant
            gate.wait(10)
            try:
                services.take_cash(own, member, [(invoice_id, 80_000)], handed=100_000, receipt_id=new_id())
                own.commit()
                results[member] = "paid"
            except TakenMeanwhileError as late:
                own.rollback()
                results[member] = late.invoice_id

    threads = [threading.Thread(target=pay, args=(m,)) for m in (office.officer_id, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, results.values())) == sorted(["paid", str(invoice_id)])
    session.expire_all()
    (taken,) = queries.taken_for(session, invoice_id)
    assert (taken.amount, taken.reversed) == (80_000, False)
    assert taken.member in {"Budi Uji", "Rina Kasir"}
    assert balances(database, tenant) == {"kas_loket": 80_000, "pendapatan": -80_000}


def test_a_receipt_is_taken_back_by_two_people(session, tenant, cashier, bill, database):
    invoice = bill(30_000)
    services.open_drawer(session, cashier, opening=10_000)
    receipt = services.take_cash(session, cashier, [(invoice.id, 30_000)], handed=50_000, receipt_id=new_id())
    with pytest.raises(Invalid):
        services.ask_reversal(session, receipt.id, member=cashier, reason=" ")
    asked = services.ask_reversal(session, receipt.id, member=cashier, reason="Salah orang")
    with pytest.raises(Conflict):
        services.ask_reversal(session, receipt.id, member=cashier, reason="Sekali lagi")
    with pytest.raises(Forbidden):
        services.decide_reversal(session, asked.id, member=cashier, approve=True)
    head = add_member(session, "Kepala Unit")
    services.decide_reversal(session, asked.id, member=head, approve=True)
    with pytest.raises(Conflict):
        services.decide_reversal(session, asked.id, member=head, approve=True)
    session.refresh(invoice)
    assert invoice.outstanding == 30_000
    closed = services.close_drawer(session, cashier, counted=10_000, note="")
    session.commit()
    assert (closed.expected, closed.difference) == (10_000, 0)
    assert balances(database, tenant) == {"piutang": 30_000, "pendapatan": -30_000}


def test_a_reversal_needs_the_cash_and_ends_with_the_drawer(session, cashier, bill):
    invoice = bill(30_000)
    services.open_drawer(session, cashier, opening=0)
    receipt = services.take_cash(session, cashier, [(invoice.id, 30_000)], handed=30_000, receipt_id=new_id())
    services.close_drawer(session, cashier, counted=30_000, note="")
    services.open_drawer(session, cashier, opening=0)
    asked = services.ask_reversal(session, receipt.id, member=cashier, reason="Salah orang")
    head = add_member(session, "Kepala Unit")
    with pytest.raises(Conflict, match="tidak cukup"):
        services.decide_reversal(session, asked.id, member=head, approve=True)


def test_a_clock_that_goes_back_breaks_no_drawer(session, tenant, cashier, bill, database):
    invoice = bill(20_000)
    services.open_drawer(session, cashier, opening=5_000)
    with frozen(now() - timedelta(hours=2)):
        services.take_cash(session, cashier, [(invoice.id, 20_000)], handed=20_000, receipt_id=new_id())
        closed = services.close_drawer(session, cashier, counted=25_000, note="")
    session.commit()
    assert closed.closed_at >= closed.opened_at
    assert closed.difference == 0
    assert balances(database, tenant) == {"kas": 20_000, "pendapatan": -20_000}
