"""Reads of the region list and of a region's own districts and villages. Core SQL with an explicit tenant filter."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class Region:
    """An entry of the Kemendagri list; slug is set where the region is on Balai."""

    code: str
    name: str
    kind: str
    parent_code: str | None
    parent_name: str | None
    autonomous: bool
    slug: str | None


@dataclass(frozen=True, slots=True)
class AreaName:
    """A district or village for a choice list."""

    code: str
    name: str
    kind: str
    parent_code: str


_REGION = (
    "SELECT r.code, r.name, r.kind, r.parent_code, p.name AS parent_name, r.autonomous, t.slug"
    " FROM registry.region r LEFT JOIN registry.region p ON p.code = r.parent_code"
    " LEFT JOIN registry.tenant t ON t.region_code = r.code AND t.status = 'active'"
)


def regions(
    session: Session, *, parent: str | None = None, search: str = "", level: str | None = None, served: bool = False
) -> list[Region]:
    """Entries by name. parent: a province's code; search: beginning or middle of a name; level: kabkota | provinsi;
    served: only those on Balai.

    Regencies and cities come first, provinces second (decision 38).
    """
    conditions, values = ["true"], {}
    if served:
        conditions.append("t.slug IS NOT NULL")
    if parent:
        conditions.append("r.parent_code = :parent")
        values["parent"] = parent
    if search:
        conditions.append("position(:search in r.search_name) > 0")
        values["search"] = search
    if level == "kabkota":
        conditions.append("r.parent_code IS NOT NULL")
    elif level == "provinsi":
        conditions.append("r.parent_code IS NULL")
    order = " ORDER BY (r.parent_code IS NULL), r.search_name, r.kind, r.code"
    rows = session.execute(text(f"{_REGION} WHERE {' AND '.join(conditions)}{order}"), values)
    return [Region(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public accessor


def region(session: Session, code: str) -> Region | None:
    """One entry by code."""
    row = session.execute(text(f"{_REGION} WHERE r.code = :code"), {"code": code}).first()
    return Region(**row._mapping) if row else None  # noqa: SLF001


_AREA = "SELECT code, name, kind, parent_code FROM area WHERE tenant_id = :tenant_id"


def areas(session: TenantSession, parent: str) -> list[AreaName]:
    """Active children of a region, district or (for provinces) regency, by name."""
    rows = session.execute(
        text(f"{_AREA} AND parent_code = :parent AND active ORDER BY name, code"),
        {"tenant_id": session.tenant_id, "parent": parent},
    )
    return [AreaName(**row._mapping) for row in rows]  # noqa: SLF001


def area(session: TenantSession, code: str) -> AreaName | None:
    """One district or village of this region, also an inactive one."""
    row = session.execute(text(f"{_AREA} AND code = :code"), {"tenant_id": session.tenant_id, "code": code}).first()
    return AreaName(**row._mapping) if row else None  # noqa: SLF001


def districts(session: TenantSession) -> list[AreaName]:
    """All active districts (kecamatan) of this region, by name."""
    rows = session.execute(
        text(f"{_AREA} AND kind = 'kecamatan' AND active ORDER BY name, code"), {"tenant_id": session.tenant_id}
    )
    return [AreaName(**row._mapping) for row in rows]  # noqa: SLF001


def villages(session: TenantSession) -> list[AreaName]:
    """All active villages of this region, by district and name."""
    rows = session.execute(
        text(f"{_AREA} AND kind IN ('desa', 'kelurahan') AND active ORDER BY parent_code, name"),
        {"tenant_id": session.tenant_id},
    )
    return [AreaName(**row._mapping) for row in rows]  # noqa: SLF001


def count_villages(session: TenantSession) -> int:
    """How many active villages this region has."""
    query = "SELECT count(*) FROM area WHERE tenant_id = :tenant_id AND kind IN ('desa', 'kelurahan') AND active"
    return int(session.execute(text(query), {"tenant_id": session.tenant_id}).scalar_one())


def regions_around(session: Session, latitude: float, longitude: float) -> list[tuple[Region, list[list[list[float]]]]]:
    """Regions with a government of their own whose box holds a position, regencies and cities first, with their outlines."""
    columns = _REGION.replace("SELECT ", "SELECT r.outline, ", 1)
    rows = session.execute(
        text(
            f"{columns} WHERE r.outline IS NOT NULL AND r.autonomous AND :latitude BETWEEN r.south AND r.north"
            " AND :longitude BETWEEN r.west AND r.east ORDER BY (r.parent_code IS NULL), r.code"
        ),
        {"latitude": latitude, "longitude": longitude},
    )
    found = []
    for row in rows:
        values = dict(row._mapping)  # noqa: SLF001
        outline = values.pop("outline")
        found.append((Region(**values), outline))
    return found


def outline(session: Session, code: str) -> list[list[list[float]]]:
    """Rings of [longitude, latitude] around a region; empty where none was loaded."""
    found = session.execute(text("SELECT outline FROM registry.region WHERE code = :code"), {"code": code}).scalar()
    return found or []


def write_outline(connection: Connection, values: dict[str, Any]) -> int:
    """Set outline (JSON text), south, west, north, east of the region `code`, as balai_owner; how many there were."""
    done = connection.execute(
        text(
            "UPDATE registry.region SET outline = CAST(:outline AS jsonb), south = :south, west = :west,"
            " north = :north, east = :east WHERE code = :code"
        ),
        values,
    )
    return done.rowcount
