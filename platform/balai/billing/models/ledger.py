"""The double-entry ledger. Lines have no model: they are written and summed set-based, in `queries`."""

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel

ACCOUNT_KINDS: Final = ("asset", "liability", "income", "expense")


class LedgerAccount(TenantModel):
    """An account by its key ("kas", "pendapatan.air"); kind: asset | liability | income | expense."""

    __tablename__ = "ledger_account"

    key: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Transaction(TenantModel):
    """One business act, INSERT only; its lines sum to zero.

    act: what was done ("payment"); booked_on: the region's local day in whose period it counts; at: when it happened;
    lines: how many there are, so that none can be added later; reverses: the transaction that this one takes back, once only.
    """

    __tablename__ = "ledger_transaction"

    act: Mapped[str] = mapped_column(Text)
    booked_on: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    lines: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(Text, default="")
    reverses: Mapped[uuid.UUID | None]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Text)


class LedgerClosing(TenantModel):
    """The books are closed up to and including `through`, INSERT only; balances: account -> rupiah at that day."""

    __tablename__ = "ledger_closing"

    through: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]
    balances: Mapped[dict[str, Any]] = mapped_column(JSONB)


class BillingFigure(TenantModel):
    """A roll-up: kind "ledger" (account and day booked: debit, credit, lines) or "receivable" (series and day due: debit holds
    what is outstanding, count the invoices). What isn't folded in yet stands in billing_delta; read both through `figures`.
    """

    __tablename__ = "billing_figure"

    kind: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    key: Mapped[str] = mapped_column(Text)
    debit: Mapped[int] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)


class BillingSetting(TenantModel):
    """A choice of the region: key "export" (columns of the finance system), "paying" (how to pay offline)."""

    __tablename__ = "billing_setting"

    key: Mapped[str] = mapped_column(Text)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
