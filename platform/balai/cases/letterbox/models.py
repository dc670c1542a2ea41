"""What was handed over, kept so that it can be taken back."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel


class HandOver(TenantModel):
    """Everything of one member given to another at once.

    reason: sealed, it is about a person; parts: {"cases": [{case, seq, assignee}], "units": [{unit, head, was}], "readers":
    [case, ...], "drawings": [id, ...]}: ids and row numbers, never words. was: whether the receiver worked there before.
    """

    __tablename__ = "hand_over"

    member_id: Mapped[uuid.UUID]
    to_member: Mapped[uuid.UUID]
    by_member: Mapped[uuid.UUID | None]
    reason: Mapped[str | None] = keys.sealed_column("text")
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB)
