"""Callbacks wait and are booked many at a time: whatever the order, however often, whoever dies in between, the books agree."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time as clock
from dataclasses import fields
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from flask import g
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from balai import billing
from balai.billing.models import Payment
from balai.billing.payments import inbox, taking, tasks
from balai.billing.payments.models import PaymentEvent, PaymentOrderRow, PaymentTold, ReconciliationFinding
from balai.clock import now
from balai.contracts import PaymentNotice
from balai.db import new_id
from balai.jobs import worker
from balai.settings import variable
from balai.tenancy import tenant_scope


@pytest.fixture
def order_for(session):
    def make(amount=100_000):
        invoice = billing.issue(session, billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer("Siti Aminah"),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
        ))  # fmt: skip
        row = PaymentOrderRow(
            id=new_id(), code=f"{secrets.randbelow(10**12):012d}", provider="snap", method="va", invoice_id=invoice.id,
            rupiah=amount, until=now() + timedelta(days=1),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return invoice, row

    return make


def tell(session, code, rupiah=100_000, reference="R1", state="paid", words=""):
    notice = PaymentNotice(code, state, rupiah, reference, now())
    body = f'{{"o":"{code}","s":"{state}","n":{rupiah},"r":"{reference}","w":"{words}"}}'.encode()
    inbox.keep(session, "snap", notice, body, then=tasks.book_told)
    session.commit()


def counted(session, model):
    return session.scalar(select(func.count()).select_from(model))


def ledger_sums(session):
    rows = session.execute(text("SELECT account, sum(amount)::bigint FROM ledger_line WHERE tenant_id = :t GROUP BY 1"),
                           {"t": session.tenant_id})  # fmt: skip
    return {account: total for account, total in rows if total}


_TOLD = st.tuples(
    st.integers(0, 3), st.sampled_from(["paid", "paid", "paid", "paid", "pending", "expired", "failed", "refunded"]),
    st.sampled_from([100_000, 100_000, 60_000, 1]), st.sampled_from(["R1", "R2", "R3"]), st.sampled_from(["", "x"]),
)  # fmt: skip


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_TOLD, _TOLD, st.sampled_from(["book", "crash", "again"])), max_size=16), st.booleans())
def test_any_order_duplication_and_crash_keeps_the_books_equal_to_a_small_model(session, order_for, acts, cancelled):
    """The model: the first amount of a reference is its payment, of an order that is known or not; nothing else adds any."""
    session.rollback()  # what an example before this one left behind
    before = ledger_sums(session)
    made = [order_for() for _ in range(3)]
    codes = [row.code for _invoice, row in made] + [f"{secrets.randbelow(10**12):012d}"]  # nobody's order
    if cancelled:
        billing.cancel(session, made[0][0].id, reason="x")
    session.commit()
    model, bodies = {}, set()
    for act in acts:
        if isinstance(act, tuple):
            which, state, rupiah, reference, words = act
            unique = f"{reference}-{codes[which]}"
            tell(session, codes[which], rupiah, unique, state, words)
            bodies.add((codes[which], state, rupiah, unique, words))
            if state == "paid":
                model.setdefault(unique, (which, rupiah))
        else:
            inbox.book(session, "snap", again=act == "again")
            session.rollback() if act == "crash" else session.commit()
    assert inbox.book(session, "snap") is False
    session.commit()
    session.expire_all()
    _compare(session, made, codes, model, bodies, before, cancelled=cancelled)


def _compare(session, made, codes, model, bodies, before, *, cancelled):
    applied = 0
    for which, (invoice, order) in enumerate(made):
        due = 0 if cancelled and which == 0 else 100_000
        told = sum(rupiah for w, rupiah in model.values() if w == which)
        assert invoice.outstanding == max(0, due - told)
        rows = session.scalars(select(Payment).where(Payment.invoice_id == invoice.id)).all()
        assert sum(p.amount for p in rows) == told
        assert sum(p.held + p.unmatched for p in rows) == max(0, told - due)
        assert (order.state == "paid") <= bool(rows)
        applied += min(due, told)
    total = sum(rupiah for _which, rupiah in model.values())
    assert counted(session, PaymentTold) == 0
    events = session.scalars(select(PaymentEvent).where(PaymentEvent.order_code.in_(codes))).all()
    assert len(events) == len(bodies)
    sums = ledger_sums(session)
    moved = {key: sums.get(key, 0) - before.get(key, 0) for key in {*sums, *before}}
    assert sum(moved.values()) == 0
    assert moved.get("penyedia", 0) == total
    assert moved.get("titipan", 0) + moved.get("belum_dikenali", 0) == applied - total


def test_many_ordinary_ones_are_booked_as_one_by_one_they_would_be(session, order_for):
    together, alone = [order_for(10_000 + n) for n in range(30)], [order_for(10_000 + n) for n in range(30)]
    session.commit()
    for n, (_invoice, row) in enumerate(together):
        tell(session, row.code, row.rupiah, f"T{n}")
    assert counted(session, Payment) == 0
    inbox.book(session, "snap")
    for n, (_invoice, row) in enumerate(alone):
        notice = PaymentNotice(row.code, "paid", row.rupiah, f"A{n}", now())
        taking.take(session, "snap", notice, source="callback", body=b"%d" % n)
    session.commit()
    session.expire_all()
    for (one, order), (other, _row) in zip(together, alone, strict=True):
        assert (one.state, one.applied, one.next_due_on, order.state) == (
            "paid",
            other.applied,
            other.next_due_on,
            "paid",
        )
        assert one.settled_at is not None
        first, second = (session.scalars(select(Payment).where(Payment.invoice_id == i.id)).one() for i in (one, other))
        for name in ("amount", "applied", "held", "unmatched", "account", "method"):
            assert getattr(first, name) == getattr(second, name)
    assert session.scalars(select(PaymentEvent.verdict)).all() == ["settled"] * 60


def test_what_it_kept_names_nobody_and_is_sealed_until_it_is_an_event(session, order_for, database):
    from balai import keys

    _invoice, row = order_for()
    notice = PaymentNotice(row.code, "paid", 100_000, "R1", now())
    inbox.keep(session, "snap", notice, b'{"virtualAccountName":"SITI AMINAH","x":"apa"}', then=tasks.book_told)
    session.commit()
    with psycopg.connect(database.owner_url) as owner:
        ((kept,),) = owner.execute("SELECT b::text FROM payment_inbox b WHERE order_code = %s", (row.code,)).fetchall()
    assert "SITI" not in kept
    assert "apa" not in kept
    inbox.book(session, "snap")
    event = session.scalars(select(PaymentEvent)).one()
    said = keys.reveal(session, event, "said")
    assert "SITI" not in said
    assert "apa" in said


def test_one_that_cannot_be_booked_keeps_nobody_waiting_and_is_told(session, order_for, monkeypatch):
    bad, good = order_for(), order_for()
    session.commit()
    tell(session, bad[1].code, reference="B")
    tell(session, good[1].code, reference="G")
    real = taking.take

    def broken(session, provider, notice, **rest):
        if notice.order == bad[1].code:
            raise RuntimeError("x")
        return real(session, provider, notice, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "settle_in_full", lambda *_a, **_k: {})
        patch.setattr(taking, "take", broken)
        inbox.book(session, "snap")
        session.commit()
    session.expire_all()
    assert (bad[0].state, good[0].state) == ("open", "paid")
    assert session.scalars(select(ReconciliationFinding.kind)).all() == ["waiting"]
    inbox.book(session, "snap")
    assert counted(session, PaymentTold) == 1  # not looked at each time
    assert inbox.stuck(session, timedelta(minutes=-1)) == ["snap"]
    inbox.book(session, "snap", again=True)
    session.commit()
    session.expire_all()
    assert (bad[0].state, counted(session, PaymentTold)) == ("paid", 0)


def test_a_callback_that_is_being_written_while_its_job_begins_is_waited_for(app, session, order_for, tenant):
    invoice, row = order_for()
    session.commit()
    notice = PaymentNotice(row.code, "paid", 100_000, "R1", now())
    inbox.keep(session, "snap", notice, b"{}", then=tasks.book_told)  # not committed yet

    def job():
        with app.app_context(), tenant_scope(tenant) as own:
            g.tenant = tenant
            inbox.book(own, "snap")

    thread = threading.Thread(target=job)
    thread.start()
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7226517 AND NOT granted")
    deadline = clock.monotonic() + 60
    while not session.scalar(waits):
        assert clock.monotonic() < deadline
        clock.sleep(0.02)
    session.commit()
    thread.join()
    session.refresh(invoice)
    assert invoice.state == "paid"


def test_what_a_dead_job_left_is_found(app, session, order_for, tenant, database):
    invoice, row = order_for()
    session.commit()
    tell(session, row.code)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM jobs.procrastinate_jobs")
        owner.execute("UPDATE payment_inbox SET at = at - interval '2 minutes'")
    with app.app_context(), tenant_scope(tenant) as own:
        g.tenant = tenant
        tasks.book_left(own, tenant)
    worker.drain(app, tenant=tenant)
    session.refresh(invoice)
    assert invoice.state == "paid"


PROGRAM = """
import sys
from balai.app import create_app
from balai.billing import settling_many
from balai.jobs import worker
real = settling_many.announce
def slowly(session, name, subject):
    print("booking", flush=True)
    sys.stdin.readline()
    return real(session, name, subject)
settling_many.announce = slowly
app = create_app()
worker.run(app)
"""


def test_a_worker_killed_between_booking_and_commit_leaves_all_of_it_to_the_next(
    session, order_for, settings, database, tenant, app
):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM jobs.procrastinate_jobs")
    made = [order_for() for _ in range(20)]
    session.commit()
    for n, (_invoice, row) in enumerate(made):
        tell(session, row.code, reference=f"R{n}")
    values = {variable(f.name): str(getattr(settings, f.name)) for f in fields(settings)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **values}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"booking\n"  # all twenty are written, nothing is committed
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (counted(session, Payment), counted(session, PaymentTold)) == (0, 20)
    # More comes before anybody has noticed that the first job is dead; then it is given to a living worker.
    extra = order_for()
    session.commit()
    tell(session, extra[1].code, reference="late")
    with psycopg.connect(database.url("balai_queue")) as queue:
        rescued = [row[1] for row in queue.execute("SELECT * FROM jobs.rescue(0, 6)")]
    assert "billing.book_told" in rescued
    with psycopg.connect(database.owner_url) as owner:  # the clock's own, which `drain` doesn't know
        owner.execute("DELETE FROM jobs.procrastinate_jobs WHERE task_name LIKE '%@cron'")
    worker.drain(app, tenant=tenant)
    session.expire_all()
    assert [invoice.state for invoice, _row in [*made, extra]] == ["paid"] * 21
    assert (counted(session, Payment), counted(session, PaymentEvent), counted(session, PaymentTold)) == (21, 21, 0)
    assert sum(ledger_sums(session).values()) == 0
