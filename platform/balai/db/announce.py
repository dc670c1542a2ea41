"""How a lower room tells a higher one that something happened, without importing it."""

from typing import TYPE_CHECKING
from uuid import UUID

from balai.clock import now
from balai.contracts import EVENT_NAMES, Event
from balai.db.base import new_id

if TYPE_CHECKING:
    from balai.db.database import TenantSession


def announce(session: "TenantSession", name: str, subject_id: UUID | str) -> Event:
    """Record the fact `name` (one of EVENT_NAMES) in the session's transaction.

    `jobs` installs the dispatcher, which queues one job per listener in the same transaction; without one (migrations,
    some unit tests) the fact is dropped.
    """
    if name not in EVENT_NAMES:
        raise ValueError(f"unknown event {name!r}")
    event = Event(id=new_id(), tenant_id=session.tenant_id, name=name, at=now(), subject_id=str(subject_id))
    if session.database.dispatcher is not None:
        session.database.dispatcher(session, event)
    return event
