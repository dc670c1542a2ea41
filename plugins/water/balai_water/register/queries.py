"""Reads of the register: lists with search and filters, histories, the codes that tables refer to, coverage of safe sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from balai.api import Area, Case, TenantSession, blind_index, list_members
from balai_water.register.customers import words_of
from balai_water.register.models import (
    Connection,
    ConnectionEvent,
    Customer,
    CustomerWord,
    Meter,
    Order,
    Route,
    Source,
    Zone,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of connections shows: text (number, phone, words of a name), state, zone, route, region's code."""

    text: str = ""
    state: str = ""
    zone_id: UUID | None = None
    route_id: UUID | None = None
    region: str = ""


def connections(
    session: TenantSession, filters: Filters, *, after: str = "", limit: int = PAGE
) -> list[tuple[Connection, Customer]]:
    """Connections with their customers by number, those after the number `after`."""
    query = (
        select(Connection, Customer)
        .join(Customer, (Customer.tenant_id == Connection.tenant_id) & (Customer.id == Connection.customer_id))
        .where(*_conditions(session, filters))
        .order_by(Connection.number)
        .limit(limit)
    )
    if after:
        query = query.where(Connection.number > after)
    return [(row[0], row[1]) for row in session.execute(query)]


def count(session: TenantSession, filters: Filters) -> int:
    """How many there are."""
    query = select(func.count()).select_from(Connection).where(*_conditions(session, filters))
    return session.scalar(query) or 0


def _conditions(session: TenantSession, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Connection.tenant_id == session.tenant_id]
    if filters.state:
        found.append(Connection.state == filters.state)
    if filters.zone_id:
        found.append(Connection.zone_id == filters.zone_id)
    if filters.route_id:
        found.append(Connection.route_id == filters.route_id)
    if filters.region:
        found.append(or_(Connection.region == filters.region, Connection.region.startswith(f"{filters.region}.")))
    if filters.text:
        found.append(_found_by(session, filters.text))
    return found


def _found_by(session: TenantSession, text: str) -> ColumnElement[bool]:
    """A number or its beginning, a whole phone number, or words that all stand in the customer's name."""
    ways: list[ColumnElement[bool]] = [Connection.number.startswith(text, autoescape=True)]
    phone = None
    try:
        phone = blind_index(session, "phone", text)
    except ValueError:
        phone = None
    if phone:
        having = select(Customer.id).where(Customer.tenant_id == session.tenant_id, Customer.phone_index == phone)
        ways.append(Connection.customer_id.in_(having))
    words = words_of(text)
    if words:
        ways.append(Connection.customer_id.in_(_named(session, [blind_index(session, "water.word", w) for w in words])))
    return or_(*ways)


def _named(session: TenantSession, indexes: Sequence[str]) -> Any:
    return (
        select(CustomerWord.customer_id)
        .where(CustomerWord.tenant_id == session.tenant_id, CustomerWord.word.in_(indexes))
        .group_by(CustomerWord.customer_id)
        .having(func.count() == len(indexes))
    )


def of_customer(session: TenantSession, customer_id: UUID) -> list[Connection]:
    """Every connection of a customer, by number."""
    query = select(Connection).where(Connection.tenant_id == session.tenant_id, Connection.customer_id == customer_id)
    return list(session.scalars(query.order_by(Connection.number)))


def history(session: TenantSession, connection_id: UUID) -> list[ConnectionEvent]:
    """What happened to a connection, newest first."""
    query = select(ConnectionEvent).where(
        ConnectionEvent.tenant_id == session.tenant_id, ConnectionEvent.connection_id == connection_id
    )
    return list(session.scalars(query.order_by(ConnectionEvent.at.desc(), ConnectionEvent.id.desc())))


def meters(session: TenantSession, connection_id: UUID) -> list[Meter]:
    """Its meters, the present one first."""
    query = select(Meter).where(Meter.tenant_id == session.tenant_id, Meter.connection_id == connection_id)
    return list(session.scalars(query.order_by(Meter.removed_on.desc().nulls_first(), Meter.id.desc())))


def zones(session: TenantSession, *, every: bool = False) -> list[Zone]:
    """Supply zones by key; every: those no longer used as well."""
    query = select(Zone).where(Zone.tenant_id == session.tenant_id)
    return list(session.scalars((query if every else query.where(Zone.active)).order_by(Zone.key)))


def routes(session: TenantSession, *, every: bool = False) -> list[Route]:
    """Readers' routes by key."""
    query = select(Route).where(Route.tenant_id == session.tenant_id)
    return list(session.scalars((query if every else query.where(Route.active)).order_by(Route.key)))


def sources(session: TenantSession, *, kind: str = "", region: str = "", every: bool = True) -> list[Source]:
    """Other safe sources by village and name."""
    query = select(Source).where(Source.tenant_id == session.tenant_id)
    if kind:
        query = query.where(Source.kind == kind)
    if region:
        query = query.where(or_(Source.region == region, Source.region.startswith(f"{region}.")))
    if not every:
        query = query.where(Source.active)
    return list(session.scalars(query.order_by(Source.region, Source.name, Source.id)))


def counts_by_zone(session: TenantSession) -> dict[UUID | None, int]:
    """Zone -> connections that aren't closed."""
    return _counted(session, Connection.zone_id)


def counts_by_route(session: TenantSession) -> dict[UUID | None, int]:
    """Route -> connections that aren't closed."""
    return _counted(session, Connection.route_id)


def counts_by_state(session: TenantSession) -> dict[str, int]:
    """State -> connections."""
    query = (
        select(Connection.state, func.count())
        .where(Connection.tenant_id == session.tenant_id)
        .group_by(Connection.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _counted(session: TenantSession, column: Any) -> dict[UUID | None, int]:
    query = (
        select(column, func.count())
        .where(Connection.tenant_id == session.tenant_id, Connection.state != "terminated")
        .group_by(column)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def numbers(session: TenantSession) -> dict[str, UUID]:
    """Number -> connection, of all of them: what tables of readings and bills refer to."""
    query = select(Connection.number, Connection.id).where(Connection.tenant_id == session.tenant_id)
    return {row[0]: row[1] for row in session.execute(query)}


def groups(session: TenantSession) -> list[str]:
    """Tariff groups that connections are in."""
    query = select(Connection.group_key).where(Connection.tenant_id == session.tenant_id).distinct()
    return sorted(session.scalars(query))


def households(session: TenantSession, *, year: int | None = None) -> dict[str, int]:
    """Households with safe water: "connection" and each kind of source. year: sources counted until then."""
    query = select(func.count()).where(Connection.tenant_id == session.tenant_id, Connection.state != "terminated")
    found = {"connection": session.scalar(query) or 0}
    counted = select(Source.kind, func.sum(Source.households)).where(
        Source.tenant_id == session.tenant_id, Source.active
    )
    if year is not None:
        counted = counted.where(Source.year <= year)
    return found | {row[0]: int(row[1]) for row in session.execute(counted.group_by(Source.kind))}


def place_names(session: TenantSession, codes: set[str]) -> dict[str, str]:
    """Names of this region's own villages and districts by code; a neighbour's places have none here."""
    if not codes:
        return {}
    parents = {code.rpartition(".")[0] for code in codes}
    query = select(Area.code, Area.name).where(Area.tenant_id == session.tenant_id, Area.code.in_(codes | parents))
    known = {row[0]: row[1] for row in session.execute(query)}
    return {
        code: ", ".join(name for name in (known.get(code), known.get(code.rpartition(".")[0])) if name)
        for code in codes
        if code in known
    }


@dataclass(frozen=True, slots=True)
class Places:
    """Codes of this region's villages and districts, and its own."""

    region: str
    codes: frozenset[str]

    def knows(self, code: str) -> bool:
        """Whether a code can stand in the register: one of ours exists; of a neighbour's only the shape is known here."""
        ours = code == self.region or code.startswith(f"{self.region}.")
        return (code in self.codes or code == self.region) if ours else code.count(".") >= 1


def own_places(session: TenantSession) -> Places:
    """What `Places.knows`; read once for a whole table."""
    query = select(Area.code, Area.parent_code, Area.kind).where(Area.tenant_id == session.tenant_id)
    rows = session.execute(query).all()
    regions = {row.parent_code for row in rows if row.kind == "kecamatan"}
    return Places(next(iter(regions), ""), frozenset(row.code for row in rows))


def open_orders(session: TenantSession, *, limit: int = 200) -> list[Order]:
    """What requests led to and the register still lacks, oldest first."""
    query = select(Order).where(Order.tenant_id == session.tenant_id, Order.state == "open")
    return list(session.scalars(query.order_by(Order.created_at, Order.id).limit(limit)))


def count_open_orders(session: TenantSession) -> int:
    """How many those are."""
    query = select(func.count()).select_from(Order).where(Order.tenant_id == session.tenant_id, Order.state == "open")
    return session.scalar(query) or 0


def actors(session: TenantSession, events: Sequence[ConnectionEvent]) -> dict[UUID, str]:
    """Names of the members in a history, also of those who left."""
    wanted = {event.member_id for event in events if event.member_id}
    return {m.id: m.name for m in list_members(session, active=None) if m.id in wanted} if wanted else {}


def codes(session: TenantSession, events: Sequence[ConnectionEvent]) -> dict[UUID, str]:
    """Codes of the requests behind a history."""
    wanted = {event.case_id for event in events if event.case_id}
    query = select(Case.id, Case.code).where(Case.tenant_id == session.tenant_id, Case.id.in_(wanted))
    return {row[0]: row[1] for row in session.execute(query)} if wanted else {}


def readers(session: TenantSession) -> dict[UUID, str]:
    """Members who read meters, by name."""
    return {member.id: member.name for member in list_members(session) if "water.reader" in member.roles}


def meters_on(session: TenantSession, day: date) -> dict[UUID, Meter]:
    """Connection -> the meter that was installed there on a day."""
    query = select(Meter).where(
        Meter.tenant_id == session.tenant_id,
        Meter.installed_on <= day,
        or_(Meter.removed_on.is_(None), Meter.removed_on > day),
    )
    return {meter.connection_id: meter for meter in session.scalars(query)}
