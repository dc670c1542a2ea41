"""Money in, money back: each rupiah of a payment stands in one place, whatever is told twice, late or wrongly."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from test_billing_ledger import balances

from balai import billing
from balai.billing import InvoiceDraft, InvoiceLine, Payer
from balai.clock import now
from balai.db import new_id
from balai.errors import Conflict, Invalid, NotFound
from balai.tenancy import tenant_scope


def draft(session, amount=60_000, **changes):
    values = {
        "series": "AIR", "subject_kind": "water.bill", "subject_id": str(new_id()), "payer": Payer("Siti Aminah", "081234567890"),
        "lines": [InvoiceLine("Pemakaian air", amount, "pendapatan", reason={"decree": "Perwal 12/2025"})],
        "due_date": billing.booking_day(session, now()) + timedelta(days=14),
    }  # fmt: skip
    return InvoiceDraft(**values | changes)


def pay(session, invoice, amount, reference="R1", **changes):
    values = {"method": "kasir", "paid_at": now(), "reference": reference, "account": "kas"}
    return billing.settle(session, invoice.id, amount, **values | changes)


@pytest.fixture
def told(session):
    """Ids of invoices that were announced as settled; whoever listens is told as well."""
    found, real = [], session.database.dispatcher

    def dispatch(own, event):
        if event.name == "invoice_settled":
            found.append(event.subject_id)
        real(own, event)

    session.database.dispatcher = dispatch
    yield found
    session.database.dispatcher = real


def test_paid_in_full(session, told):
    invoice = billing.issue(session, draft(session))
    assert (invoice.number[:4], invoice.serial, invoice.state, invoice.outstanding) == ("AIR-", 1, "open", 60_000)
    payment = pay(session, invoice, 60_000)
    session.commit()
    assert told == [str(invoice.id)]
    assert payment.is_new
    assert (invoice.state, invoice.outstanding, payment.applied) == ("paid", 0, 60_000)
    assert balances(session) == {"kas": 60_000, "pendapatan": -60_000}


def test_the_same_payment_again_changes_nothing(session, told):
    invoice = billing.issue(session, draft(session))
    first = pay(session, invoice, 60_000)
    session.commit()
    again = pay(session, invoice, 60_000)
    assert again.id == first.id
    assert not again.is_new
    assert len(told) == 1
    assert balances(session) == {"kas": 60_000, "pendapatan": -60_000}
    for changes in ({"amount": 59_999}, {"invoice": billing.issue(session, draft(session))}):
        with pytest.raises(Conflict) as used:
            pay(session, changes.get("invoice", invoice), changes.get("amount", 60_000))
        assert used.value.slug == "rujukan-terpakai"


def test_part_then_too_much(session):
    invoice = billing.issue(session, draft(session))
    pay(session, invoice, 20_000)
    assert (invoice.state, invoice.outstanding) == ("open", 40_000)
    second = pay(session, invoice, 50_000, "R2")
    assert (second.applied, second.held) == (40_000, 10_000)
    assert balances(session) == {"kas": 70_000, "pendapatan": -60_000, "titipan": -10_000}


def test_money_for_a_cancelled_invoice_is_unmatched(session):
    invoice = billing.issue(session, draft(session))
    billing.cancel(session, invoice.id, reason="salah hitung")
    payment = pay(session, invoice, 60_000)
    assert (payment.applied, payment.unmatched, invoice.state) == (0, 60_000, "cancelled")
    assert balances(session) == {"kas": 60_000, "belum_dikenali": -60_000}


def test_cancelling_keeps_the_payers_money(session):
    invoice = billing.issue(session, draft(session))
    payment = pay(session, invoice, 20_000)
    billing.credit(session, invoice.id, 5_000, reason="keringanan")
    billing.cancel(session, invoice.id, reason="salah orang")
    session.commit()
    assert (payment.applied, payment.held, invoice.outstanding) == (0, 20_000, 0)
    assert balances(session) == {"kas": 20_000, "titipan": -20_000}
    with pytest.raises(Conflict):
        billing.cancel(session, invoice.id, reason="lagi")


def test_a_credit_above_the_rest_gives_money_back_to_the_payer(session):
    invoice = billing.issue(session, draft(session))
    first, second = pay(session, invoice, 40_000), pay(session, invoice, 20_000, "R2")
    billing.credit(session, invoice.id, 30_000, reason="meteran rusak", decree="SK 7/2026")
    session.commit()
    assert (second.applied, second.held, first.applied, first.held) == (0, 20_000, 30_000, 10_000)
    assert (invoice.state, invoice.outstanding) == ("paid", 0)
    assert balances(session) == {"kas": 60_000, "pendapatan": -60_000, "potongan": 30_000, "titipan": -30_000}


def test_unknown_money_is_split_over_invoices_and_the_rest_given_back(session):
    one, two = (billing.issue(session, draft(session, n)) for n in (30_000, 50_000))
    payment = billing.receive(session, 100_000, method="bank", paid_at=now(), reference="B1", account="bank")
    assert payment.unmatched == 100_000
    billing.assign(session, payment.id, one.id, 30_000)
    billing.assign(session, payment.id, two.id, 50_000)
    owed = billing.refund(session, payment.id, 20_000, reason="lebih kirim")
    paid = billing.pay_refund(session, owed.id, account="bank", reference="TRF-9")
    session.commit()
    assert (one.state, two.state, payment.applied, payment.refunded, payment.unmatched) == (
        "paid",
        "paid",
        80_000,
        20_000,
        0,
    )
    assert paid.state == "paid"
    assert balances(session) == {"bank": 80_000, "pendapatan": -80_000}
    with pytest.raises(Conflict):
        billing.pay_refund(session, owed.id, account="bank", reference="TRF-9")
    with pytest.raises(Invalid):
        billing.refund(session, payment.id, 1, reason="tidak ada sisa")
    with pytest.raises(Conflict):
        billing.reverse_payment(session, payment.id, reason="sudah dikembalikan")


def test_a_reversed_payment_opens_its_invoices_again(session):
    one, two = (billing.issue(session, draft(session, n)) for n in (30_000, 50_000))
    payment = billing.receive(session, 90_000, method="bank", paid_at=now(), reference="B1", account="bank")
    billing.assign(session, payment.id, one.id, 30_000)
    billing.assign(session, payment.id, two.id, 10_000)
    billing.reverse_payment(session, payment.id, reason="transfer dibatalkan bank")
    session.commit()
    assert (one.outstanding, two.outstanding, payment.reversed) == (30_000, 50_000, 90_000)
    assert balances(session) == {"piutang": 80_000, "pendapatan": -80_000}
    with pytest.raises(Conflict):
        billing.reverse_payment(session, payment.id, reason="lagi")


@pytest.mark.parametrize("amount", [0, -5, 1.5, True, "7", 10**15], ids=str)
def test_sums_that_cannot_be(session, amount):
    invoice = billing.issue(session, draft(session))
    with pytest.raises(Invalid):
        pay(session, invoice, amount)


@pytest.mark.parametrize(
    "changes",
    [{"reference": " "}, {"reference": "x" * 201}, {"method": ""}, {"paid_at": now() + timedelta(days=3)}],
    ids=["blank", "long", "no-method", "future"],
)
def test_payments_that_cannot_be(session, changes):
    invoice = billing.issue(session, draft(session))
    with pytest.raises(Invalid):
        pay(session, invoice, 5, **changes)


def test_another_regions_invoice_is_unknown(app, session, other_tenant):
    with tenant_scope(other_tenant) as other:
        theirs = billing.issue(other, draft(other))
        their_payment = pay(other, theirs, 5)
    for act in (
        lambda: pay(session, theirs, 5),
        lambda: billing.cancel(session, theirs.id, reason="x"),
        lambda: billing.credit(session, theirs.id, 5, reason="x"),
        lambda: billing.reverse_payment(session, their_payment.id, reason="x"),
        lambda: billing.refund(session, their_payment.id, 1, reason="x"),
        lambda: billing.pay_refund(session, new_id(), account="kas", reference="x"),
        lambda: billing.assign(session, their_payment.id, theirs.id, 1),
        lambda: billing.ask_instalments(session, theirs.id, [], reason="x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_bank_that_tells_late_or_with_an_old_clock(session):
    """What was paid before the invoice existed is booked with it; the payment keeps the bank's own moment."""
    invoice = billing.issue(session, draft(session))
    early = now() - timedelta(days=9000)
    payment = pay(session, invoice, 60_000, paid_at=early)
    session.commit()
    booked = session.scalar(
        select(billing.Transaction.booked_on).where(billing.Transaction.id == payment.transaction_id)
    )
    assert payment.paid_at == early
    assert booked == invoice.issued_on
