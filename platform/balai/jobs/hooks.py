"""The queue's part in the core: deliver events, end what is closing, sweep up."""

from datetime import timedelta

from balai import plugins
from balai.contracts import Task, periodic, task
from balai.db import TenantSession
from balai.hookspecs import hookimpl
from balai.jobs import queries
from balai.jobs.events import tell
from balai.tenancy import Tenant


@periodic("17 * * * *", together=True)
@task("jobs.finish_closing")
def finish_closing(session: TenantSession, tenant: Tenant) -> None:
    """Switch off plugins that are closing and have no running case left."""
    plugins.finish_closing(session, tenant)


@periodic("41 19 * * *", together=True)
@task("jobs.tidy")
def tidy(session: TenantSession, _tenant: Tenant) -> None:
    """Drop old receipts and failures, at night in all three zones of Indonesia."""
    queries.tidy(session, receipts=timedelta(days=14), failures=timedelta(days=90))


@hookimpl
def register_tasks() -> list[Task]:
    """Tasks of the queue itself."""
    return [tell, finish_closing, tidy]
