"""Tariffs as they are kept: drafts are worked on, adopted versions are INSERT only, as are their withdrawals."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now


class TariffDraft(TenantModel):
    """A tariff that isn't adopted. rules: what `read_tariff` reads; decree, valid_from: as far as they are known."""

    __tablename__ = "water_tariff_draft"

    decree: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date | None]
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class TariffVersion(TenantModel):
    """An adopted tariff, INSERT only. It holds from the first month that begins on or after valid_from.

    decreed_on: day of the decree; edition: 1, and one more for each version of that day that was withdrawn before.
    """

    __tablename__ = "water_tariff"

    decree: Mapped[str] = mapped_column(Text)
    decreed_on: Mapped[date]
    valid_from: Mapped[date]
    edition: Mapped[int] = mapped_column(SmallInteger, default=1)
    rules: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")
    adopted_at: Mapped[datetime] = mapped_column(default=now)
    adopted_by: Mapped[uuid.UUID | None]


class TariffWithdrawal(TenantModel):
    """An adopted tariff that no longer counts, INSERT only. Bills that were made by it stay as they are."""

    __tablename__ = "water_tariff_withdrawal"

    tariff_id: Mapped[uuid.UUID]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[uuid.UUID | None]
