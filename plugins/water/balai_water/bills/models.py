"""Bills and what makes them. A bill is charged by its own invoice in the core's books, or told by another system."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now

MODES = ("own", "external")


class BillingRun(TenantModel):
    """One attempt to bill a closed month: everybody with a reading and without a bill. state: running, done, stopped.

    after: the last connection that was looked at; counts: {billed, left_out, m3, rupiah} so far; problem: why it stopped.
    """

    __tablename__ = "water_billing_run"

    month: Mapped[date]
    state: Mapped[str] = mapped_column(Text, default="running")
    due_on: Mapped[date]
    tariff_id: Mapped[uuid.UUID]
    after: Mapped[uuid.UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problem: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime] = mapped_column(default=now)
    started_by: Mapped[uuid.UUID | None]
    moved_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Bill(TenantModel):
    """What one connection owes for one month (its first day). customer_id: who had the connection then, and is the payer.

    previous, stand: of the meter; estimated: nobody read it; charged_m3: at least the minimum use; total: rupiah as issued.
    invoice_id: in the core's books; or external: {number, status, lines: [{text, amount}]} as another system tells, with paid_on.
    """

    __tablename__ = "water_bill"

    connection_id: Mapped[uuid.UUID]
    month: Mapped[date]
    customer_id: Mapped[uuid.UUID]
    group_key: Mapped[str] = mapped_column(Text)
    previous: Mapped[int | None]
    stand: Mapped[int | None]
    estimated: Mapped[bool] = mapped_column(default=False)
    use_m3: Mapped[int]
    charged_m3: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[date]
    tariff_id: Mapped[uuid.UUID | None]
    run_id: Mapped[uuid.UUID | None]
    invoice_id: Mapped[uuid.UUID | None]
    external: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    paid_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class BillingSetting(TenantModel):
    """What a utility set, at most one row. mode: own (bills are made here) or external (taken over from another system).

    unit_id: the unit whose account is paid; due_day: of the month after; pay_at: where to pay, for people.
    """

    __tablename__ = "water_billing_setting"

    mode: Mapped[str] = mapped_column(Text, default="own")
    unit_id: Mapped[uuid.UUID | None]
    due_day: Mapped[int] = mapped_column(SmallInteger, default=20)
    pay_at: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Objection(TenantModel):
    """A bill objection on the spine, and the bill that it is about."""

    __tablename__ = "water_objection"

    bill_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
