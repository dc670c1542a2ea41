"""What is being drawn, and every state that it had: the way back."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class Drawing(TenantModel):
    """A service on the drawing board.

    kind: new (document = a whole service document) | changes (of a plugin's service: sla, texts, steps_off, fields); units: slot
    -> unit id; number: of the last kept step; state: draft | asked | refused | published; published_number: the step that holds.
    """

    __tablename__ = "service_drawing"

    service_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]]
    units: Mapped[dict[str, Any]] = mapped_column(default=dict)
    number: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(Text, default="draft")
    note: Mapped[str] = mapped_column(Text, default="")
    refusal: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    published_number: Mapped[int | None]
    changed_by: Mapped[uuid.UUID | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DrawingStep(TenantModel):
    """One kept state of a drawing. what: the change in words, as the officer reads it."""

    __tablename__ = "service_drawing_step"

    drawing_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]]
    units: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_member: Mapped[uuid.UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
