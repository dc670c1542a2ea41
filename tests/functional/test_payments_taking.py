"""What providers say, in any order and as often as they like: every rupiah has its place, and only a payment settles anything."""

import secrets
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from balai import billing
from balai.billing.models import Payment
from balai.billing.payments.models import PaymentEvent, PaymentOrderRow, ReconciliationFinding
from balai.billing.payments.taking import redacted, sane, take
from balai.clock import frozen, now
from balai.contracts import PaymentFault, PaymentNotice
from balai.db import new_id


@pytest.fixture
def bill(session):
    def make(amount=100_000):
        return billing.issue(session, billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer("Siti Aminah"),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
        ))  # fmt: skip

    return make


@pytest.fixture
def ordered(session):
    def make(invoice, rupiah=None):
        row = PaymentOrderRow(
            id=new_id(), code=f"{secrets.randbelow(10**12):012d}", provider="snap", method="va", invoice_id=invoice.id,
            rupiah=rupiah or invoice.outstanding, until=now() + timedelta(days=1),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    return make


def paid(order, rupiah, reference="R1", at=None):
    return PaymentNotice(order if isinstance(order, str) else order.code, "paid", rupiah, reference, at or now())


def said(order, state, reference="R1"):
    return PaymentNotice(order.code, state, order.rupiah, reference, now())


def tell(session, notice, body=None):
    return take(session, "snap", notice, source="callback" if body else "asked", body=body).verdict


def kinds(session):
    return sorted(session.scalars(select(ReconciliationFinding.kind)))


def test_paid_is_paid_once_however_often_it_is_told(session, bill, ordered):
    invoice = bill()
    order = ordered(invoice)
    assert tell(session, paid(order, 100_000), b"{}") == "settled"
    assert tell(session, paid(order, 100_000), b"{}") == "settled"  # the very same words: the old event
    assert tell(session, paid(order, 100_000), b"{ }") == "ignored"  # the same payment in other words
    session.refresh(invoice)
    assert (invoice.state, order.state) == ("paid", "paid")
    assert session.scalar(select(func.count()).select_from(Payment)) == 1
    assert session.scalar(select(func.count()).select_from(PaymentEvent)) == 2
    assert kinds(session) == []


def test_only_paid_pays(session, bill, ordered):
    invoice = bill()
    order = ordered(invoice)
    for state in ("pending", "expired", "failed"):
        tell(session, said(order, state))
    session.refresh(invoice)
    assert (invoice.outstanding, order.state) == (100_000, "expired")
    # Money that comes after all counts.
    assert tell(session, paid(order, 100_000)) == "settled"
    # And nothing that was said late undoes it.
    for state in ("expired", "failed", "pending"):
        assert tell(session, said(order, state, "R2")) == "ignored"
    session.refresh(invoice)
    assert (invoice.state, order.state) == ("paid", "paid")


@pytest.mark.parametrize(
    ("amount", "verdict", "left", "held", "findings"),
    [(60_000, "part", 40_000, 0, ["amount"]), (130_000, "held", 0, 30_000, ["amount", "double"])],
)
def test_too_little_and_too_much(session, bill, ordered, amount, verdict, left, held, findings):
    invoice = bill()
    order = ordered(invoice)
    assert tell(session, paid(order, amount)) == verdict
    session.refresh(invoice)
    assert (invoice.outstanding, session.scalars(select(Payment.held)).one()) == (left, held)
    assert kinds(session) == findings


def test_paid_twice_is_held_for_the_payer_and_told(session, bill, ordered):
    order = ordered(bill())
    assert tell(session, paid(order, 100_000, "R1")) == "settled"
    assert tell(session, paid(order, 100_000, "R2")) == "held"
    assert session.scalars(select(Payment.held).order_by(Payment.id)).all() == [0, 100_000]
    assert kinds(session) == ["double"]


def test_money_for_a_cancelled_invoice_is_kept_apart(session, bill, ordered):
    invoice = bill()
    order = ordered(invoice)
    billing.cancel(session, invoice.id, reason="salah terbit")
    assert tell(session, paid(order, 100_000)) == "unmatched"
    assert session.scalars(select(Payment.unmatched)).one() == 100_000
    assert kinds(session) == ["unknown"]


def test_an_unknown_order_is_kept_in_the_queue(session):
    assert tell(session, paid("000000000000", 5_000)) == "unmatched"
    assert kinds(session) == ["unknown"]


@pytest.mark.parametrize("amount", [None, 0, -5, 10**18])
def test_amounts_that_are_none_are_refused_and_told(session, bill, ordered, amount):
    invoice = bill()
    assert tell(session, paid(ordered(invoice), amount)) == "refused"
    session.refresh(invoice)
    assert invoice.outstanding == 100_000
    assert session.scalar(select(func.count()).select_from(Payment)) == 0
    assert kinds(session) == ["amount"]


def test_the_same_number_with_another_amount_is_refused_and_told(session, bill, ordered):
    order = ordered(bill())
    tell(session, paid(order, 100_000, "R1"))
    assert tell(session, paid(order, 90_000, "R1")) == "refused"
    assert session.scalars(select(Payment.amount)).all() == [100_000]
    assert kinds(session) == ["amount"]


def test_a_refund_is_for_a_person_to_book(session, bill, ordered):
    invoice = bill()
    order = ordered(invoice)
    assert tell(session, said(order, "refunded")) == "noted"  # before its payment: out of order
    assert tell(session, paid(order, 100_000)) == "settled"
    session.refresh(invoice)
    assert invoice.state == "paid"
    assert kinds(session) == ["refunded"]


@pytest.mark.parametrize("hours", [-30, -2, 2])
def test_a_clock_that_goes_wrong_loses_nothing(session, bill, ordered, hours):
    invoice = bill()
    order = ordered(invoice)
    told_at = now()
    with frozen(now() + timedelta(hours=hours)):
        assert tell(session, paid(order, 100_000, at=told_at)) == "settled"
        payment = session.scalars(select(Payment)).one()
        assert payment.paid_at <= now() or hours > 0
    session.refresh(invoice)
    assert invoice.state == "paid"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from(["paid", "paid", "paid", "pending", "expired", "failed", "refunded"]),
            st.sampled_from([100_000, 60_000, 1]), st.sampled_from(["R1", "R2", "R3"]),
        ),
        max_size=12,
    ),
    st.booleans(),
)  # fmt: skip
def test_any_order_of_statements_keeps_every_rupiah(session, bill, ordered, statements, cancelled):
    """Against a model of ten lines: the first amount of a reference is its payment, everything else adds nothing."""
    session.rollback()  # what an example before this one left behind
    invoices = [bill() for _ in range(3)]
    orders = [ordered(invoice) for invoice in invoices]
    if cancelled:
        billing.cancel(session, invoices[0].id, reason="x")
    model = {}
    for which, state, rupiah, reference in statements:
        unique = f"{reference}-{orders[which].code}"
        take(session, "snap", PaymentNotice(orders[which].code, state, rupiah, unique, now()), source="asked")
        if state == "paid":
            model.setdefault(unique, (which, rupiah))
    for which, invoice in enumerate(invoices):
        session.refresh(invoice)
        due = 0 if invoice.state == "cancelled" else 100_000
        sums = sum(rupiah for w, rupiah in model.values() if w == which)
        assert invoice.outstanding == max(0, due - sums)
        rows = session.scalars(select(Payment).where(Payment.invoice_id == invoice.id)).all()
        assert sum(p.amount for p in rows) == sums
        assert sum(p.held + p.unmatched for p in rows) == max(0, sums - due)
    session.commit()


def test_what_is_kept_of_a_callback_names_nobody():
    kept = redacted(
        b'{"virtualAccountName":"SITI AMINAH","phone":"081234567890","trxId":"1","additionalInfo":{"payerName":"X Y"}}'
    )
    assert "SITI" not in kept
    assert "0812" not in kept
    assert "X Y" not in kept
    assert '"trxId":"1"' in kept
    assert redacted(b"\xff\x00") == "[2 bytes]"


@pytest.mark.parametrize("word", ["", "x" * 65, "a\x00b", "a\nb", "é", "\ud800"])
def test_words_that_cannot_be_kept_are_a_fault(word):
    with pytest.raises(PaymentFault):
        sane(PaymentNotice("1", "paid", 1, word))
    with pytest.raises(PaymentFault):
        sane(PaymentNotice(word, "paid", 1, "1"))


def test_the_record_cannot_be_changed(session, bill, ordered, database, tenant):
    tell(session, paid(ordered(bill()), 100_000), b'{"virtualAccountName":"SITI"}')
    session.commit()
    with psycopg.connect(database.app_url) as app:
        app.execute(f"SET app.tenant_id = '{tenant.id}'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("UPDATE payment_event SET verdict = 'settled'")
