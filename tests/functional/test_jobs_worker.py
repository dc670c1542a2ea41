"""Real worker processes: killed, stopped, away from their database. Nothing is lost and nothing happens twice."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import fields

import psycopg
import pytest

from balai import jobs, plugins
from balai.settings import variable
from balai.tenancy import tenant_scope

SOURCE = """
import os, time
from balai.api import periodic, task
from balai.plugins import PluginSetting
from sqlalchemy import text

def write(session, name):
    session.add(PluginSetting(plugin=name, values={}))
    session.flush()

@task("kerja.cepat")
def cepat(session, tenant, n: int):
    write(session, f"cepat{n}")

@task("kerja.lambat")
def lambat(session, tenant, n: int, seconds: int):
    write(session, f"lambat{n}")
    # Seen from outside the transaction: the work has begun.
    open(os.environ["UJI_TANDA"], "a").write(f"{n}\\n")
    time.sleep(seconds)

@periodic("* * * * *")
@task("kerja.rutin")
def rutin(session, tenant):
    write(session, "rutin")

@periodic("* * * * *", together=True)
@task("kerja.bersama")
def bersama(session, tenant):
    session.execute(text("DELETE FROM plugin_setting WHERE tenant_id = :t AND plugin = 'bersama'"), {"t": tenant.id})
    write(session, "bersama")

@hookimpl
def register_tasks():
    return [cepat, lambat, rutin, bersama]
"""
# The real worker with shorter patience; UJI_RUSAK makes it hang between the job's commit and telling the queue so,
# with UJI_TULI it would never look by itself, so whatever it does it was told of.
PROGRAM = """
import asyncio, os
from balai.app import create_app
from balai.jobs import worker
worker.HEARTBEAT, worker.STALLED, worker.RESCUE_EVERY = 0.3, 1.5, 0.5
if os.environ.get("UJI_RUSAK"):
    async def never(self, **_):
        open(os.environ["UJI_TANDA"], "a").write("done\\n")
        await asyncio.sleep(600)
    worker.Worker._persist_job_status = never
if os.environ.get("UJI_TULI"):
    made = worker._Worker.__init__
    worker._Worker.__init__ = lambda self, *a, **k: made(self, *a, **(k | {"fetch_job_polling_interval": 600}))
if __name__ == "__main__":
    worker.run(create_app(), concurrency=2)
"""


class Office:
    def __init__(self, app, tenant, workshop, settings, database, tmp_path):
        self.app, self.tenant, self.owner_url = app, tenant, database.owner_url
        self.module = plugins.manager(app).get("kerja").module
        self.mark = tmp_path / "tanda"
        self.mark.touch()
        self.log = tmp_path / "worker.log"
        values = {variable(f.name): str(getattr(settings, f.name)) for f in fields(settings)}
        self.environ = {**os.environ, **values, "PYTHONPATH": str(workshop.folder), "UJI_TANDA": str(self.mark)}

    @contextmanager
    def worker(self, **extra):
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM], env={**self.environ, **extra}, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def defer(self, task, **ids):
        with self.app.app_context(), tenant_scope(self.tenant) as session:
            return jobs.defer(session, task, **ids)

    def rows(self, prefix):
        with psycopg.connect(self.owner_url) as owner:
            found = owner.execute(
                "SELECT plugin FROM plugin_setting WHERE tenant_id = %s AND starts_with(plugin, %s) ORDER BY 1",
                (self.tenant.id, prefix),
            )
            return [row[0] for row in found]

    def statuses(self):
        with psycopg.connect(self.owner_url) as owner:
            found = owner.execute(
                "SELECT status::text, count(*) FROM jobs.procrastinate_jobs WHERE task_name LIKE 'kerja.%%'"
                " AND NOT task_name LIKE '%%@cron' AND (args ->> 'tenant_id')::int = %s GROUP BY 1",
                (self.tenant.id,),
            )
            return dict(found.fetchall())

    def wait(self, condition, seconds=90):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)


@pytest.fixture
def office(workshop, make_app, regions, settings, database, tmp_path):
    with psycopg.connect(database.owner_url) as owner:
        # Also what an earlier worker noted of this minute's periodic work: it would not come again before the next.
        owner.execute("DELETE FROM jobs.procrastinate_periodic_defers")
        owner.execute("DELETE FROM jobs.procrastinate_jobs")
    workshop.add("kerja", SOURCE)
    return Office(make_app(), regions(plugins=("kerja",)), workshop, settings, database, tmp_path)


def test_killed_in_the_middle_of_a_job_nothing_is_lost_and_nothing_doubled(office):
    office.defer(office.module.lambat, n=1, seconds=600)
    with office.worker() as first:
        office.wait(lambda: office.mark.read_text() == "1\n")
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert office.rows("lambat") == []  # its transaction went with it
    assert office.statuses() == {"doing": 1}
    with psycopg.connect(office.owner_url) as owner:
        owner.execute(
            "UPDATE jobs.procrastinate_jobs SET args = jsonb_set(args, '{seconds}', '0') WHERE status = 'doing'"
        )
    with office.worker():
        office.wait(lambda: office.statuses() == {})
    assert office.rows("lambat") == ["lambat1"]
    assert office.mark.read_text() == "1\n1\n"


def test_killed_between_commit_and_the_queues_knowledge_nothing_is_doubled(office):
    office.defer(office.module.lambat, n=1, seconds=0)
    with office.worker(UJI_RUSAK="1") as first:
        office.wait(lambda: "done" in office.mark.read_text())
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert office.rows("lambat") == ["lambat1"]
    assert office.statuses()["doing"] == 1  # periodic work may have come to wait behind it
    with office.worker():
        office.wait(lambda: office.statuses() == {})
    assert office.rows("lambat") == ["lambat1"]
    assert office.mark.read_text().count("1\n") == 1  # the receipt was found, the task didn't run again


def test_killed_again_and_again_every_job_is_done_exactly_once(office):
    with office.app.app_context(), tenant_scope(office.tenant) as session:
        for n in range(120):
            jobs.defer(session, office.module.cepat, n=n)
    for pause in (0.15, 0.4):
        before = len(office.rows("cepat"))
        with office.worker() as process:
            office.wait(lambda before=before: len(office.rows("cepat")) > before or not office.statuses())
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
            process.wait()
    with office.worker():
        office.wait(lambda: office.statuses() == {}, 60)
    assert office.rows("cepat") == sorted(f"cepat{n}" for n in range(120))


def test_told_to_stop_it_finishes_what_it_has_and_takes_nothing_new(office):
    with office.worker() as process:
        office.defer(office.module.lambat, n=1, seconds=2)
        office.wait(lambda: office.mark.read_text() == "1\n")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        office.defer(office.module.cepat, n=1)
        assert process.wait(20) == 0
    assert office.rows("lambat") == ["lambat1"]
    assert office.rows("cepat") == []
    assert office.statuses() == {"todo": 1}
    with psycopg.connect(office.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM jobs.procrastinate_workers").fetchone() == (0,)


@pytest.fixture
def others_asleep(office):
    """Earlier tests of this process left hundreds of regions: their periodic work would stand in front of ours for a minute."""
    with psycopg.connect(office.owner_url, autocommit=True) as owner:
        rows = owner.execute(
            "UPDATE registry.tenant SET status = 'suspended' WHERE status = 'active' AND id <> %s RETURNING id",
            (office.tenant.id,),
        ).fetchall()
        yield
        owner.execute("UPDATE registry.tenant SET status = 'active' WHERE id = ANY(%s)", ([row[0] for row in rows],))


@pytest.mark.usefixtures("others_asleep")
def test_it_hears_of_new_jobs_at_once_and_runs_periodic_ones_in_every_region(office, regions):
    quiet = regions(plugins=())
    with office.worker(UJI_TULI="ya"):
        # Both were due in the minute before the worker came.
        office.wait(lambda: {"rutin"} <= set(office.rows("rutin")) and {"bersama"} <= set(office.rows("bersama")))
        office.defer(office.module.cepat, n=0)
        office.wait(lambda: office.rows("cepat") == ["cepat0"])
    with psycopg.connect(office.owner_url) as owner:
        count = owner.execute("SELECT count(*) FROM plugin_setting WHERE tenant_id = %s", (quiet.id,)).fetchone()
    assert count == (0,)


def test_a_database_that_goes_away_is_waited_for(office):
    with office.worker() as process:
        office.defer(office.module.cepat, n=0)
        office.wait(lambda: office.rows("cepat") == ["cepat0"])
        _cut_off(office)
        office.defer(office.module.cepat, n=1)
        office.wait(lambda: "cepat1" in office.rows("cepat"))
        assert process.poll() is None


def _cut_off(office):
    """End the worker's own connections, as a restart of the server would."""
    url = office.environ["BALAI_QUEUE_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as queue:
        queue.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'balai-worker' AND datname = current_database()"
        )
