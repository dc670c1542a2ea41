"""Tables that people fill in, and what was judged from them. The facts themselves are plain SQL (`facts/queries.py`)."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, FetchedValue, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from balai.cases import CaseEvent
from balai.clock import now
from balai.db import TenantModel

# Number of the transaction that wrote a row of the timeline: the roll-up's watermark. Known to the table only, not to the
# class, because the database fills it in (migration 0019).
CaseEvent.__table__.append_column(  # type: ignore[attr-defined]
    Column("xact", BigInteger, nullable=False, server_default=FetchedValue())
)


class ServiceCost(TenantModel):
    """What a plugin or a single service cost in a year, in whole rupiah, with the paper that says so.

    subject: name of a plugin ("feedback") or id of a service ("daerah.posyandu"); kind: licence, staff, device, message, other;
    quantity, unit_price: hours and rupiah per hour, or messages and rupiah each (amount is their product); activity_code: sub-
    kegiatan; dpa: number of the budget document.
    """

    __tablename__ = "service_cost"

    subject: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int | None]
    unit_price: Mapped[int | None] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text, default="")
    activity_code: Mapped[str] = mapped_column(Text, default="")
    dpa: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    example: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    by_member: Mapped[uuid.UUID | None]


class KnownApp(TenantModel):
    """An application that the region already pays for. Its figures are what its owner says (*dilaporkan sendiri*).

    does: what it is for; sector, topic: as in service documents, to find overlaps; monthly_users: None when nobody knows;
    since: when it went into use; stopped: it is no longer paid for.
    """

    __tablename__ = "known_app"

    name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text, default="")
    contract: Mapped[str] = mapped_column(Text, default="")
    yearly_cost: Mapped[int] = mapped_column(BigInteger)
    does: Mapped[str] = mapped_column(Text, default="")
    sector: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text, default="")
    monthly_users: Mapped[int | None]
    users_source: Mapped[str] = mapped_column(Text, default="")
    year: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[date | None]
    stopped: Mapped[bool] = mapped_column(default=False)
    example: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    by_member: Mapped[uuid.UUID | None]


class VerdictRow(TenantModel):
    """What the rules said of one subject in one month, with everything they were told.

    subject: service id or "aplikasi:<id of the known_app>"; action: stop, fix, keep; reasons: keys with their numbers; figures:
    the rules' whole input, so that the verdict can be worked out again from this row; rules: version of the rules; bad_since:
    when the subject first stood outside `keep` without a break (the public sees it 30 days later); answer: the leader's.
    """

    __tablename__ = "verdict"

    subject: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    month: Mapped[date]
    verdict: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    reasons: Mapped[Any] = mapped_column(JSONB)
    figures: Mapped[dict[str, Any]]
    rules: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(default=now)
    bad_since: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None]


class EvidenceSetting(TenantModel):
    """What a region sets for its evidence, one row: falls_short (overdue reports per 10,000 people), ministry (bool)."""

    __tablename__ = "evidence_setting"

    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    by_member: Mapped[uuid.UUID | None]


class StageReason(TenantModel):
    """Why a plugin of a later stage was switched on while basic services fell short. Published; INSERT only."""

    __tablename__ = "stage_reason"

    plugin: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    short: Mapped[list[str]]
    at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]


class Trial(TenantModel):
    """Something tried out for a while, with its target, cost cap and end published first.

    kind: service, unit (left out of a service's way), plugin; subject: its id; measure: which figure; target, base, result: that
    figure wished for, before, and at the end; before: what to put back when it stops.
    """

    __tablename__ = "trial"

    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    target: Mapped[Decimal] = mapped_column(Numeric)
    base: Mapped[Decimal | None] = mapped_column(Numeric)
    result: Mapped[Decimal | None] = mapped_column(Numeric)
    cost_cap: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text, default="announced")
    published_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_member: Mapped[uuid.UUID | None]


class CaseTopic(TenantModel):
    """What staff say that a report is about, where the keyword model was wrong."""

    __tablename__ = "case_topic"

    case_id: Mapped[uuid.UUID]
    topic: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]


class TopicWord(TenantModel):
    """A word that this region adds to the keyword model, or takes away from it (topic "")."""

    __tablename__ = "topic_word"

    word: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]


class AuditAnchor(TenantModel):
    """Head of the audit chain as it was printed at the end of a month; INSERT only."""

    __tablename__ = "audit_anchor"

    month: Mapped[date]
    seq: Mapped[int]
    head: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(default=now)
