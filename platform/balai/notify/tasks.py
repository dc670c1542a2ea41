"""The room's work in the worker: deliveries, and the staff's daily mail."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.notify import delivering, digests, mass
from balai.notify.models import Message
from balai.tenancy import Tenant

# A queue of its own, so that an operator may give messages a worker of their own; behind deadlines and events.
QUEUE: Final = "messages"
PRIORITY: Final = -10


@task("notify.deliver", queue=QUEUE, priority=PRIORITY)
def deliver_message(session: TenantSession, _tenant: Tenant, *, message_id: str) -> None:
    """Bring one message, or note why not and when it is tried again."""
    delivering.deliver(session, UUID(message_id))


@task("notify.wake", queue=QUEUE, priority=PRIORITY)
def wake_message(session: TenantSession, _tenant: Tenant, *, message_id: str) -> None:
    """Its time has come: queue the delivery behind those of its channel."""
    query = select(Message).where(Message.id == UUID(message_id), Message.state == "queued")
    if (message := session.scalars(query).first()) is not None:
        delivering.queue(session, message)


@task("notify.feed", queue=QUEUE, priority=PRIORITY)
def feed_messages(
    session: TenantSession, _tenant: Tenant, *, channel: str, about_id: str, after: str, until: str
) -> None:
    """Lay out the next deliveries of a great many messages."""
    mass.feed(session, channel=channel, about=UUID(about_id), after=UUID(after), until=UUID(until))


@periodic("7 * * * *", together=True)
@task("notify.digest", queue=QUEUE)
def send_digests(session: TenantSession, _tenant: Tenant) -> None:
    """From seven in the morning, local time: one mail per member about what is new and unread."""
    digests.send_due(session)
