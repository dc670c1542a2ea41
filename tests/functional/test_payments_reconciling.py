"""The night's comparison: what is missing, double or wrong is found and has its end; a killed worker loses nothing."""

import os
import secrets
import signal
import subprocess
import sys
import time as clock
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from flask import g
from sqlalchemy import select

from balai import billing, jobs
from balai.billing.models import Payment
from balai.billing.payments import gateways, reconciling, taking, tasks
from balai.billing.payments.models import PaymentOrderRow, ReconciliationFinding, ReconciliationRun
from balai.billing.payments.providers import snap_line
from balai.clock import now
from balai.contracts import PaymentNotice
from balai.db import new_id
from balai.jobs.worker import drain
from balai.settings import variable
from balai.tenancy import tenant_scope
from balai.testing.payments import BankSimulator

# The real worker with shorter patience for dead ones.
PROGRAM = """
from balai.app import create_app
from balai.jobs import worker
worker.HEARTBEAT, worker.STALLED, worker.RESCUE_EVERY = 0.3, 1.5, 0.5
if __name__ == "__main__":
    worker.run(create_app(), concurrency=2)
"""


@pytest.fixture
def bank(app, monkeypatch):
    snap_line._tokens.clear()
    with BankSimulator() as running:
        changed = replace(app.extensions["balai.settings"], outbound_allow=running.authority)
        monkeypatch.setitem(app.extensions, "balai.settings", changed)
        yield running


@pytest.fixture
def region(session, bank):
    gateways.save(session, "snap", bank.settings())
    session.commit()


def yesterday():
    return now() - timedelta(days=1)


def order(session, bank, amount=10_000, method="va"):
    invoice = billing.issue(session, billing.InvoiceDraft(
        series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer("Siti"),
        lines=[billing.InvoiceLine("Air", amount, "pendapatan")], due_date=now().date() + timedelta(days=9),
    ))  # fmt: skip
    row = PaymentOrderRow(
        id=new_id(), code=f"{secrets.randbelow(10**12):012d}", provider="snap", method=method, invoice_id=invoice.id,
        rupiah=amount, until=now() + timedelta(hours=1), created_at=yesterday(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    bank.know(row.code, amount, method)
    return row


def pay(session, bank, row, *, told=True, amount=None):
    bank.pay(row.code, amount, at=yesterday(), silent=True)
    rupiah, reference, at = bank.orders[row.code].payments[-1]
    if told:
        taking.take(
            session,
            "snap",
            PaymentNotice(row.code, "paid", rupiah, reference, at),
            source="callback",
            body=reference.encode(),
        )
    return reference


def night(session):
    """All steps of the night, here and now."""
    session.commit()
    runs = reconciling.begin(session)
    session.commit()
    for run in runs:
        while reconciling.step(session, run.id):
            session.commit()
        session.commit()
    session.expire_all()
    return session.scalars(select(ReconciliationRun)).all()


def findings(session):
    return {(f.kind, f.order_code) for f in session.scalars(select(ReconciliationFinding))}


@pytest.mark.usefixtures("region")
def test_what_both_know_is_no_finding(session, bank):
    for method in ("va", "qris"):
        pay(session, bank, order(session, bank, method=method))
    order(session, bank)  # nobody paid it
    (run,) = night(session)
    assert (run.phase, run.found, run.problem) == ("done", 0, "")
    assert run.looked >= 4
    assert findings(session) == set()
    assert night(session) == [run]  # the same day is compared once


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("method", ["va", "qris"])
def test_missing_money_is_booked_and_told(session, bank, method):
    row = order(session, bank, method=method)
    pay(session, bank, row, told=False)
    (run,) = night(session)
    assert findings(session) == {("missing", row.code)}
    assert run.found == 1
    invoice = session.scalars(select(billing.Invoice).where(billing.Invoice.id == row.invoice_id)).one()
    assert invoice.state == "paid"


@pytest.mark.usefixtures("region")
def test_double_wrong_and_foreign_ones_are_found(session, bank):
    twice, short, ours_only = order(session, bank), order(session, bank), order(session, bank)
    pay(session, bank, twice)
    pay(session, bank, twice, told=False)
    pay(session, bank, short, told=False, amount=4_000)
    ghost = pay(session, bank, ours_only)
    bank.forget.add(ours_only.code)
    bank.orders[ours_only.code].payments.clear()
    strange = "000000000001"
    bank.know(strange, 7_000)
    bank.pay(strange, at=yesterday(), silent=True)
    night(session)
    assert findings(session) == {
        ("double", twice.code), ("missing", twice.code), ("amount", short.code), ("missing", short.code), ("not_there", ""),
        ("unknown", strange), ("missing", strange),
    }  # fmt: skip
    assert (
        session.scalars(select(ReconciliationFinding.reference).where(ReconciliationFinding.kind == "not_there")).one()
        == ghost
    )
    sums = [
        sum(getattr(p, name) for p in session.scalars(select(Payment))) for name in ("applied", "held", "unmatched")
    ]
    assert sums == [10_000 + 4_000 + 10_000, 10_000, 7_000]


@pytest.mark.usefixtures("region")
def test_a_refund_at_the_bank_is_told(session, bank):
    row = order(session, bank, method="qris")
    pay(session, bank, row)
    bank.orders[row.code].refunded = True
    night(session)
    assert ("refunded", row.code) in findings(session)


@pytest.mark.usefixtures("region")
def test_a_bank_that_is_away_ends_nothing_and_the_next_night_goes_on(session, bank, monkeypatch):
    row = order(session, bank)
    pay(session, bank, row, told=False)
    session.commit()
    (run,) = reconciling.begin(session)
    session.commit()
    real = gateways.call

    def away(*_given):
        raise ConnectionError("alamat itu tidak bisa dihubungi")

    monkeypatch.setattr(gateways, "call", away)
    with pytest.raises(ConnectionError):
        reconciling.step(session, run.id)
    session.rollback()
    monkeypatch.setattr(gateways, "call", real)
    (again,) = night(session)
    assert (again.id, again.phase, findings(session)) == (run.id, "done", {("missing", row.code)})


@pytest.mark.usefixtures("region")
def test_the_jobs_do_it_all_by_themselves(app, session, tenant, bank):
    rows = [order(session, bank) for _ in range(23)]  # three steps of asking
    for row in rows[::2]:
        pay(session, bank, row, told=False)
    session.commit()
    with app.app_context(), tenant_scope(tenant) as own:
        g.tenant = tenant
        jobs.defer(own, tasks.reconcile)
    drain(app, tenant=tenant)
    session.expire_all()
    assert {code for kind, code in findings(session) if kind == "missing"} == {row.code for row in rows[::2]}
    assert session.scalars(select(ReconciliationRun.phase)).all() == ["done"]


# --- a real worker, killed ---


class Night:
    def __init__(self, settings, bank, database, tenant, tmp_path):
        self.owner_url, self.tenant, self.bank, self.log = database.owner_url, tenant, bank, tmp_path / "worker.log"
        values = {variable(f.name): str(getattr(settings, f.name)) for f in fields(settings)}
        self.environ = {**os.environ, **values, "BALAI_OUTBOUND_ALLOW": bank.authority}

    @contextmanager
    def worker(self):
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=self.environ, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def sql(self, query):
        with psycopg.connect(self.owner_url) as owner:
            return owner.execute(query, (self.tenant.id,)).fetchall()

    def wait(self, condition, seconds=90):
        deadline = clock.monotonic() + seconds
        while not condition():
            if clock.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s\n{self.log.read_text()[-3000:]}")
            clock.sleep(0.05)


@pytest.mark.usefixtures("region")
def test_killed_in_the_middle_again_and_again_it_ends_as_if_nothing_had_happened(
    app, session, settings, bank, database, tenant, tmp_path
):
    rows = [order(session, bank, method="qris" if n % 3 else "va") for n in range(36)]
    paid = rows[::2]
    for row in paid:
        pay(session, bank, row, told=False)
    session.commit()
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM jobs.procrastinate_jobs")
    with app.app_context(), tenant_scope(tenant) as own:
        g.tenant = tenant
        jobs.defer(own, tasks.reconcile)
    here = Night(settings, bank, database, tenant, tmp_path)
    bank.delay = 0.05
    for kill in range(2):
        before = len(bank.asked)
        with here.worker() as process:
            # In the middle of a step of ten questions: its transaction goes with the worker.
            here.wait(lambda before=before, kill=kill: len(bank.asked) >= before + 14 + kill)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert here.sql("SELECT phase FROM reconciliation_run WHERE tenant_id = %s") != [("done",)]
    bank.delay = 0.0
    with here.worker():
        here.wait(lambda: here.sql("SELECT phase FROM reconciliation_run WHERE tenant_id = %s") == [("done",)])
    found = here.sql(
        "SELECT kind, order_code, count(*)::int FROM reconciliation_finding WHERE tenant_id = %s GROUP BY 1, 2"
    )
    assert sorted(found) == sorted(("missing", row.code, 1) for row in paid)
    assert here.sql("SELECT count(*)::int, sum(amount)::int, sum(applied)::int FROM payment WHERE tenant_id = %s") == [
        (len(paid), 10_000 * len(paid), 10_000 * len(paid))
    ]
    assert here.sql("SELECT sum(amount)::int FROM ledger_line WHERE tenant_id = %s AND account = 'penyedia'") == [
        (10_000 * len(paid),)
    ]
    assert here.sql("SELECT sum(amount)::int FROM ledger_line WHERE tenant_id = %s") == [(0,)]
    assert here.sql("SELECT looked, found FROM reconciliation_run WHERE tenant_id = %s")[0][1] == len(paid)
