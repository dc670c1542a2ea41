"""What billing does by itself, fired as the worker does it: by its schedule, each job in its own transaction."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import func, select

from balai import billing
from balai.billing import LateFee, reports
from balai.billing.days import today
from balai.billing.models import InvoiceEntry
from balai.billing.payments import gateways
from balai.billing.payments.models import ReconciliationRun
from balai.clock import frozen, now
from balai.jobs import worker
from balai.testing.bills import some_bill
from balai.testing.hosted_pages import PageSimulator

SCHEDULE = {
    "billing.fold_figures": "*/3 * * * *", "billing.book_left": "*/5 * * * *", "billing.reconcile": "10 18 * * *",
    "billing.charge_late_fees": "20 18 * * *", "billing.forget_payers": "40 19 * * *",
}  # fmt: skip


@pytest.fixture
def fire(app, tenant, database):
    """Let the moment come: everything of billing that is due at `hour:minute` UTC runs, for this region to the end."""

    def come(hour, minute):
        queue = worker.make_queue(app, pool=2)
        deferrer = PeriodicDeferrer(queue.periodic_registry, **queue.periodic_defaults)
        at = datetime.now(UTC).replace(hour=hour, minute=minute, second=2)

        async def due():
            async with queue.open_async():
                for found, timestamp in deferrer.get_previous_tasks(at=at.timestamp()):
                    task = found.task
                    if task.name.startswith("billing.") and timestamp == int(
                        at.replace(second=0, microsecond=0).timestamp()
                    ):
                        names.append(task.name.removesuffix("@cron"))
                        made = task.func(timestamp=timestamp)
                        if made is not None:
                            await made

        names = []
        # A thread of its own: a browser test of the same process may have left its loop running in this one.
        with ThreadPoolExecutor(1) as other:
            other.submit(lambda: asyncio.run(due())).result()
        with psycopg.connect(database.owner_url) as owner:  # other tests' regions have nothing to do here
            owner.execute(
                "DELETE FROM jobs.procrastinate_jobs WHERE task_name LIKE 'billing.%%' AND (args->>'tenant_id')::int <> %s",
                (tenant.id,),
            )
        worker.drain(app, tenant=tenant)
        return sorted(names)

    return come


def test_the_schedule(app):
    queue = worker.make_queue(app, pool=2)
    found = {t.task.name.removesuffix("@cron"): t.cron for t in queue.periodic_registry.periodic_tasks.values()}
    assert {name: cron for name, cron in found.items() if name.startswith("billing.")} == SCHEDULE


def test_late_fees_and_figures_come_at_night(session, fire):
    with frozen(now() - timedelta(days=20)):
        bill = some_bill(session, due_date=today(session) + timedelta(days=2), late_fee_rule=LateFee("percent", 100))
    session.commit()
    assert fire(18, 19) == []
    assert fire(18, 20) == ["billing.book_left", "billing.charge_late_fees"]
    session.expire_all()
    assert (bill.fees, session.scalar(select(func.count()).select_from(InvoiceEntry))) == (600, 1)
    session.commit()
    fire(18, 20)
    session.expire_all()
    assert bill.fees == 600
    before = reports.ageing(session)
    assert fire(18, 21) == ["billing.fold_figures"]
    session.expire_all()
    assert session.execute(billing_deltas()).scalar_one() == 0
    assert reports.ageing(session) == before
    assert before[-1].amount == 60_600


def billing_deltas():
    from sqlalchemy import text

    return text("SELECT count(*) FROM billing_delta")


def test_the_comparison_with_a_provider_begins_at_ten_past_one(app, session, fire, monkeypatch):
    from dataclasses import replace

    with PageSimulator() as company:
        allowing = replace(app.extensions["balai.settings"], outbound_allow=company.authority)
        monkeypatch.setitem(app.extensions, "balai.settings", allowing)
        gateways.save(session, "halaman", company.settings())
        session.commit()
        assert "billing.reconcile" in fire(18, 10)
    session.expire_all()
    assert session.scalars(select(ReconciliationRun.phase)).all() == ["done"]


def test_ten_years_later_a_payer_is_a_pseudonym(session, fire):
    made = {}
    for name, days, paid in (("old", 3660, True), ("open", 3660, False), ("new", 3640, True), ("twin", 3660, True)):
        with frozen(now() - timedelta(days=days)):
            payer = billing.Payer("Siti Aminah", "081234567890", "siti@contoh.id", sub="sub-siti")
            made[name] = bill = some_bill(session, payer=payer)
            if paid:
                billing.settle(session, bill.id, 60_000, method="kasir", paid_at=now(), reference=name, account="kas")
    secret = billing.link_secret(session, made["old"].id)
    session.commit()
    assert "billing.forget_payers" in fire(19, 40)
    session.expire_all()
    told = {name: billing.payer_of(session, bill) for name, bill in made.items()}
    for name in ("open", "new"):
        assert (told[name].name, told[name].phone) == ("Siti Aminah", "081234567890")
        assert told[name].index
    for name in ("old", "twin"):
        assert told[name].name.startswith("Pembayar ")
        assert (told[name].phone, told[name].email, told[name].index) == (None, None, None)
    assert told["old"].name == told["twin"].name  # the same person's, whoever that is
    from balai.billing.invoices import opens

    assert not opens(made["old"], secret)
    assert not opens(made["old"], "")
    before = made["old"].payer_name
    session.commit()
    fire(19, 40)
    session.expire_all()
    assert made["old"].payer_name == before
    assert [f for f in billing.check_books(session).findings if f.wrong] == []
