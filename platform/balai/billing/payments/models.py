"""Providers that a region has switched on, orders to pay, what providers said, and what the nightly comparison found."""

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

ORDER_STATES: Final = ("waiting", "paid", "expired", "failed", "refunded")
VERDICTS: Final = ("settled", "part", "held", "unmatched", "noted", "ignored", "refused", "unreadable")
SOURCES: Final = ("callback", "asked", "report")
FINDINGS: Final = ("missing", "double", "amount", "unknown", "refunded", "unreadable", "not_there", "waiting")


class PaymentGateway(TenantModel):
    """A region's account with a provider. config: settings that may be shown; secrets: the others as one JSON, write-only;
    switched_on: whether new orders may be made (money for old ones is taken as long as the settings stand).
    """

    __tablename__ = "payment_gateway"

    provider: Mapped[str] = mapped_column(Text)
    switched_on: Mapped[bool] = mapped_column(default=False)
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[str | None] = keys.sealed_column("secret")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class PaymentOrderRow(TenantModel):
    """One attempt to pay an invoice through a provider; see contracts.PaymentOrder and PaymentOffer.

    state says what the provider has told so far. It never means that an invoice is settled: only a payment does.
    """

    __tablename__ = "payment_order"

    code: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[uuid.UUID]
    rupiah: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default="waiting")
    number: Mapped[str] = mapped_column(Text, default="")
    qr: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    asked_at: Mapped[datetime | None]


class PaymentEvent(TenantModel):
    """What a provider said, INSERT only. digest: SHA-256 of the body as it came, once per provider; said: that body with names
    and numbers of people taken out, sealed; verdict: what became of it; payment_id: the money it brought.
    """

    __tablename__ = "payment_event"

    provider: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    order_code: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="")
    rupiah: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(Text)
    said: Mapped[str | None] = keys.sealed_column("text")
    said_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)
    verdict: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[uuid.UUID | None]


class PaymentTold(TenantModel):
    """A callback that was proven and read, and waits to be booked; then it is a PaymentEvent and gone from here.

    said: as in PaymentEvent; rupiah: None when it is no sum that a column could hold; tried_at: when booking it failed.
    """

    __tablename__ = "payment_inbox"

    provider: Mapped[str] = mapped_column(Text)
    order_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    rupiah: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = keys.sealed_column("text")
    said_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)
    tried_at: Mapped[datetime | None]


class ReconciliationRun(TenantModel):
    """One night's comparison with one provider: phase ask | report | ours | done, cursor: how far it has come."""

    __tablename__ = "reconciliation_run"

    provider: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    phase: Mapped[str] = mapped_column(Text, default="ask")
    cursor: Mapped[str] = mapped_column(Text, default="")
    looked: Mapped[int] = mapped_column(Integer, default=0)
    found: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class ReconciliationFinding(TenantModel):
    """Something that ours and the provider's books say differently; `state` open until somebody has acted (`action`)."""

    __tablename__ = "reconciliation_finding"

    provider: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    order_code: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(Text, default="")
    ours: Mapped[int | None] = mapped_column(BigInteger)
    theirs: Mapped[int | None] = mapped_column(BigInteger)
    payment_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(Text, default="open")
    action: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    done_by: Mapped[uuid.UUID | None]
