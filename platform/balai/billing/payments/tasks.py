"""Background work of payments: files of banks, and the nightly comparison with providers."""

from uuid import UUID

from balai.billing.bank import services as bank
from balai.billing.payments import reconciling
from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.jobs import defer
from balai.tenancy import Tenant


@task("billing.import_statement")
def import_statement(session: TenantSession, _tenant: Tenant, *, statement: UUID) -> None:
    """Book a bank's file, all of it or nothing."""
    bank.take_in(session, statement)


@periodic("10 18 * * *")  # 01.10 in the west of the country, 03.10 in the east
@task("billing.reconcile")
def reconcile(session: TenantSession, _tenant: Tenant) -> None:
    """Begin last night's comparison with each provider, and go on with those that didn't end."""
    for run in reconciling.begin(session):
        _next(session, run.id)


@task("billing.reconcile_step")
def reconcile_step(session: TenantSession, _tenant: Tenant, *, run: UUID) -> None:
    """One step of a run; the next one is queued in the same transaction."""
    if reconciling.step(session, run):
        _next(session, run)


def _next(session: TenantSession, run: UUID) -> None:
    defer(session, reconcile_step, lock=f"reconcile:{run}", queueing_lock=f"reconcile:{run}", run=run)


TASKS = [import_statement, reconcile, reconcile_step]
