"""What the worker does for money: fold figures every few minutes; every night charge late fees, and forget old payers."""

from balai.billing import personal
from balai.billing.late_fees import BATCH, apply_late_fees
from balai.billing.queries import figures
from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.jobs import defer
from balai.tenancy import Tenant


@periodic("*/3 * * * *", together=True)
@task("billing.fold_figures")
def fold_figures(session: TenantSession, _tenant: Tenant) -> None:
    """Fold new sums into the roll-ups, so that reports read few rows."""
    figures.fold(session)


@periodic("20 18 * * *")
@task("billing.charge_late_fees")
def charge_late_fees(session: TenantSession, _tenant: Tenant) -> None:
    """Charge what fell due (shortly after midnight in the west), a batch each job, until there is no more."""
    if apply_late_fees(session) == BATCH:
        defer(session, charge_late_fees)


@periodic("40 19 * * *")
@task("billing.forget_payers")
def forget_payers(session: TenantSession, _tenant: Tenant) -> None:
    """Every night (02.40 WIB): payers of bills that were settled ten years ago become pseudonyms, a batch each job."""
    done, looked_at = personal.forget_old(session)
    if done and looked_at == personal.BATCH:
        defer(session, forget_payers)
