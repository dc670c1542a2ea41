"""Housekeeping of this room."""

from typing import Any

from balai.contracts.tasks import periodic, task
from balai.db import TenantSession
from balai.web import queries


@periodic("41 * * * *", together=True)
@task("web.forget_limits")
def forget_limits(session: TenantSession, _tenant: Any) -> int:
    """Drop rate-limit windows that have passed; how many. The table belongs to no region: after the first, none is left."""
    return queries.purge(session)
