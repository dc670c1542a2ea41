"""Figures that public pages show, kept by a job so that no page counts reports."""

from datetime import datetime

from sqlalchemy import Float, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.db import TenantModel


class ServiceFigure(TenantModel):
    """How much a service is used here, one row per service that ever was.

    filed: reports of the last 90 days; completed: cases completed (outcome done) in the last half year; median_days: days from
    filing to completion of those, None while there is none. Tests count nowhere.
    """

    __tablename__ = "service_figure"

    service_id: Mapped[str] = mapped_column(Text)
    filed: Mapped[int] = mapped_column(Integer)
    completed: Mapped[int] = mapped_column(Integer)
    median_days: Mapped[float | None] = mapped_column(Float)
    counted_at: Mapped[datetime]
