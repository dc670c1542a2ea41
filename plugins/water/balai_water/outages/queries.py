"""Set-based statements of outages: who is touched by a selection, what changes, and what is told about the places.

Every statement names its tenant.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import text

from balai.api import TenantSession, new_id, now
from balai_water.notices.queries import array_of

if TYPE_CHECKING:
    from balai_water.outages.selection import Selection

# A place is told with a rough middle from this many connections on: fewer would point at somebody's door.
ENOUGH: Final = 10
_TABLES: Final = {"routes": "water_route", "zones": "water_zone"}
RANK: Final = (
    "CASE c.priority WHEN 'hospital' THEN 0 WHEN 'dialysis' THEN 1 WHEN 'clinic' THEN 2 WHEN 'school' THEN 3 ELSE 9 END"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Connections of one village: how many, how many of their customers can be reached; middle: two decimals, or None."""

    region: str
    count: int
    reachable: int
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class First:
    """A connection that is told before the others."""

    connection_id: UUID
    customer_id: UUID
    number: str
    priority: str
    region: str
    reachable: bool


def known_ids(session: TenantSession, kind: str, ids: Collection[UUID]) -> set[UUID]:
    """Which of these routes or zones exist here."""
    query = text(f"SELECT id FROM {_TABLES[kind]} WHERE tenant_id = :tenant AND id = ANY(:ids)")
    return set(session.scalars(query, {"tenant": session.tenant_id, "ids": list(ids)}))


def known_areas(session: TenantSession, codes: Collection[str]) -> set[str]:
    """Which of these codes are districts or villages here, or stand in the register (customers of another regency)."""
    query = text(
        "SELECT code FROM area WHERE tenant_id = :tenant AND code = ANY(:codes) UNION"
        " SELECT code FROM unnest(CAST(:codes AS text[])) code WHERE EXISTS (SELECT FROM water_connection c"
        " WHERE c.tenant_id = :tenant AND (c.region = code OR starts_with(c.region, code || '.')))"
    )
    return set(session.scalars(query, {"tenant": session.tenant_id, "codes": list(codes)}))


def known_numbers(session: TenantSession, numbers: Collection[str]) -> set[str]:
    """Which of these numbers belong to connections that haven't ended."""
    query = text(
        "SELECT number FROM water_connection WHERE tenant_id = :tenant AND number = ANY(:numbers) AND state <> 'terminated'"
    )
    return set(session.scalars(query, {"tenant": session.tenant_id, "numbers": list(numbers)}))


def without_zeros(session: TenantSession, numbers: Collection[str]) -> dict[str, str]:
    """Number as it was pasted -> the one that differs from it by leading zeros only."""
    bare = {number.lstrip("0"): number for number in numbers if number.lstrip("0")}
    query = text(
        "SELECT ltrim(number, '0') AS bare, min(number) AS number FROM water_connection WHERE tenant_id = :tenant"
        " AND state <> 'terminated' AND ltrim(number, '0') = ANY(:bare) GROUP BY 1 HAVING count(*) = 1"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "bare": list(bare)})
    return {bare[row.bare]: row.number for row in rows}


def _touched(selection: "Selection") -> tuple[str, dict[str, Any]]:
    """WHERE of the connections that a selection touches now. Whoever isn't supplied loses nothing."""
    parts, values = [], dict[str, Any]()
    if selection.districts:
        parts.append("c.region = ANY(:districts) OR left(c.region, 8) = ANY(:districts)")
    if selection.villages:
        parts.append("c.region = ANY(:villages)")
    for name, column in (("routes", "route_id"), ("zones", "zone_id"), ("numbers", "number")):
        if getattr(selection, name):
            parts.append(f"c.{column} = ANY(:{name})")
    for name in ("districts", "villages", "numbers"):
        values[name] = list(getattr(selection, name))
    for name in ("routes", "zones"):
        values[name] = [UUID(value) for value in getattr(selection, name)]
    for n, shape in enumerate(selection.shapes):
        parts.append(_inside(n, shape, values))
    where = " OR ".join(f"({part})" for part in parts) or "false"
    used = {key: value for key, value in values.items() if f":{key}" in where}
    return f"c.tenant_id = :tenant AND c.state = 'active' AND ({where})", used


def _inside(n: int, shape: Sequence[Sequence[tuple[float, float]]], values: dict[str, Any]) -> str:
    """In the outer ring and in none of its holes; longitude is x."""
    conditions = []
    for m, ring in enumerate(shape):
        name = f"ring_{n}_{m}"
        values[name] = "(" + ",".join(f"({x},{y})" for x, y in ring) + ")"
        inside = f"CAST(:{name} AS polygon) @> point(c.longitude, c.latitude)"
        conditions.append(f"NOT ({inside})" if m else inside)
    return "c.latitude IS NOT NULL AND c.longitude IS NOT NULL AND " + " AND ".join(conditions)


def touched(session: TenantSession, selection: "Selection") -> list[UUID]:
    """Connections that a selection touches, in the order in which they are told."""
    where, values = _touched(selection)
    query = text(f"SELECT c.id FROM water_connection c WHERE {where} ORDER BY {RANK}, c.number")
    return list(session.scalars(query, {"tenant": session.tenant_id, **values}))


_REACHABLE: Final = "(u.phone IS NOT NULL OR u.email IS NOT NULL)"
_CUSTOMER: Final = "JOIN water_customer u ON u.tenant_id = c.tenant_id AND u.id = c.customer_id"
_PLACES: Final = (
    f"SELECT c.region, count(*) AS connections, count(*) FILTER (WHERE {_REACHABLE}) AS reachable, avg(c.latitude) AS latitude,"
    f" avg(c.longitude) AS longitude, count(c.latitude) AS known FROM water_connection c {_CUSTOMER}"
)


def places(session: TenantSession, selection: "Selection") -> list[Place]:
    """The villages that a selection touches, most connections first."""
    where, values = _touched(selection)
    return _places(session, f"{_PLACES} WHERE {where} GROUP BY c.region ORDER BY 2 DESC, 1", values)


def places_of(session: TenantSession, outage_id: UUID) -> list[Place]:
    """The villages that an outage touches now."""
    return _places(
        session,
        f"{_PLACES} JOIN water_outage_connection o ON o.tenant_id = c.tenant_id AND o.connection_id = c.id"
        " WHERE c.tenant_id = :tenant AND o.outage_id = :outage AND o.spared_at IS NULL GROUP BY c.region ORDER BY 2 DESC, 1",
        {"outage": outage_id},
    )


def _places(session: TenantSession, query: str, values: dict[str, Any]) -> list[Place]:
    rows = session.execute(text(query), {"tenant": session.tenant_id, **values})
    return [
        Place(row.region, row.connections, row.reachable, *((round(row.latitude, 2), round(row.longitude, 2))
              if row.known >= ENOUGH else (None, None)))
        for row in rows
    ]  # fmt: skip


def first(session: TenantSession, selection: "Selection", *, limit: int) -> list[First]:
    """Connections with a priority that a selection touches, in the order in which they are told."""
    where, values = _touched(selection)
    query = text(
        f"SELECT c.id, c.customer_id, c.number, c.priority, c.region, {_REACHABLE} AS reachable FROM water_connection c"
        f" {_CUSTOMER} WHERE {where} AND c.priority IS NOT NULL ORDER BY {RANK}, c.number LIMIT :limit"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "limit": limit, **values})
    return [First(r.id, r.customer_id, r.number, r.priority, r.region, r.reachable) for r in rows]


def known_touched(session: TenantSession, outage_id: UUID) -> dict[UUID, bool]:
    """Connections that an outage touches or touched -> whether it does now."""
    query = text(
        "SELECT connection_id, spared_at IS NULL AS touched FROM water_outage_connection"
        " WHERE tenant_id = :tenant AND outage_id = :outage"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "outage": outage_id})
    return {row.connection_id: row.touched for row in rows}


def add(session: TenantSession, outage_id: UUID, ids: Sequence[UUID]) -> None:
    """These connections are touched now, for the first time or again."""
    query = text(
        "INSERT INTO water_outage_connection AS o (tenant_id, id, outage_id, connection_id, added_at)"
        " SELECT :tenant, r.id, :outage, r.connection_id, :at"
        " FROM unnest(CAST(:rows AS uuid[]), CAST(:ids AS uuid[])) r (id, connection_id)"
        " ON CONFLICT (tenant_id, outage_id, connection_id) DO UPDATE SET spared_at = NULL, added_at = excluded.added_at"
        " WHERE o.spared_at IS NOT NULL"
    )
    values = {"tenant": session.tenant_id, "outage": outage_id, "at": now(), "rows": array_of(new_id() for _ in ids)}
    if ids:
        session.execute(query, {**values, "ids": array_of(ids)})


def spare(session: TenantSession, outage_id: UUID, ids: Iterable[UUID], at: datetime) -> None:
    """These connections are touched no longer."""
    query = text(
        "UPDATE water_outage_connection SET spared_at = :at WHERE tenant_id = :tenant AND outage_id = :outage"
        " AND connection_id = ANY(CAST(:ids AS uuid[])) AND spared_at IS NULL"
    )
    session.execute(query, {"tenant": session.tenant_id, "outage": outage_id, "at": at, "ids": array_of(ids)})


def supplied(session: TenantSession, outage_id: UUID) -> list[UUID]:
    """Connections that an outage touches and that haven't ended meanwhile, in the order in which they are told."""
    query = text(
        "SELECT c.id FROM water_outage_connection o JOIN water_connection c ON c.tenant_id = o.tenant_id"
        " AND c.id = o.connection_id WHERE o.tenant_id = :tenant AND o.outage_id = :outage AND o.spared_at IS NULL"
        f" AND c.state <> 'terminated' ORDER BY {RANK}, c.number"
    )
    return list(session.scalars(query, {"tenant": session.tenant_id, "outage": outage_id}))


def names_of(session: TenantSession, codes: Collection[str]) -> dict[str, str]:
    """Names of districts and villages by code."""
    query = text("SELECT code, name FROM area WHERE tenant_id = :tenant AND code = ANY(:codes)")
    return {row.code: row.name for row in session.execute(query, {"tenant": session.tenant_id, "codes": list(codes)})}
