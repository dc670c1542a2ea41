"""Invoices and what happened to them afterwards. What was issued is never changed: the database refuses it."""

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Computed, Date, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

ENTRY_KINDS: Final = ("late_fee", "credit", "cancel", "instalments")
PLAN_STATES: Final = ("asked", "approved", "refused", "replaced")
# As PostgreSQL itself writes them: the schema test compares.
OUTSTANDING: Final = "total + fees - credited - applied"
STATE: Final = (
    "CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'::text"
    f" WHEN ({OUTSTANDING}) = 0 THEN 'paid'::text ELSE 'open'::text END"
)


class InvoiceSeries(TenantModel):
    """The last number given in a series and year; its row lock makes numbers gapless."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    last: Mapped[int] = mapped_column(Integer)


class Invoice(TenantModel):
    """A demand for money, whole rupiah.

    series, year, serial: its number, without gaps; subject_*: what it is for, known to whoever issued it; payer_index: blind
    index of the account, payer_*: sealed;
    lines: [{text, quantity, unit, unit_price, amount, account, reason}], their amounts sum to `total`; fees: late fees so far;
    credited: taken off by credits; applied: paid; outstanding = total + fees - credited - applied, never negative;
    state: open | paid | cancelled (part-paid and overdue follow from amounts and day: `status_of`); due_on: as issued;
    next_due_on: the first unpaid part's day once instalments were approved; parts: those, [{due_on, amount}];
    late_fee_rule: see LateFee; next_fee_on: when to look at it again; transaction_id: how it was booked; link_hash: SHA-256 of
    the public link's secret.
    """

    __tablename__ = "invoice"

    series: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    serial: Mapped[int] = mapped_column(Integer)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    payer_index: Mapped[str | None] = mapped_column(Text)
    payer_name: Mapped[str | None] = keys.sealed_column("name")
    payer_phone: Mapped[str | None] = keys.sealed_column("phone")
    payer_email: Mapped[str | None] = keys.sealed_column("email")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    total: Mapped[int] = mapped_column(BigInteger)
    fees: Mapped[int] = mapped_column(BigInteger, default=0)
    credited: Mapped[int] = mapped_column(BigInteger, default=0)
    applied: Mapped[int] = mapped_column(BigInteger, default=0)
    outstanding: Mapped[int] = mapped_column(BigInteger, Computed(OUTSTANDING, persisted=True))
    state: Mapped[str] = mapped_column(Text, Computed(STATE, persisted=True))
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    next_due_on: Mapped[date] = mapped_column(Date)
    parts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    late_fee_rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    next_fee_on: Mapped[date | None] = mapped_column(Date)
    unit_id: Mapped[uuid.UUID | None]
    transaction_id: Mapped[uuid.UUID]
    link_hash: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def rest(self) -> int:
        """What is owed, from the sums as they stand in memory (`outstanding` is the database's own figure)."""
        return self.total + self.fees - self.credited - self.applied

    @property
    def number(self) -> str:
        """As printed: `AIR-2026-000123`."""
        return number_of(self.series, self.year, self.serial)


def number_of(series: str, year: int, serial: int) -> str:
    """The printed number."""
    return f"{series}-{year}-{serial:06d}"


class InvoiceEntry(TenantModel):
    """What changed the sum or the terms of an invoice after it was issued, INSERT only.

    kind: late_fee (key "2026-03": a month is charged once) | credit | cancel | instalments; amount: what it added (late fee) or
    took off (credit, cancel); data: how it was worked out (base, rate, decree).
    """

    __tablename__ = "invoice_entry"

    invoice_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Text)
    transaction_id: Mapped[uuid.UUID | None]


class InstalmentPlan(TenantModel):
    """Parts that somebody asked for; they count once somebody else approved. parts: [{due_on, amount}]."""

    __tablename__ = "instalment_plan"

    invoice_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="asked")
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
