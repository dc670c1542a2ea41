"""Deliveries in the worker."""

from uuid import UUID

from balai.contracts import task
from balai.db import TenantSession
from balai.notify import services
from balai.tenancy import Tenant


@task("notify.deliver")
def deliver_message(session: TenantSession, _tenant: Tenant, *, message_id: str) -> None:
    """Bring one message, or note why not and when it is tried again."""
    services.deliver(session, UUID(message_id))
