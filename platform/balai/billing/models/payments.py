"""Money that came in, where it went, and what is given back."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel

REFUND_STATES: Final = ("owed", "paid")


class Payment(TenantModel):
    """One sum received, whole rupiah: amount = applied + held + unmatched + refunded + reversed, at any time.

    method and reference name it once and for all ("bank", the bank's own number); invoice_id: what it was meant for, None when
    nobody knows; applied: paid invoices with; held: too much, kept for the payer (titipan); unmatched: nobody knows for what;
    refunded: given back or owed to the payer; reversed: the money never was there, or was booked twice; account: where it
    came in; paid_at: as the payer's bank or till says; received_at: when we learned of it; receipt: its number on paper.
    """

    __tablename__ = "payment"

    method: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[uuid.UUID | None]
    amount: Mapped[int] = mapped_column(BigInteger)
    applied: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    unmatched: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    reversed: Mapped[int] = mapped_column(BigInteger, default=0)
    account: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now)
    transaction_id: Mapped[uuid.UUID]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Text)
    # False when the same payment had been told before; lives in memory only.
    is_new = True

    @property
    def receipt(self) -> str:
        """The receipt's number: short enough to read aloud, found again by `find_receipt`."""
        return self.id.hex[:8].upper() + "-" + self.id.hex[-6:].upper()


class Allocation(TenantModel):
    """Money of a payment that went to an invoice, or (negative) left it again; INSERT only."""

    __tablename__ = "payment_allocation"

    payment_id: Mapped[uuid.UUID]
    invoice_id: Mapped[uuid.UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(default=now)
    transaction_id: Mapped[uuid.UUID]


class Refund(TenantModel):
    """Money that is owed back to a payer, and whether it was handed over; reference: of the bank or the till."""

    __tablename__ = "payment_refund"

    payment_id: Mapped[uuid.UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default="owed")
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str | None] = mapped_column(Text)
    paid_at: Mapped[datetime | None]
    account: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text, default="")
    transaction_id: Mapped[uuid.UUID]
    paid_transaction_id: Mapped[uuid.UUID | None]
