"""Outages and whom they touch. A draft is what an officer prepares; from `announced` on it is public and has been told."""

import uuid
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now

Kind = Literal["planned", "sudden"]
KINDS: Final = ("sudden", "planned")
REASONS: Final = ("pipe_burst", "repair", "pump", "power", "source", "quality", "other")
STATES: Final = ("draft", "announced", "ended", "cancelled")


class Outage(TenantModel):
    """Water that is or will be off.

    kind: planned or sudden; reason: one of REASONS; text: what everybody may read besides; ends_at: when water is expected back
    (None: nobody knows yet), ended_at: when it was; selection: what the officer chose (`selection.Selection` as a mapping);
    places: the villages touched, as the public sees them (code, name, count, and a rough middle or None); revision: counts
    changes after the announcement; affected: connections touched now; member_id: who prepared it.
    """

    __tablename__ = "water_outage"

    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text, default="draft")
    selection: Mapped[dict[str, Any]]
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    revision: Mapped[int] = mapped_column(default=0)
    affected: Mapped[int] = mapped_column(default=0)
    member_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    announced_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class OutageConnection(TenantModel):
    """A connection that an outage touches; spared_at: since when it doesn't any more."""

    __tablename__ = "water_outage_connection"

    outage_id: Mapped[uuid.UUID]
    connection_id: Mapped[uuid.UUID]
    added_at: Mapped[datetime] = mapped_column(default=now)
    spared_at: Mapped[datetime | None]
