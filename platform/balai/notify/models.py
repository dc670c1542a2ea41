"""Messages to people, what became of each attempt to bring them, and what a region and its people wish about them."""

import uuid
from datetime import date, datetime, time
from typing import Any, Final, Literal

from sqlalchemy import Date, Integer, SmallInteger, Text, Time
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

MessageState = Literal["queued", "sent", "kept", "undelivered", "dropped", "unwanted"]
STATES: Final = ("queued", "sent", "kept", "undelivered", "dropped", "unwanted")


class Message(TenantModel):
    """One message to one person over one channel: the record; a job is its delivery (decision 30).

    recipient: address for the channel, sealed; address_index: finds it again; member_id: for staff, whose messages also stand
    in the console; subject, body: as sent, sealed (a link secret may stand in it); state: queued, sent, kept (the channel isn't
    set up: a warning, nothing is lost), undelivered (given up), dropped (staff gave it up) or unwanted (the person refuses such
    messages); due_at: not before; urgent: also at night; reference: the channel's own number; delivered_at: a receipt said so;
    digested_at: told in a staff mail; about_*: what it is about, such as ("case", id).
    """

    __tablename__ = "message"

    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str | None] = keys.sealed_column("secret")
    address_index: Mapped[str | None] = mapped_column(Text)
    member_id: Mapped[uuid.UUID | None]
    template: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = keys.sealed_column("text")
    body: Mapped[str] = keys.sealed_column("text")
    line: Mapped[str | None] = keys.sealed_column("text")
    about_kind: Mapped[str | None] = mapped_column(Text)
    about_id: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="queued")
    urgent: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    digested_at: Mapped[datetime | None]


class Delivery(TenantModel):
    """One attempt, INSERT only: ok, and the channel's own reference or what went wrong (never an address)."""

    __tablename__ = "delivery"

    message_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    ok: Mapped[bool]
    detail: Mapped[str] = mapped_column(Text, default="")


class Gateway(TenantModel):
    """The region's own SMS or WhatsApp gateway; config as in gateways.Config, both secrets write-only."""

    __tablename__ = "gateway"

    channel: Mapped[str] = mapped_column(Text)
    switched_on: Mapped[bool] = mapped_column(default=False)
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[str | None] = keys.sealed_column("secret")
    receipt_secret: Mapped[str | None] = keys.sealed_column("secret")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class ChannelState(TenantModel):
    """How a channel is doing: failures in a row, and until when it is left alone."""

    __tablename__ = "channel_state"

    channel: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    open_until: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class MessageText(TenantModel):
    """One version of a region's own text, INSERT only; all three texts empty: back to the shipped one."""

    __tablename__ = "message_text"

    template: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    short: Mapped[str] = mapped_column(Text)
    by_member: Mapped[uuid.UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)


class MessageHours(TenantModel):
    """One row per region: between quiet_from and quiet_until (local) phones stay silent; quiet_mail: mailboxes too."""

    __tablename__ = "message_hours"

    quiet: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[time] = mapped_column(Time)
    quiet_until: Mapped[time] = mapped_column(Time)
    quiet_mail: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class MessageRefusal(TenantModel):
    """An address that wants no optional messages; the address itself isn't kept, only its index."""

    __tablename__ = "message_refusal"

    address_index: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class MessageWish(TenantModel):
    """How a member of staff wants to hear of new messages by mail: not at all, once a day, or each one."""

    __tablename__ = "message_wish"

    member_id: Mapped[uuid.UUID]
    mail: Mapped[str] = mapped_column(Text, default="daily")
    last_digest: Mapped[date | None] = mapped_column(Date)


class DeliveryReceipt(TenantModel):
    """What a gateway said afterwards about one of its references, INSERT only."""

    __tablename__ = "delivery_receipt"

    channel: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
