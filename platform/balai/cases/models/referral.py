"""Whom a region sends on to: its list of other bodies, and what became of each case that isn't its own to solve."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

REFERRAL_STATES: Final = ("told", "asked", "agreed", "sent", "refused", "lapsed", "withdrawn", "failed")


class OtherBody(TenantModel):
    """An office that isn't this region: PLN, the province, a road agency. Public data of an office, not of a person.

    purpose: what people go there for; topics: words that lead to it ("listrik"); retired_at: no longer offered, kept because
    cases name it.
    """

    __tablename__ = "other_body"

    name: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(default=list)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    @property
    def is_reachable(self) -> bool:
        """Whether a citizen could get there with what is written down."""
        return bool(self.phone or self.address or self.url or self.email)


class Referral(TenantModel):
    """One attempt to hand a case to whom it belongs.

    kind: region | body; step: the document's step that leads away; state: told (a body's contact was given), asked (the reporter
    is asked), agreed, sent, refused, lapsed (no answer), withdrawn (staff took the question back), failed (the other region takes
    none now); receiver: name and contact as the reporter reads them; agreed: JSON of what may go along (texts are read when it is
    sent); answered_via: link, or the way in which staff heard it; client_id: names the new case in the other region.
    """

    __tablename__ = "referral"

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    receiver: Mapped[str] = mapped_column(Text)
    body_id: Mapped[uuid.UUID | None]
    region_code: Mapped[str] = mapped_column(Text, default="")
    region_name: Mapped[str] = mapped_column(Text, default="")
    service_id: Mapped[str] = mapped_column(Text, default="")
    client_id: Mapped[uuid.UUID | None]
    agreed: Mapped[str | None] = keys.sealed_column("secret")
    answered_via: Mapped[str] = mapped_column(Text, default="")
    other_code: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None]
    settled_at: Mapped[datetime | None]
