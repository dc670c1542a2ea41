"""Runs one job: the only place where work leaves the queue and becomes a transaction of a region."""

import inspect
import logging
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, g

from balai import audit, plugins
from balai.contracts import RetryLater, Task
from balai.jobs import queries
from balai.jobs.models import JobFailure
from balai.tenancy import Tenant, registry_scope, tenant_scope, tenants
from balai.tenancy.queries import tenant_by_id

log = logging.getLogger(__name__)
_ALL_KINDS = ("region", "operator", "ministry")
_SUSPENDED = timedelta(hours=1)


class JobFailed(Exception):  # noqa: N818 - tells the retry strategy how often it happened
    """An attempt failed; `attempt` counts failures of this job from 1 (waiting and lost workers not included)."""

    def __init__(self, attempt: int) -> None:
        super().__init__(f"attempt {attempt} failed")
        self.attempt = attempt


def run_job(app: Flask, task: Task, *, job_id: int, args: Mapping[str, Any]) -> None:
    """Run `task` for `args["tenant_id"]`, exactly once as far as the database is concerned.

    Raises RetryLater when it should wait (also when the region is suspended), JobFailed when the attempt failed. A region that
    is gone, a plugin that isn't open, a job that was done already: nothing happens.
    """
    ids = dict(args)
    with app.app_context(), registry_scope() as registry:
        tenant = tenant_by_id(registry, ids.pop("tenant_id"))
    if tenant is None:
        return
    if tenant.status == "suspended":
        raise RetryLater(_SUSPENDED, "region suspended")
    with app.app_context():
        g.tenant = tenant
        if not plugins.state(tenant, task.owner).open:
            log.info("job %s of tenant %s dropped: the plugin isn't open", task.name, tenant.id)
            return
        with audit.acting_as("job", task.name):
            try:
                _transact(task, tenant, job_id, ids)
            except RetryLater:
                raise
            except Exception as error:
                log.exception("job %s (%s) of tenant %s failed", job_id, task.name, tenant.id)
                raise JobFailed(_note_failure(task, tenant, job_id, error)) from error


def run_for_all(app: Flask, task: Task) -> None:
    """Run a periodic `together` task for every region where its owner is open, one transaction each; see Task.asleep and lanes.

    A region where it fails is logged and left to the next round; it doesn't stop the others.
    """
    with app.app_context():
        status = ("active", "suspended", "onboarding") if task.asleep else ("active",)
        everyone = tenants(status=status, kind=_ALL_KINDS)
    if task.lanes == 1:
        for tenant in everyone:
            _run_for_one(app, task, tenant)
        return
    with ThreadPoolExecutor(task.lanes, thread_name_prefix=task.name) as lanes:
        # A thread begins with nothing of its maker's context (who acts, which clock): each region gets a copy of it.
        done = [lanes.submit(copy_context().run, _run_for_one, app, task, tenant) for tenant in everyone]
    for one in done:
        one.result()


def _run_for_one(app: Flask, task: Task, tenant: Tenant) -> None:
    with app.app_context(), audit.acting_as("job", task.name):
        g.tenant = tenant
        if not plugins.state(tenant, task.owner).open:
            return
        try:
            with tenant_scope(tenant) as session:
                g.db_session = session
                task.run(session, tenant)
        except Exception:
            log.exception("periodic %s failed for tenant %s", task.name, tenant.id)


def _transact(task: Task, tenant: Tenant, job_id: int, ids: dict[str, Any]) -> None:
    with tenant_scope(tenant) as session:
        g.db_session = session
        if not queries.claim(session, job_id):
            log.info("job %s (%s) was done before; nothing to do", job_id, task.name)
            return
        task.run(session, tenant, **_typed(task, ids))


def _typed(task: Task, ids: dict[str, Any]) -> dict[str, Any]:
    """UUIDs travel as text and come back for parameters that are annotated UUID."""
    parameters = inspect.signature(task.run).parameters
    wanted = {key for key, p in parameters.items() if p.annotation is UUID or p.annotation in {"UUID", "uuid.UUID"}}
    return {key: UUID(value) if key in wanted and isinstance(value, str) else value for key, value in ids.items()}


def _note_failure(task: Task, tenant: Tenant, job_id: int, error: Exception) -> int:
    """Remember the attempt in a transaction of its own; answers how many there were."""
    with tenant_scope(tenant) as session:
        attempt = queries.failures(session, job_id) + 1
        session.add(JobFailure(job_id=job_id, task=task.name, attempt=attempt, error=_where(error)))
    return attempt


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{place}"
