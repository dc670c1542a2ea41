"""What a region arranges around its cases: units, which unit does what, services as they run here, its own days off."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class Unit(TenantModel):
    """An office or team that handles cases. is_admin: the unit of the region's admins, for every slot without a unit."""

    __tablename__ = "unit"

    name: Mapped[str] = mapped_column(Text)
    head_id: Mapped[uuid.UUID | None]
    parent_id: Mapped[uuid.UUID | None]
    phone: Mapped[str] = mapped_column(Text, default="")
    payment_account: Mapped[str | None] = mapped_column(Text)
    is_admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UnitMember(TenantModel):
    """A member who works in a unit."""

    __tablename__ = "unit_member"

    unit_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    since: Mapped[datetime] = mapped_column(default=now)


class SlotUnit(TenantModel):
    """Which unit takes a slot of a service here; without a row it is the admin unit."""

    __tablename__ = "slot_unit"

    service_id: Mapped[str] = mapped_column(Text)
    slot: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[uuid.UUID]


class ServiceVersion(TenantModel):
    """A service document as it held here: the shipped one with this region's changes. Never changed once a case has used it.

    version counts up per service and region; digest (SHA-256 of the document) tells whether the present one is new.
    """

    __tablename__ = "service_version"

    service_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]]
    since: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]


class ServiceSetting(TenantModel):
    """How one service runs here.

    state: on, trial, paused, closing, off; sla: state key -> working days; texts: "titles.id", "summary.id", "state.<key>",
    "field.<key>" -> text; steps_off: keys of optional transitions that are off; reopen_days, check_days: working days instead
    of the document's own, None = as the document says.
    """

    __tablename__ = "service_setting"

    service_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="on")
    trial_until: Mapped[date | None]
    sla: Mapped[dict[str, Any]] = mapped_column(default=dict)
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    steps_off: Mapped[list[str]] = mapped_column(default=list)
    extra_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    call_instead: Mapped[str] = mapped_column(Text, default="")
    reopen_days: Mapped[int | None]
    check_days: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class OwnDay(TenantModel):
    """A day that this region adds to the national calendar: its own holiday, or a working Saturday."""

    __tablename__ = "own_day"

    day: Mapped[date]
    name: Mapped[str] = mapped_column(Text)
    working: Mapped[bool] = mapped_column(default=False)


class WorkWeek(TenantModel):
    """The region's working week from a day on, until the next row's. Without a row: Monday to Friday, hours not told.

    days: weekday ("0" = Monday) -> [opens, closes] as "07.30", or None for hours that aren't told; a day left out is free.
    """

    __tablename__ = "work_week"

    since: Mapped[date]
    days: Mapped[dict[str, Any]]


class Decision(TenantModel):
    """What the region decided, by whom and why: a switch, a unit cut, a trial, a repair programme.

    kind: see `decisions.KINDS`; subject: what it is about ("plugin:feedback"), or ""; announced_at: when those who reported were
    told, from when on the public sees it.
    """

    __tablename__ = "decision"

    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    member_id: Mapped[uuid.UUID | None]
    public: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime] = mapped_column(default=now)
    announced_at: Mapped[datetime | None]


class DecisionCase(TenantModel):
    """A report or idea that led to a decision; told_at: when its reporter got the one message about it."""

    __tablename__ = "decision_case"

    decision_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    told_at: Mapped[datetime | None]
