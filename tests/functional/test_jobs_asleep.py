"""Periodic work that goes through all regions: suspended ones rest but for their record; lanes take several side by side."""

import threading

from balai import audit
from balai.audit.hooks import register_tasks
from balai.contracts import Task
from balai.jobs.running import run_for_all
from balai.tenancy import tenant_scope


def test_entries_of_a_suspended_region_are_sealed(app, regions):
    asleep = regions(status="suspended")
    with app.app_context(), tenant_scope(asleep) as session:
        audit.record(session, "tenant.suspended", data={"reason": "uji"})
    (seal,) = [task for task in register_tasks() if task.name == "audit.seal"]
    run_for_all(app, seal)
    with app.app_context(), tenant_scope(asleep) as session:
        assert audit.head(session)[0] >= 1
        assert audit.verify(session).unsealed == 0


def test_other_periodic_work_rests_there(app, regions):
    asleep, awake = regions(status="suspended"), regions()
    seen = []
    run_for_all(
        app, Task("audit.probe", lambda _session, tenant: seen.append(tenant.id), cron="* * * * *", together=True)
    )
    assert awake.id in seen
    assert asleep.id not in seen


def test_lanes_take_regions_side_by_side_and_a_failure_stops_no_other(app, regions, caplog):
    mine = {regions().id, regions().id}
    meeting, seen = threading.Barrier(2, timeout=30), []

    def run(session, tenant):
        assert session.tenant_id == tenant.id
        if tenant.id in mine:
            meeting.wait()  # neither goes on before the other is at it as well
            seen.append((tenant.id, threading.get_ident(), audit.record(session, "audit.probed").actor))
            if tenant.id == min(mine):
                raise RuntimeError("uji")

    run_for_all(app, Task("audit.probe", run, cron="* * * * *", together=True, lanes=2))
    assert {tenant_id for tenant_id, _thread, _actor in seen} == mine
    assert len({thread for _tenant, thread, _actor in seen}) == 2
    assert {actor for _tenant, _thread, actor in seen} == {"audit.probe"}
    assert "periodic audit.probe failed" in caplog.text
    with app.app_context():
        kept = 0
        for tenant_id in mine:
            with tenant_scope(tenant_id) as session:
                kept += len(audit.entries(session, action="audit.probed"))
    assert kept == 1  # what failed left nothing
