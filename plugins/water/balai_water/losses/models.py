"""What a zone got in a month and where it went, as people measured or estimated it. Litres; of None nothing is known."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now


class SupplyMonth(TenantModel):
    """One zone and month (its first day). What was billed comes from bills or readings; billed_metered_litres replaces that where
    a utility bills elsewhere. hours_per_day: 0 to 24; mains_km, pipe_km (main to meter), pressure_m (metres): for the ILI.
    """

    __tablename__ = "water_supply_month"

    zone_id: Mapped[uuid.UUID]
    month: Mapped[date]
    input_litres: Mapped[int | None] = mapped_column(BigInteger)
    input_metered: Mapped[bool] = mapped_column(default=False)
    billed_metered_litres: Mapped[int | None] = mapped_column(BigInteger)
    billed_unmetered_litres: Mapped[int] = mapped_column(BigInteger, default=0)
    unbilled_metered_litres: Mapped[int] = mapped_column(BigInteger, default=0)
    unbilled_unmetered_litres: Mapped[int] = mapped_column(BigInteger, default=0)
    theft_litres: Mapped[int | None] = mapped_column(BigInteger)
    meter_error_litres: Mapped[int | None] = mapped_column(BigInteger)
    hours_per_day: Mapped[float | None]
    mains_km: Mapped[float | None]
    pipe_km: Mapped[float | None]
    pressure_m: Mapped[float | None]
    source: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    changed_by: Mapped[uuid.UUID | None]
