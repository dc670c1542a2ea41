"""Housekeeping of this room."""

from typing import Any

from balai.clock import now
from balai.contracts.tasks import periodic, task
from balai.db import TenantSession
from balai.rest import queries
from balai.rest.idempotency import KEEP


@periodic("17 * * * *", together=True)
@task("rest.forget_answers")
def forget_answers(session: TenantSession, _tenant: Any) -> int:
    """Drop stored answers older than 24 hours; how many."""
    return queries.drop_answers(session, before=now() - KEEP)
