"""What the worker does for bills."""

from uuid import UUID

from balai.api import Tenant, TenantSession, defer, task
from balai_water.bills import external, services


@task("water.bill_step")
def bill_step(session: TenantSession, _tenant: Tenant, *, run: UUID) -> None:
    """The next connections of a billing run; what is left is queued in the same transaction."""
    if services.step(session, run):
        queue_step(session, run)


def queue_step(session: TenantSession, run: UUID) -> None:
    """Queue a run's next step; asked again while one waits it changes nothing."""
    defer(session, bill_step, lock=f"water:bill:{run}", queueing_lock=f"water:bill:{run}", run=run)


@task("water.take_bills")
def take_bills(session: TenantSession, _tenant: Tenant, *, data: bytes, tanpa: str = "") -> dict[str, int]:
    """Take over another system's table, for a nightly timer: `balai plugin run <region> water.take_bills --file <table>`.

    All of it or nothing (Invalid), with tanpa="ya" what is right of it.
    """
    return external.take(session, data, only_good=tanpa == "ya")[1]
