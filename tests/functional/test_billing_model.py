"""Any interleaving of issue, pay, split, refund, reverse, cancel, credit, repeated callbacks and crashes, against a model that
fits on one screen; and real processes that race.
"""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from test_billing_ledger import balances
from test_billing_payments import draft, pay

from balai import billing
from balai.billing import checks
from balai.billing.models import Invoice, Payment
from balai.clock import now
from balai.errors import Problem
from balai.tenancy import tenant_scope


class Model:
    """What the books must say, by plain arithmetic. owed: [total, credited, applied]; money: where each payment stands."""

    def __init__(self):
        self.invoices, self.payments, self.cash = [], [], 0

    def issue(self, amount):
        self.invoices.append({"total": amount, "credited": 0, "from": Counter(), "dead": False})

    def rest(self, i):
        return self.invoices[i]["total"] - self.invoices[i]["credited"] - sum(self.invoices[i]["from"].values())

    def pay(self, i, amount):
        self.payments.append({"loose": amount, "refunded": 0, "gone": False, "amount": amount})
        self.cash += amount
        if i is not None:
            self.move(len(self.payments) - 1, i, min(amount, self.rest(i)))

    def move(self, p, i, amount):
        self.payments[p]["loose"] -= amount
        self.invoices[i]["from"][p] += amount

    def can_assign(self, p, i, amount):
        return amount <= self.payments[p]["loose"] and amount <= self.rest(i)

    def credit(self, i, amount):
        self.invoices[i]["credited"] += amount
        over = max(0, -self.rest(i))
        for p in sorted(self.invoices[i]["from"], reverse=True):
            back = min(over, self.invoices[i]["from"][p])
            self.move(p, i, -back)
            over -= back

    def cancel(self, i):
        self.credit(i, self.invoices[i]["total"] - self.invoices[i]["credited"])
        self.invoices[i]["dead"] = True

    def refund(self, p, amount):
        self.payments[p]["loose"] -= amount
        self.payments[p]["refunded"] += amount

    def reverse(self, p):
        for i, invoice in enumerate(self.invoices):
            self.move(p, i, -invoice["from"][p])
        self.cash -= self.payments[p]["amount"]
        self.payments[p] |= {"gone": True, "loose": 0}


STEP = st.tuples(
    st.sampled_from(["issue", "pay", "again", "receive", "assign", "credit", "cancel", "refund", "reverse", "crash"]),
    st.integers(0, 4), st.integers(0, 4), st.integers(1, 120),
)  # fmt: skip


@pytest.fixture
def fresh(app, regions):
    """A new region for each example."""

    def make():
        return regions()

    return make


@settings(max_examples=int(os.environ.get("BALAI_EXAMPLES", "25")), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps=st.lists(STEP, min_size=4, max_size=30))
def test_whatever_happens_the_books_are_right(app, fresh, steps):
    tenant, model, ids, money = fresh(), Model(), [], []
    with app.app_context():
        for number, step in enumerate(steps):
            session = app.extensions["balai.db"].session(tenant.id)
            try:
                if take(session, model, ids, money, number, step):
                    session.commit()
                else:
                    session.rollback()
            finally:
                session.close()
        with tenant_scope(tenant) as session:
            compare(session, model, ids, money)


def take(session, model, ids, money, number, step):
    """Take a step in the database and in the model, or be refused by both; whether it is to be committed."""
    act, a, b, amount = step
    i, p = (a % len(ids) if ids else None), (b % len(money) if money else None)
    if act in ("issue", "crash"):
        made = billing.issue(session, draft(session, amount))
        if act == "crash":
            return False
        ids.append(made.id)
        model.issue(amount)
        return True
    if act == "receive":
        money.append(
            billing.receive(session, amount, method="bank", paid_at=now(), reference=str(number), account="bank").id
        )
        model.pay(None, amount)
        return True
    if act == "pay" and i is not None:
        money.append(settle(session, ids[i], amount, number).id)
        model.pay(i, amount)
        return True
    if act == "again" and p is not None:
        known = session.get_one(Payment, (session.tenant_id, money[p]))
        if known.invoice_id is not None and known.method == "kasir":
            assert not settle(session, known.invoice_id, known.amount, known.reference).is_new
        return True
    return change(session, model, ids, money, act, i, p, amount)


def change(session, model, ids, money, act, i, p, amount):
    """Acts on what is there: refused by Balai exactly when the model says that it can't be."""
    may, call, note = {
        "assign": (lambda: model.can_assign(p, i, amount), lambda: billing.assign(session, money[p], ids[i], amount),
                   lambda: model.move(p, i, amount)),
        "credit": (lambda: not model.invoices[i]["dead"] and amount <= model.invoices[i]["total"] - model.invoices[i]["credited"],
                   lambda: billing.credit(session, ids[i], amount, reason="uji"), lambda: model.credit(i, amount)),
        "cancel": (lambda: not model.invoices[i]["dead"], lambda: billing.cancel(session, ids[i], reason="uji"),
                   lambda: model.cancel(i)),
        "refund": (lambda: amount <= model.payments[p]["loose"],
                   lambda: billing.refund(session, money[p], amount, reason="uji"), lambda: model.refund(p, amount)),
        "reverse": (lambda: not model.payments[p]["gone"] and not model.payments[p]["refunded"],
                    lambda: billing.reverse_payment(session, money[p], reason="uji"), lambda: model.reverse(p)),
    }.get(act, (lambda: False, None, None))  # fmt: skip
    if (
        call is None
        or (act in ("assign", "credit", "cancel") and i is None)
        or (act in ("assign", "refund", "reverse") and p is None)
    ):
        return True
    allowed = may()
    try:
        call()
    except Problem:
        assert not allowed, act
        return False
    assert allowed, act
    note()
    return True


def settle(session, invoice_id, amount, reference):
    return billing.settle(
        session, invoice_id, amount, method="kasir", paid_at=now(), reference=str(reference), account="bank"
    )


def compare(session, model, ids, money):
    for i, key in enumerate(ids):
        row = session.get_one(Invoice, (session.tenant_id, key))
        assert (row.outstanding, row.state == "cancelled") == (model.rest(i), model.invoices[i]["dead"])
    for p, key in enumerate(money):
        row = session.get_one(Payment, (session.tenant_id, key))
        assert (row.held + row.unmatched, row.refunded) == (model.payments[p]["loose"], model.payments[p]["refunded"])
    books = Counter(balances(session))
    assert books["bank"] == model.cash
    assert books["piutang"] == sum(model.rest(i) for i in range(len(ids)))
    assert books["titipan"] + books["belum_dikenali"] == -sum(p["loose"] for p in model.payments)
    assert books["utang_pengembalian"] == -sum(p["refunded"] for p in model.payments)
    assert [f for f in checks.check_books(session).findings if f.wrong] == []


# --- real processes ---

RACER = """
import os, sys
from balai.app import create_app
from balai import billing
from balai.billing import InvoiceDraft, InvoiceLine, Payer
from balai.billing.days import today
from balai.clock import now
from balai.errors import Problem
from balai.tenancy import tenant_scope
from uuid import UUID
tenant, what, mark = int(sys.argv[1]), sys.argv[2], sys.argv[3]
app = create_app()
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    for n in range(15):
        try:
            with tenant_scope(tenant) as session:
                if what == "issue":
                    line = InvoiceLine("a", 10, "pendapatan")
                    billing.issue(session, InvoiceDraft("AIR", "x", f"{mark}{n}", Payer("A"), [line], today(session)))
                    if n % 3 == 0:
                        raise KeyboardInterrupt
                else:
                    reference = f"{n}" if n % 2 else f"{mark}{n}"
                    billing.settle(session, UUID(what), 10, method="kasir", paid_at=now(), reference=reference, account="kas")
        except KeyboardInterrupt:
            pass
print("done", flush=True)
"""


def race(settings, tenant, what):
    """Two processes do the same at the same moment."""
    environ = {
        **os.environ, "BALAI_ENV": "test", "BALAI_DATABASE_URL": settings.database_url, "BALAI_KEK_FILE": settings.kek_file,
        "BALAI_SECRET_KEY": settings.secret_key,
    }  # fmt: skip
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(tenant.id), what, mark], env=environ, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for mark in "pq"
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        assert racer.communicate(timeout=120)[0] == "done\n"
        assert racer.returncode == 0


def test_two_processes_leave_no_gap_in_the_numbers(settings, tenant, session):
    race(settings, tenant, "issue")
    serials = session.scalars(select(Invoice.serial).order_by(Invoice.serial)).all()
    assert serials == list(range(1, 21))
    assert [f for f in checks.check_books(session).findings if f.wrong] == []


def test_two_processes_on_one_invoice_pay_it_once(settings, tenant, session):
    """Each tells seven references that the other tells too, and eight of its own: 23 payments of 10 for a bill of 100."""
    invoice = billing.issue(session, draft(session, 100))
    session.commit()
    race(settings, tenant, str(invoice.id))
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Payment)) == 23
    assert (invoice.state, invoice.applied) == ("paid", 100)
    assert balances(session) == {"kas": 230, "pendapatan": -100, "titipan": -130}
    assert [f for f in checks.check_books(session).findings if f.wrong] == []


def test_a_thousand_at_once_have_their_numbers_in_order(session):
    drafts = [draft(session, 10 + n, series=("AIR", "SAMPAH")[n % 2]) for n in range(1000)]
    made = billing.issue_many(session, drafts)
    session.commit()
    assert [m.number[-6:] for m in made if m.number.startswith("AIR")] == [f"{n:06d}" for n in range(1, 501)]
    assert sum(m.total for m in made) == -balances(session)["pendapatan"]
    with pytest.raises(Problem) as wrong:
        billing.issue_many(session, [*drafts[:2], draft(session, due_date=drafts[0].due_date - timedelta(days=400))])
    assert wrong.value.errors[0].field == "2/due_date"
    assert pay(session, session.get_one(Invoice, (session.tenant_id, made[0].id)), 10).applied == 10
    assert [f for f in checks.check_books(session).findings if f.wrong] == []
