"""The queue from the application's side: with the transaction or not at all, ids only, nobody else's jobs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import procrastinate
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from balai import audit, clock, db, jobs, plugins, tenancy
from balai.contracts import PluginState, RetryLater, Task
from balai.jobs import worker
from balai.tenancy import queries, tenant_scope

SOURCE = """
from uuid import UUID
from balai.api import RetryLater, current_tenant, new_id, periodic, session as current_session, task
from datetime import timedelta
from balai import audit
from balai.plugins import PluginSetting

seen = []

@task("kerja.catat", delays=(timedelta(0), timedelta(0)))
def catat(session, tenant, case: UUID, n: int, flag: bool = False, nothing=None):
    seen.append((tenant.id, case, n, flag, nothing))
    assert session is current_session() and current_tenant() == tenant
    assert audit.current_actor().name == "kerja.catat"
    session.add(PluginSetting(plugin=f"x{n}", values={}))
    session.flush()
    if n < 0:
        raise ValueError("Budi, 0812")

@task("kerja.nanti")
def nanti(session, tenant):
    seen.append("nanti")
    raise RetryLater(timedelta(hours=2))

@periodic("* * * * *")
@task("kerja.rutin")
def rutin(session, tenant):
    seen.append(("rutin", tenant.id))

@hookimpl
def register_tasks():
    return [catat, nanti, rutin]

@hookimpl
def on_decision_made(tenant, session, event):
    seen.append((tenant.id, event))
    if event.subject_id == "fails":
        raise ValueError
"""
CASE = UUID(int=7)


@pytest.fixture
def office(workshop, make_app, regions, database):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM jobs.procrastinate_jobs")  # what other tests left behind
    workshop.add("kerja", SOURCE)
    app = make_app()
    tenant = regions(plugins=("kerja",))
    module = plugins.manager(app).get("kerja").module
    module.seen.clear()
    with app.app_context():
        yield app, tenant, module


def _rows(tenant):
    with tenant_scope(tenant) as session:
        return sorted(session.scalars(text("SELECT plugin FROM plugin_setting WHERE plugin LIKE 'x%'")))


def _jobs(tenant, status):
    with tenant_scope(tenant) as session:
        return jobs.jobs_of_tenant(session, status)


def test_a_job_runs_in_a_transaction_of_its_region_as_the_application(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        assert jobs.defer(session, module.catat, case=CASE, n=1, flag=True, nothing=None)
    worker.drain(app, tenant=tenant)
    assert module.seen == [(tenant.id, CASE, 1, True, None)]
    assert _rows(tenant) == ["x1"]
    assert _jobs(tenant, "todo") == []


def test_without_commit_there_is_no_job(office):
    app, tenant, module = office
    session = db.database().session(tenant.id)
    jobs.defer(session, module.catat, case=CASE, n=1)
    session.rollback()
    session.close()
    worker.drain(app, tenant=tenant)
    assert module.seen == []


@pytest.mark.parametrize("value", [{"a": 1}, [1], "x" * 201, b"x", 1.5, datetime.now(UTC)])
def test_only_ids_are_taken(office, value):
    with tenant_scope(office[1]) as session, pytest.raises(TypeError):
        jobs.defer(session, office[2].catat, case=value, n=1)


def test_an_hour_without_zone_is_refused(office):
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - on purpose
    with tenant_scope(office[1]) as session, pytest.raises(TypeError):
        jobs.defer(session, office[2].nanti, schedule_at=naive)


def test_one_waits_per_queueing_lock_and_the_transaction_goes_on(office, regions):
    _app, tenant, module = office
    with tenant_scope(tenant) as session:
        first = jobs.defer(session, module.catat, queueing_lock="k", case=CASE, n=1)
        assert jobs.defer(session, module.catat, queueing_lock="k", case=CASE, n=2) is None
        assert jobs.defer(session, module.catat, queueing_lock="other", case=CASE, n=3)
    assert [job.args["n"] for job in _jobs(tenant, "todo")] == [3, 1]
    other = regions(plugins=())
    with tenant_scope(other) as session:
        # The lock counts within a region.
        assert jobs.defer(session, module.catat, queueing_lock="k", case=CASE, n=1) not in {None, first}


def test_later_means_later(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, schedule_at=clock.now() + timedelta(hours=1), case=CASE, n=1)
    worker.drain(app, tenant=tenant)
    assert module.seen == []
    (waiting,) = _jobs(tenant, "todo")
    assert waiting.scheduled_at > clock.now()


def test_a_failed_job_is_tried_again_then_dead_and_can_be_run_again(office, caplog):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        job = jobs.defer(session, module.catat, case=CASE, n=-1)
    with pytest.raises(ValueError, match="Budi"):
        worker.drain(app, tenant=tenant)
    assert len(module.seen) == 3  # once and two delays
    assert _rows(tenant) == []  # each time rolled back
    (dead,) = _jobs(tenant, "failed")
    assert (dead.id, dead.task, dead.args["n"]) == (job, "kerja.catat", -1)
    assert dead.error.startswith("builtins.ValueError at catat:")
    assert "Budi" not in dead.error  # the message may name people
    with tenant_scope(tenant) as session:
        assert jobs.run_again(session, job)
        assert not jobs.run_again(session, job)
    module.catat = module.catat  # still the same broken code
    with pytest.raises(ValueError):
        worker.drain(app, tenant=tenant)
    assert len(module.seen) == 6
    with tenant_scope(tenant) as session:
        assert jobs.discard(session, job)
    assert _jobs(tenant, "failed") == []


def test_waiting_is_no_failure(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.nanti)
    worker.drain(app, tenant=tenant)
    (waiting,) = _jobs(tenant, "todo")
    assert timedelta(minutes=119) < waiting.scheduled_at - clock.now() < timedelta(minutes=121)
    with tenant_scope(tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM job_failure")) == 0


def test_a_retry_gives_its_queueing_lock_free(office):
    """Else the job that comes back would meet its waiting successor and stay `doing` for ever."""
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.nanti, queueing_lock="k")
    worker.drain(app, tenant=tenant)
    with tenant_scope(tenant) as session:
        assert jobs.defer(session, module.nanti, queueing_lock="k")
    worker.drain(app, tenant=tenant)
    assert len(_jobs(tenant, "todo")) == 2
    assert _jobs(tenant, "doing") == []


def test_a_plugin_that_is_off_has_no_jobs(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
        queries.switch_plugin(session, tenant.id, "kerja", PluginState.OFF)
    worker.drain(app, tenant=tenant)
    assert module.seen == []
    assert _jobs(tenant, "todo") == []


def test_with_the_job_gate_taken_away_it_would_run(office, monkeypatch):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
        queries.switch_plugin(session, tenant.id, "kerja", PluginState.OFF)
    monkeypatch.setattr("balai.plugins.state", lambda _tenant, _name: PluginState.ON)
    worker.drain(app, tenant=tenant)
    assert len(module.seen) == 1


def test_a_closing_plugin_keeps_its_jobs(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
        queries.switch_plugin(session, tenant.id, "kerja", PluginState.CLOSING)
    worker.drain(app, tenant=tenant)
    assert len(module.seen) == 1


def test_jobs_of_a_suspended_region_wait(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
        queries.set_status(session, tenant.id, "suspended")
    worker.drain(app, tenant=tenant)
    assert module.seen == []
    (waiting,) = _jobs(tenant, "todo")
    assert waiting.scheduled_at > clock.now() + timedelta(minutes=59)


def test_an_event_is_one_job_per_listener_in_its_transaction(office):
    app, tenant, module = office
    session = db.database().session(tenant.id)
    db.announce(session, "decision_made", CASE)
    session.rollback()
    session.close()
    with tenant_scope(tenant) as session:
        event = db.announce(session, "decision_made", CASE)
    worker.drain(app, tenant=tenant)
    assert module.seen == [(tenant.id, event)]


def test_events_are_not_queued_for_who_is_off(office, regions):
    app, _tenant, module = office
    quiet = regions(plugins=())
    with tenant_scope(quiet) as session:
        db.announce(session, "decision_made", CASE)
    assert _jobs(quiet, "todo") == []
    worker.drain(app, tenant=quiet)
    assert module.seen == []


def test_a_failing_listener_is_retried_alone_and_holds_back_only_its_subject(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        for subject in ("fails", "fails", "other"):
            db.announce(session, "decision_made", subject)
    with pytest.raises(ValueError):
        worker.drain(app, tenant=tenant)
    # The second event of the failing subject waits behind the first: in order.
    assert [event.subject_id for _, event in module.seen] == ["fails", "other"]
    assert len(_jobs(tenant, "todo")) == 2


def test_the_application_can_enqueue_but_not_read_or_touch(office, regions, settings):
    _app, tenant, module = office
    other = regions(plugins=("kerja",))
    with tenant_scope(other) as session:
        theirs = jobs.defer(session, module.catat, case=CASE, n=1)
    for statement in (
        "SELECT * FROM jobs.procrastinate_jobs",
        "DELETE FROM jobs.procrastinate_jobs",
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name) VALUES ('a', 'b')",
        "SELECT jobs.procrastinate_fetch_job_v2(NULL, 1)",
        "SELECT jobs.procrastinate_defer_jobs_v1(NULL)",
        "SELECT jobs.fan_out('a', 'b', 0, NULL)",
        "SELECT * FROM jobs.rescue(0, 1)",
    ):
        with tenant_scope(tenant) as session, pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(statement))
    with tenant_scope(tenant) as session:
        assert jobs.jobs_of_tenant(session, "todo") == []
        assert not jobs.run_again(session, theirs)
        assert not jobs.discard(session, theirs)
        # A tenant_id that is given is overwritten by the session's.
        mine = session.scalar(
            text("SELECT jobs.enqueue('kerja.nanti', 'default', 0, NULL, NULL, CAST(:a AS jsonb), NULL)"),
            {"a": f'{{"tenant_id": {other.id}}}'},
        )
        assert [job.id for job in jobs.jobs_of_tenant(session, "todo")] == [mine]
    with psycopg.connect(settings.queue_database_url) as queue, pytest.raises(psycopg.errors.InsufficientPrivilege):
        queue.execute("SELECT * FROM plugin_setting")


def test_numbers_over_all_regions_carry_no_arguments(office):
    tenant = office[1]
    with tenant_scope(tenant) as session:
        jobs.defer(session, Task("kerja.catat", print, queue="antre-uji"), case=CASE, n=1)
    with tenancy.registry_scope() as session:
        (state,) = [s for s in jobs.overview(session) if s.queue == "antre-uji"]
        assert (state.ready, state.later, state.doing, state.dead) == (1, 0, 0, 0)
        assert abs(state.oldest_ready - clock.now()) < timedelta(minutes=1)


def test_receipts_are_swept_but_not_too_early(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
    worker.drain(app, tenant=tenant)
    from balai.jobs.hooks import tidy

    def count(days):
        with clock.frozen(datetime.now(UTC) + timedelta(days=days)), tenant_scope(tenant) as session:
            tidy(session, tenant)
            return session.scalar(text("SELECT count(*) FROM job_receipt"))

    assert count(1) == 1
    assert count(15) == 0


def test_the_shipped_schema_is_the_librarys_own():
    """A new procrastinate needs a migration of ours; this fails until it is written."""
    shipped = Path(__file__).parents[2] / "migrations" / "sql" / "procrastinate-3.10.sql"
    theirs = Path(procrastinate.__file__).parent / "sql" / "schema.sql"
    assert shipped.read_text() == theirs.read_text()
    assert procrastinate.__version__.startswith("3.10.")


def test_a_task_runs_without_the_queue_too(office):
    _app, tenant, module = office
    with tenant_scope(tenant) as session, pytest.raises(RetryLater):
        module.nanti(session, tenant)


def test_the_actor_is_the_job(office):
    app, tenant, module = office
    with tenant_scope(tenant) as session:
        jobs.defer(session, module.catat, case=CASE, n=1)
    worker.drain(app, tenant=tenant)  # the task itself asserts its actor
    assert audit.current_actor() == audit.SYSTEM
