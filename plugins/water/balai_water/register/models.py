"""Who gets water, from where: customers and their connections, and every other safe source beside the pipes.

A customer of another regency is a row of the utility's own tenant; `region` (village or district, Kemendagri) says where it lies.
Volumes are litres, money whole rupiah, positions WGS84 degrees.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.api import TenantModel, now, sealed_column

SOURCE_KINDS = ("village_system", "protected_well", "hydrant", "spring", "rainwater", "water_truck")
STATES = ("active", "suspended", "isolated", "terminated")
PRIORITIES = ("hospital", "dialysis", "clinic", "school")


class Zone(TenantModel):
    """A supply zone: hours of supply, balance and quality are told per zone."""

    __tablename__ = "water_zone"

    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)


class Route(TenantModel):
    """The round that one reader walks. member_id: who walks it now."""

    __tablename__ = "water_route"

    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    member_id: Mapped[uuid.UUID | None]
    active: Mapped[bool] = mapped_column(default=True)


class Source(TenantModel):
    """A safe source that isn't a connection: how many households it serves, in which year, by whose count."""

    __tablename__ = "water_source"

    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    households: Mapped[int]
    year: Mapped[int]
    counted_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Customer(TenantModel):
    """A person or body with one or more connections: encrypted, found by phone_index and sub_index."""

    __tablename__ = "water_customer"

    name: Mapped[str | None] = sealed_column("name")
    phone: Mapped[str | None] = sealed_column("phone")
    email: Mapped[str | None] = sealed_column("email")
    nik: Mapped[str | None] = sealed_column("nik")
    phone_index: Mapped[str | None] = mapped_column(Text)
    sub_index: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Connection(TenantModel):
    """A tap with a number. number is text: leading zeros belong to it.

    priority: hospital, dialysis ... are told first; card: the customer's own terms (`tariffs.Card` as a mapping);
    state: active, suspended (asked for by the customer), isolated (cut off by the utility), terminated.
    """

    __tablename__ = "water_connection"

    number: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[uuid.UUID]
    group_key: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = sealed_column("text")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    zone_id: Mapped[uuid.UUID | None]
    route_id: Mapped[uuid.UUID | None]
    route_order: Mapped[int] = mapped_column(default=0)
    priority: Mapped[str | None] = mapped_column(Text)
    card: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(Text, default="active")
    since: Mapped[date | None]
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Meter(TenantModel):
    """A meter at a connection, one at a time. digits: where its counter begins again; initial, final: its stand in m3."""

    __tablename__ = "water_meter"

    connection_id: Mapped[uuid.UUID]
    serial: Mapped[str] = mapped_column(Text)
    digits: Mapped[int] = mapped_column(default=5)
    initial: Mapped[int] = mapped_column(default=0)
    installed_on: Mapped[date]
    final: Mapped[int | None]
    removed_on: Mapped[date | None]


class ConnectionEvent(TenantModel):
    """What happened to a connection, INSERT only. kind: registered, suspended, isolated, reconnected, transferred, terminated,
    regrouped, meter_changed; case_id: the request behind it.
    """

    __tablename__ = "water_connection_event"

    connection_id: Mapped[uuid.UUID]
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    case_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CustomerWord(TenantModel):
    """A word of a customer's name as a blind index, so that a clerk finds "Aminah". Whoever steals the table alone learns which
    customers share a word, not which word.
    """

    __tablename__ = "water_customer_word"

    customer_id: Mapped[uuid.UUID]
    word: Mapped[str] = mapped_column(Text)


class Order(TenantModel):
    """What a request on the spine has led to and the register still lacks. kind: connect (installed, no connection yet),
    transfer (name to be changed); state: open, done, dropped; connection_id: what came of it.
    """

    __tablename__ = "water_order"

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="open")
    connection_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    member_id: Mapped[uuid.UUID | None]


class Import(TenantModel):
    """A table that somebody brought. state: checked (looked at, nothing written), queued, applied, failed; content: the file,
    sealed, until it is applied; counts: what it would bring or brought.
    """

    __tablename__ = "water_import"

    kind: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    content: Mapped[str | None] = sealed_column("secret")
    state: Mapped[str] = mapped_column(Text, default="checked")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problem: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[uuid.UUID | None]


class HouseholdLink(TenantModel):
    """A browser that has proven whose connection it is; worth nothing once the connection has another customer."""

    __tablename__ = "water_household_link"

    connection_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID]
    secret_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
