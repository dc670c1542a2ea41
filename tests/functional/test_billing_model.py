"""Any interleaving of issue, pay, split, refund, reverse, cancel, credit, callbacks and crashes, against a model that
fits on one screen; and real processes that race.
"""

import copy
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from test_billing_ledger import balances
from test_billing_payments import draft

from balai import billing
from balai.billing import checks
from balai.billing.models import Invoice, Payment
from balai.billing.payments import inbox, tasks
from balai.billing.payments.models import PaymentOrderRow
from balai.clock import now
from balai.contracts import PaymentNotice
from balai.db import new_id
from balai.errors import Problem
from balai.tenancy import tenant_scope


class Model:
    """What the books must say, by plain arithmetic. told: callbacks that were kept and aren't booked yet."""

    def __init__(self):
        self.invoices, self.payments, self.refunds, self.told, self.cash = [], [], [], [], 0

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

    def can_credit(self, i, amount):
        return not self.invoices[i]["dead"] and amount <= self.invoices[i]["total"] - self.invoices[i]["credited"]

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
        self.refunds.append({"amount": amount, "paid": False})

    def pay_refund(self, r):
        self.refunds[r]["paid"] = True
        self.cash -= self.refunds[r]["amount"]

    def reverse(self, p):
        for i, invoice in enumerate(self.invoices):
            self.move(p, i, -invoice["from"][p])
        self.cash -= self.payments[p]["amount"]
        self.payments[p] |= {"gone": True, "loose": 0}

    def book(self):
        for i, amount, _reference in self.told:
            self.pay(i, amount)
        self.told = []


@dataclass
class World:
    """The model beside the ids of what is really there."""

    model: Model = field(default_factory=Model)
    invoices: list = field(default_factory=list)
    payments: list = field(default_factory=list)
    refunds: list = field(default_factory=list)
    bodies: list = field(default_factory=list)


ACTS = (
    "issue",
    "pay",
    "again",
    "receive",
    "assign",
    "credit",
    "cancel",
    "refund",
    "pay_refund",
    "reverse",
    "tell",
    "retell",
    "book",
)
# What it is, on what, how much, and whether the process dies before it commits.
STEP = st.tuples(
    st.sampled_from(ACTS),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(1, 120),
    st.sampled_from([False] * 4 + [True]),
)


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
    tenant, world = fresh(), World()
    with app.app_context():
        for number, (*step, dies) in enumerate([*steps, ("book", 0, 0, 1, False)]):
            before = copy.deepcopy(world) if dies else world
            session = app.extensions["balai.db"].session(tenant.id)
            try:
                done = take(session, world, number, *step)
                if done and not dies:
                    session.commit()
                else:
                    session.rollback()
                    world = before
            finally:
                session.close()
        with tenant_scope(tenant) as session:
            compare(session, world)


def take(session, world, number, act, a, b, amount):
    """Take a step in the database and in the model, or be refused by both; whether it is to be committed."""
    model = world.model
    i, p, r = (
        n % len(there) if there else None for n, there in ((a, world.invoices), (b, world.payments), (b, world.refunds))
    )
    if act == "issue":
        world.invoices.append(billing.issue(session, draft(session, amount)).id)
        model.issue(amount)
    elif act == "receive":
        told = {"method": "bank", "paid_at": now(), "reference": str(number), "account": "bank"}
        world.payments.append(billing.receive(session, amount, **told).id)
        model.pay(None, amount)
    elif act == "pay" and i is not None:
        world.payments.append(settle(session, world.invoices[i], amount, number).id)
        model.pay(i, amount)
    elif act == "again" and p is not None:
        known = session.get_one(Payment, (session.tenant_id, world.payments[p]))
        if known.invoice_id is not None and known.method == "kasir":
            assert not settle(session, known.invoice_id, known.amount, known.reference).is_new
    elif act in ("tell", "retell", "book"):
        callback(session, world, number, act, a, amount)
    else:
        return change(session, world, act, i, p, r, amount)
    return True


def callback(session, world, number, act, a, amount):
    """A provider tells of a payment, tells it again, and a worker books what was told, maybe much later."""
    if act == "tell" and world.invoices:
        i, code = a % len(world.invoices), f"{number:012d}"
        order = {"code": code, "provider": "snap", "method": "va", "rupiah": amount + number % 2, "until": now()}
        session.add(PaymentOrderRow(id=new_id(), invoice_id=world.invoices[i], **order))
        session.flush()
        notice = PaymentNotice(code, "paid", amount, f"R{number}", now())
        world.bodies.append((notice, b"%d" % number))
        world.model.told.append((i, amount, notice.reference))
    if act != "book" and world.bodies:
        notice, body = world.bodies[-1 if act == "tell" else a % len(world.bodies)]
        inbox.keep(session, "snap", notice, body, then=tasks.book_told)
    if act == "book":
        told = world.model.told
        inbox.book(session, "snap")
        world.model.book()
        world.payments += [billing.find_payment(session, "snap", reference).id for _i, _amount, reference in told]


def change(session, world, act, i, p, r, amount):
    """Acts on what is there: refused by Balai exactly when the model says that it can't be."""
    model, why = world.model, {"reason": "uji"}
    needs, may, call, note = {
        "assign": ((i, p), lambda: model.can_assign(p, i, amount),
                   lambda: billing.assign(session, world.payments[p], world.invoices[i], amount),
                   lambda: model.move(p, i, amount)),
        "credit": ((i,), lambda: model.can_credit(i, amount),
                   lambda: billing.credit(session, world.invoices[i], amount, **why), lambda: model.credit(i, amount)),
        "cancel": ((i,), lambda: not model.invoices[i]["dead"],
                   lambda: billing.cancel(session, world.invoices[i], **why), lambda: model.cancel(i)),
        "refund": ((p,), lambda: amount <= model.payments[p]["loose"],
                   lambda: world.refunds.append(billing.refund(session, world.payments[p], amount, **why).id),
                   lambda: model.refund(p, amount)),
        "pay_refund": ((r,), lambda: not model.refunds[r]["paid"],
                       lambda: billing.pay_refund(session, world.refunds[r], account="bank", reference="TRF"),
                       lambda: model.pay_refund(r)),
        "reverse": ((p,), lambda: not model.payments[p]["gone"] and not model.payments[p]["refunded"],
                    lambda: billing.reverse_payment(session, world.payments[p], **why), lambda: model.reverse(p)),
    }.get(act, ((None,), None, None, None))  # fmt: skip
    if None in needs:
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


def compare(session, world):
    model = world.model
    for i, key in enumerate(world.invoices):
        row = session.get_one(Invoice, (session.tenant_id, key))
        assert (row.outstanding, row.state == "cancelled") == (model.rest(i), model.invoices[i]["dead"])
    for p, key in enumerate(world.payments):
        row = session.get_one(Payment, (session.tenant_id, key))
        assert (row.held + row.unmatched, row.refunded) == (model.payments[p]["loose"], model.payments[p]["refunded"])
    assert session.scalar(select(func.count()).select_from(Payment)) == len(model.payments)
    books = Counter(balances(session))
    assert books["bank"] + books["penyedia"] == model.cash
    assert books["piutang"] == sum(model.rest(i) for i in range(len(world.invoices)))
    assert books["titipan"] + books["belum_dikenali"] == -sum(p["loose"] for p in model.payments)
    assert books["utang_pengembalian"] == -sum(r["amount"] for r in model.refunds if not r["paid"])
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
