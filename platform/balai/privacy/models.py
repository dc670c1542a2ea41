"""What a citizen told one region about themselves, and what they agreed to there."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel


class CitizenProfile(TenantModel):
    """One per region and account: another region has its own, under another key (decision 34).

    sub_index and phone_index are blind indexes; name, phone (E.164) and email are encrypted.
    """

    __tablename__ = "citizen_profile"

    sub_index: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = keys.sealed_column("name")
    phone: Mapped[str | None] = keys.sealed_column("phone")
    email: Mapped[str | None] = keys.sealed_column("email")
    phone_index: Mapped[str | None] = mapped_column(Text)
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
