"""Messages to people, and what became of each attempt to bring them."""

import uuid
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

MessageState = Literal["queued", "sent", "kept", "undelivered"]
STATES: Final = ("queued", "sent", "kept", "undelivered")


class Message(TenantModel):
    """One message to one person over one channel: the record; a job is its delivery (decision 30).

    recipient: address for the channel, sealed; member_id: for staff, whose messages also stand in the console; subject, body:
    as sent, sealed (a link secret may stand in it); state: queued, sent, kept (the channel isn't set up: a warning, nothing is
    lost) or undelivered (given up); about_*: what it is about, such as ("case", id).
    """

    __tablename__ = "message"

    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str | None] = keys.sealed_column("secret")
    member_id: Mapped[uuid.UUID | None]
    template: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = keys.sealed_column("text")
    body: Mapped[str] = keys.sealed_column("text")
    about_kind: Mapped[str | None] = mapped_column(Text)
    about_id: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="queued")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Delivery(TenantModel):
    """One attempt, INSERT only: ok, and the channel's own reference or what went wrong (never an address)."""

    __tablename__ = "delivery"

    message_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    ok: Mapped[bool]
    detail: Mapped[str] = mapped_column(Text, default="")
