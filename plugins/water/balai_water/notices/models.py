"""Which connection was told of what: the record by which nobody is told the same twice."""

import uuid
from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now


class Notice(TenantModel):
    """One message owed to one connection, one row per (about, kind, connection).

    about: what it is about (an outage, an incident); kind: which message of it ("announced.0", "changed.2"); message_id: in the
    core's outbox, None where the customer left neither phone nor email, so that staff see whom they must reach otherwise.
    """

    __tablename__ = "water_notice"

    about: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    connection_id: Mapped[uuid.UUID]
    message_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
