"""Bulk acts, and texts that a region answers with again and again."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class BulkAct(TenantModel):
    """One act on several cases. kind: assign, step, note, read; items: per case its id, code, seq afterwards and what it was
    before (for `read`: the number read before); never what somebody wrote.
    """

    __tablename__ = "bulk_act"

    member_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ReplyText(TenantModel):
    """A text to begin an answer with. service_id: "" = every service; demand: answer, question, reason or note."""

    __tablename__ = "reply_text"

    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    service_id: Mapped[str] = mapped_column(Text, default="")
    demand: Mapped[str] = mapped_column(Text, default="answer")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    by_member: Mapped[uuid.UUID | None]
