"""What the worker does for bills."""

from uuid import UUID

from balai.api import Tenant, TenantSession, defer, task
from balai_water.bills import services


@task("water.bill_step")
def bill_step(session: TenantSession, _tenant: Tenant, *, run: UUID) -> None:
    """The next connections of a billing run; what is left is queued in the same transaction."""
    if services.step(session, run):
        queue_step(session, run)


def queue_step(session: TenantSession, run: UUID) -> None:
    """Queue a run's next step; asked again while one waits it changes nothing."""
    defer(session, bill_step, lock=f"water:bill:{run}", queueing_lock=f"water:bill:{run}", run=run)
