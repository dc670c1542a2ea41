"""Forgets where reports came from."""

from datetime import timedelta
from typing import Final

from balai.cases.gate import queries
from balai.clock import now
from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.tenancy import Tenant

KEPT: Final = timedelta(days=7)


@periodic("17 * * * *", together=True)
@task("cases.forget_origins")
def forget_origins(session: TenantSession, _tenant: Tenant) -> None:
    """After a week nobody can tell any more which reports came from one phone."""
    queries.forget(session, now() - KEPT)
