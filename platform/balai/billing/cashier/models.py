"""Cash drawers, what was taken in at them, and what was given back."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel

REVERSAL_STATES: Final = ("asked", "approved", "refused")


class CashDrawer(TenantModel):
    """One cashier's drawer from opening to closing; at most one is open per member.

    number: counts up in the region; opening: the change it begins with; taken, given_back: sums so far; counted, difference:
    at closing (counted - expected); a drawer's cash is always opening + taken - given_back.
    """

    __tablename__ = "cash_drawer"

    number: Mapped[int] = mapped_column(Integer)
    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None]
    opening: Mapped[int] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(BigInteger, default=0)
    given_back: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    opening_transaction_id: Mapped[uuid.UUID | None]
    closed_at: Mapped[datetime | None]
    counted: Mapped[int | None] = mapped_column(BigInteger)
    difference: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    closing_transaction_id: Mapped[uuid.UUID | None]

    @property
    def expected(self) -> int:
        """What must be in it."""
        return self.opening + self.taken - self.given_back


class CashReceipt(TenantModel):
    """Cash for one or several invoices in one go. number: counts up within its drawer; handed: what the payer laid down."""

    __tablename__ = "cash_receipt"

    drawer_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(BigInteger)
    handed: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[uuid.UUID]

    @property
    def change(self) -> int:
        """What the payer got back."""
        return self.handed - self.total


class CashReceiptPart(TenantModel):
    """One invoice on a receipt and the payment that it became, INSERT only."""

    __tablename__ = "cash_receipt_part"

    receipt_id: Mapped[uuid.UUID]
    invoice_id: Mapped[uuid.UUID]
    payment_id: Mapped[uuid.UUID]
    amount: Mapped[int] = mapped_column(BigInteger)


class CashReversal(TenantModel):
    """A receipt that shall be taken back: asked by one, decided by another; the cash leaves the asker's drawer."""

    __tablename__ = "cash_reversal"

    receipt_id: Mapped[uuid.UUID]
    drawer_id: Mapped[uuid.UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="asked")
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
