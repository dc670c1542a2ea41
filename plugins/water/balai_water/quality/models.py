"""Samples of water, the limits that a utility added to those that Balai ships, and incidents.

An incident is a row of this room and no case of the spine: only a passing sample may end it (a case is moved by people, timers
and the core's events), it must open also where no unit is staffed, and as a service it would be judged for being used seldom.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now


class Regulation(TenantModel):
    """Limits that hold from a day on, until those of a later day. limits: see `regulations.read_limits`."""

    __tablename__ = "water_regulation"

    name: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(Text)
    limits: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None]


class Sample(TenantModel):
    """One sheet of a laboratory. readings: text by parameter, as `results.read_result` writes it ("0.3", "<0.01").

    Never edited: a wrong one is withdrawn with its reason and entered again.
    """

    __tablename__ = "water_sample"

    zone_id: Mapped[uuid.UUID]
    taken_on: Mapped[date]
    point: Mapped[str] = mapped_column(Text)
    lab: Mapped[str] = mapped_column(Text)
    report_number: Mapped[str] = mapped_column(Text, default="")
    readings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class Incident(TenantModel):
    """Water of a zone that isn't within limits. state: open, passed (a later sample did), mistaken (the sample was withdrawn).

    parameters: what failed, grows while it is open; advice: what people were told (boil, avoid, care), from told_at to lifted_at.
    """

    __tablename__ = "water_quality_incident"

    zone_id: Mapped[uuid.UUID]
    sample_id: Mapped[uuid.UUID]
    parameters: Mapped[list[str]]
    state: Mapped[str] = mapped_column(Text, default="open")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closing_sample_id: Mapped[uuid.UUID | None]
    advice: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]


class IncidentEvent(TenantModel):
    """What happened in an incident, INSERT only. kind: see `words.EVENTS`."""

    __tablename__ = "water_quality_incident_event"

    incident_id: Mapped[uuid.UUID]
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(Text)
    sample_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    note: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
