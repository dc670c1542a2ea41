"""A case, its append-only timeline, and what hangs on it."""

import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Float, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.db import TenantModel

CHANNELS: Final = ("web", "api", "open311", "lapor", "counter", "phone", "letter", "whatsapp")
VISIBILITIES: Final = ("public", "private", "secret")
ANONYMITIES: Final = ("named", "anonymous")
ACTOR_KINDS: Final = ("citizen", "staff", "system")
EVENT_KINDS: Final = (
    "filed", "moved", "assigned", "asked", "answered", "noted", "attached", "messaged", "overdue", "escalated", "rated",
    "confirmed", "disputed", "reopened", "merged", "handed_over", "redacted",
)  # fmt: skip
LINK_KINDS: Final = ("handed_over", "received", "merged_into", "duplicate", "split_from")


class Case(TenantModel):
    """One request of a citizen (or of staff), from filing to outcome.

    seq: number of the newest timeline row, at the same time the version that an officer's page has seen; service_version: the
    rules under which the case began (service_version table); region: village or district code, chosen by the filer; position
    in WGS84 degrees, coarse_* the same snapped to at least 250 m for everybody else; visibility: public only counts once
    published_at is set; contact_*: for notify alone when anonymous; personal: JSON of the form's personal fields; data: the
    other fields; both sealed in `personal` for secret cases; reporter_index: blind index of the reporter's sub; link_hash:
    SHA-256 of the reporter's link secret; followers: how many others report the same; due_at: deadline of the present state,
    due_left: working days left in state due_for
    while waiting for the citizen; overdue_at: when the deadline was seen to have passed; forget_at: when the
    next personal part of a closed case is to go (None: not yet worked out); held_at, held_for: kept out of the inbox until
    somebody has looked (`gate`), or for good once closed as spam; moderated_at: when somebody decided whether the public sees
    it; supporters: how many support an idea.
    """

    __tablename__ = "cases"

    code: Mapped[str] = mapped_column(Text)
    client_id: Mapped[uuid.UUID | None]
    link_hash: Mapped[str | None] = mapped_column(Text)
    service_id: Mapped[str] = mapped_column(Text)
    service_version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    waits_for: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    unit_id: Mapped[uuid.UUID]
    assignee_id: Mapped[uuid.UUID | None]
    region: Mapped[str] = mapped_column(Text(collation="C"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    coarse_latitude: Mapped[float | None] = mapped_column(Float)
    coarse_longitude: Mapped[float | None] = mapped_column(Float)
    landmark: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(Text)
    assisted: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False)
    anonymity: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(Text)
    pseudonym: Mapped[str | None] = mapped_column(Text)
    reporter_index: Mapped[str | None] = mapped_column(Text)
    contact_name: Mapped[str | None] = keys.sealed_column("name")
    contact_phone: Mapped[str | None] = keys.sealed_column("phone")
    contact_email: Mapped[str | None] = keys.sealed_column("email")
    language: Mapped[str] = mapped_column(Text, default="id")
    summary: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]]
    personal: Mapped[str | None] = keys.sealed_column("text")
    filed_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state_since: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_left: Mapped[int | None] = mapped_column(Integer)
    due_for: Mapped[str | None] = mapped_column(Text)
    overdue_at: Mapped[datetime | None]
    next_timer_at: Mapped[datetime | None]
    timers_done: Mapped[int] = mapped_column(SmallInteger, default=0)
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopen_until: Mapped[datetime | None]
    forget_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(SmallInteger, default=0)
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    followers: Mapped[int] = mapped_column(Integer, default=0)
    held_at: Mapped[datetime | None]
    held_for: Mapped[str | None] = mapped_column(Text)
    moderated_at: Mapped[datetime | None]
    supporters: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline of the present state was missed (as the clock job saw it)."""
        return self.is_open and self.overdue_at is not None


class CaseEvent(TenantModel):
    """One row of the timeline: INSERT only. Facts and the chain view read nothing else.

    actor: member id of staff, None otherwise (the row outlives accounts, so it is no foreign key); unit: where the case was
    when it happened; data holds keys and figures, never what people wrote (that is CaseText, which can be redacted).
    """

    __tablename__ = "case_event"

    case_id: Mapped[uuid.UUID]
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[uuid.UUID | None]
    unit: Mapped[uuid.UUID | None]
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str | None] = mapped_column(Text)
    public: Mapped[bool]
    data: Mapped[dict[str, Any]]


class CaseText(TenantModel):
    """What somebody wrote at one step: answer, question, reply, reason, note. Same id as its CaseEvent, always sealed."""

    __tablename__ = "case_text"

    case_id: Mapped[uuid.UUID]
    body: Mapped[str | None] = keys.sealed_column("text")
    redacted_at: Mapped[datetime | None]


class CaseFile(TenantModel):
    """A file of a case. field: key of the form field, or "" for one added later; public: may be shown with a public case."""

    __tablename__ = "case_file"

    case_id: Mapped[uuid.UUID]
    file_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID | None]
    field: Mapped[str] = mapped_column(Text, default="")
    by_citizen: Mapped[bool] = mapped_column(default=True)
    public: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]


class CaseLookup(TenantModel):
    """A blind index over something personal in a case: phone and e-mail of the reporter, and fields declared personal."""

    __tablename__ = "case_lookup"

    case_id: Mapped[uuid.UUID]
    purpose: Mapped[str] = mapped_column(Text)
    value_index: Mapped[str] = mapped_column(Text)


class CaseReader(TenantModel):
    """A member who may read a secret case; without such a row not even the admin can."""

    __tablename__ = "case_reader"

    case_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    added_at: Mapped[datetime]


class CaseFollower(TenantModel):
    """Somebody else who reports the same (kind also) or supports an idea (kind supports). person: pseudonym, once per case.

    contact: a phone number or an e-mail address for news; words: what they wrote, for staff alone; client_id: of the form that
    was sent, so that a second copy counts nothing; from_case: their own case, when it was merged into this one.
    """

    __tablename__ = "case_follower"

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    person: Mapped[str | None] = mapped_column(Text)
    contact: Mapped[str | None] = keys.sealed_column("secret")
    wants_news: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    client_id: Mapped[uuid.UUID | None]
    from_case: Mapped[uuid.UUID | None]
    language: Mapped[str] = mapped_column(Text, default="id")
    words: Mapped[str | None] = keys.sealed_column("text")


class CaseLink(TenantModel):
    """A tie to another case. Across regions only the code is known (decision 32): other_id stays empty."""

    __tablename__ = "case_link"

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    other_id: Mapped[uuid.UUID | None]
    other_code: Mapped[str] = mapped_column(Text)
    receiver: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
