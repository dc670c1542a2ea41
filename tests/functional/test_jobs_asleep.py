"""The record of a suspended region is sealed all the same; its other periodic work rests."""

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
