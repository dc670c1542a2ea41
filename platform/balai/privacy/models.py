"""What a citizen told one region about themselves, what they agreed to there, and what the region owes them by law."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel


class CitizenProfile(TenantModel):
    """One per region and account: another region has its own, under another key (decision 34).

    sub_index, phone_index and email_index are blind indexes; name, phone (E.164) and email are encrypted.
    """

    __tablename__ = "citizen_profile"

    sub_index: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = keys.sealed_column("name")
    phone: Mapped[str | None] = keys.sealed_column("phone")
    email: Mapped[str | None] = keys.sealed_column("email")
    phone_index: Mapped[str | None] = mapped_column(Text)
    email_index: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Consent(TenantModel):
    """One yes or no, append-only; the newest of a person and purpose holds.

    who: blind index of the account, or of the phone or e-mail that was given without one; wording: the sentence that was shown;
    subject_id: what it is about (a case), None = in general.
    """

    __tablename__ = "consent"

    who: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class RetentionRun(TenantModel):
    """One run that deleted what had been kept long enough, INSERT only.

    cases: how many lost something; held: how many a legal hold kept; parts: what went, by kind; more: the run stopped at its
    limit and the next one goes on; by_member: who started it, None for the nightly one.
    """

    __tablename__ = "retention_run"

    at: Mapped[datetime] = mapped_column(default=now)
    cases: Mapped[int]
    held: Mapped[int]
    parts: Mapped[dict[str, Any]]
    more: Mapped[bool] = mapped_column(default=False)
    by_member: Mapped[uuid.UUID | None]


class Breach(TenantModel):
    """Personal data got out, was lost or changed: within 72 hours of noticing, people and authority are told (pasal 46).

    kinds: what sort of data, in words; people: how many are affected, None while unknown; story: what happened and how;
    measures: what is done about it.
    """

    __tablename__ = "breach"

    noticed_at: Mapped[datetime]
    story: Mapped[str | None] = keys.sealed_column("text")
    measures: Mapped[str | None] = keys.sealed_column("text")
    kinds: Mapped[str] = mapped_column(Text)
    people: Mapped[int | None]
    told_people_at: Mapped[datetime | None]
    told_authority_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    by_member: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
