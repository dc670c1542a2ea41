"""What the meters said, month by month: periods, one reading per connection and period, and everything that was decided about it.

A reading is what counts of all that arrived for its month; what lost to it stands in the changes, with its own client_id, so that
no batch can arrive twice and none is lost. `base_stand`, `base_meter_id`, `credit` and `recent` are what the next month begins
with: a month's figures depend on the row before alone, and a closed month never moves. Stands and uses are whole m3.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now

PERIOD_STATES = ("open", "reading", "verifying", "closed")
STATES = ("accepted", "check", "refused")
# What was read by a person's own decision comes before a reader's and a file's, those before a household's, all before a guess.
RANKS = {"estimate": 0, "self": 1, "sheet": 2, "reader": 2, "corrected": 3}
KINDS = tuple(RANKS)
ACTS = ("second", "replaced", "late", "accepted", "corrected", "reread", "estimated", "adjusted")


class Period(TenantModel):
    """A month of readings (its first day). open: being prepared; reading: readers walk; verifying: what is odd is looked at;
    closed: for good, what is learnt later goes to the next month.
    """

    __tablename__ = "water_period"

    month: Mapped[date]
    state: Mapped[str] = mapped_column(Text, default="open")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    opened_by: Mapped[uuid.UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]


class Reading(TenantModel):
    """What counts for a connection in a month. stand: None for an estimate; previous: the stand from which was counted; use: what
    is billed; state: accepted, check (a person must look), refused (to be read again: counts for nothing).

    accepted_use: the use that a person agreed to in spite of the flags; differs: two of the same rank said different things;
    credit: m3 billed beyond what the meter counted so far (below zero: too few); recent: uses of the last three months that
    count, newest first; base_stand, base_meter_id: the last stand that counts, this month's included.
    """

    __tablename__ = "water_reading"

    connection_id: Mapped[uuid.UUID]
    month: Mapped[date]
    meter_id: Mapped[uuid.UUID | None]
    stand: Mapped[int | None]
    previous: Mapped[int]
    use: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[str] = mapped_column(Text, default="accepted")
    accepted_use: Mapped[int | None]
    differs: Mapped[bool] = mapped_column(default=False)
    credit: Mapped[int] = mapped_column(default=0)
    recent: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    base_stand: Mapped[int | None]
    base_meter_id: Mapped[uuid.UUID | None]
    client_id: Mapped[uuid.UUID]
    read_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[uuid.UUID | None]
    photo_id: Mapped[uuid.UUID | None]
    note: Mapped[str] = mapped_column(Text, default="")


class ReadingChange(TenantModel):
    """What happened to a month's reading, INSERT only. second: arrived and lost to a better one; replaced: was the best until
    then; late: arrived after closing; the others are a person's acts. before, after: the figures; client_id: of what lost.
    """

    __tablename__ = "water_reading_change"

    connection_id: Mapped[uuid.UUID]
    month: Mapped[date]
    at: Mapped[datetime] = mapped_column(default=now)
    act: Mapped[str] = mapped_column(Text)
    client_id: Mapped[uuid.UUID | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    member_id: Mapped[uuid.UUID | None]
    photo_id: Mapped[uuid.UUID | None]


class Correction(TenantModel):
    """A closed month that was wrong, INSERT only: what was billed too much or too little is made good in `month`, the next one.

    for_month: the closed one; stand: what its meter really showed, None when unknown; delta: right use - billed use, m3.
    """

    __tablename__ = "water_correction"

    connection_id: Mapped[uuid.UUID]
    for_month: Mapped[date]
    month: Mapped[date]
    stand: Mapped[int | None]
    delta: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[uuid.UUID | None]
