"""Reads and writes of the registry. Core SQL: these tables belong to no tenant and are written by definer functions only."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from balai.contracts import PluginState
from balai.db import Database, look_up
from balai.tenancy.tenants import Tenant

_TENANT = (
    "SELECT t.id, t.key, t.slug, t.kind, t.region_code, t.name, t.timezone, t.status,"
    " (SELECT array_agg(p.plugin || '=' || p.state) FROM registry.tenant_plugin p WHERE p.tenant_id = t.id) AS plugins"
    " FROM registry.tenant t"
)
_BY_SLUG = text(f"{_TENANT} WHERE t.slug = :slug")
_BY_HOST = text(
    f"{_TENANT} JOIN registry.tenant_domain d ON d.tenant_id = t.id WHERE d.host = :host AND d.verified_at IS NOT NULL"
)
_BY_ID = text(f"{_TENANT} WHERE t.id = :id")
_BY_KEY = text(f"{_TENANT} WHERE t.key = :key")
_BY_REGION = text(f"{_TENANT} WHERE t.region_code = :code")
_ALL = text(f"{_TENANT} WHERE t.status = ANY(:status) AND t.kind = ANY(:kind) ORDER BY t.id")

Handle = Session | Connection


def look_up_slug(database: Database, slug: str) -> Tenant | None:
    """The tenant with this slug, outside any transaction."""
    return _from_json(look_up(database, "registry.tenant_of_slug", slug))


def look_up_host(database: Database, host: str) -> Tenant | None:
    """The tenant that has proven this custom domain, outside any transaction."""
    return _from_json(look_up(database, "registry.tenant_of_host", host))


def tenant_by_slug(db: Handle, slug: str) -> Tenant | None:
    """The tenant with this slug."""
    return _one(db.execute(_BY_SLUG, {"slug": slug}).first())


def tenant_by_domain(db: Handle, host: str) -> Tenant | None:
    """The tenant that has proven this custom domain."""
    return _one(db.execute(_BY_HOST, {"host": host}).first())


def tenant_by_id(db: Handle, tenant_id: int) -> Tenant | None:
    """The tenant with this local number."""
    return _one(db.execute(_BY_ID, {"id": tenant_id}).first())


def tenant_by_key(db: Handle, key: uuid.UUID) -> Tenant | None:
    """The tenant with this global key."""
    return _one(db.execute(_BY_KEY, {"key": key}).first())


def tenant_by_region(db: Handle, code: str) -> Tenant | None:
    """The tenant of this Kemendagri code."""
    return _one(db.execute(_BY_REGION, {"code": code}).first())


def all_tenants(
    db: Handle, *, status: tuple[str, ...] = ("active",), kind: tuple[str, ...] = ("region",)
) -> Iterator[Tenant]:
    """Tenants by id, smallest first."""
    for row in db.execute(_ALL, {"status": list(status), "kind": list(kind)}).all():
        yield _tenant(row)


def hosts_of(db: Handle, tenant_id: int) -> list[str]:
    """Its proven custom domains."""
    rows = db.execute(
        text("SELECT host FROM registry.tenant_domain WHERE tenant_id = :id AND verified_at IS NOT NULL ORDER BY host"),
        {"id": tenant_id},
    )
    return [row.host for row in rows]


def create_tenant(
    db: Handle, *, key: uuid.UUID, slug: str, kind: str, region_code: str | None, name: str, timezone: str
) -> Tenant:
    """Make the tenant, or answer the one that this very call made before. IntegrityError: the slug or region is taken."""
    row = db.execute(
        text("SELECT id FROM registry.create_tenant(:key, :slug, :kind, :region, :name, :tz)"),
        {"key": key, "slug": slug, "kind": kind, "region": region_code, "name": name, "tz": timezone},
    ).one()
    made = tenant_by_id(db, row.id)
    assert made is not None  # noqa: S101 - just made, in this transaction
    return made


def set_status(db: Handle, tenant_id: int, status: str, step: str | None = None) -> None:
    """Set the status: onboarding | active | suspended; `step` remembers how far onboarding came."""
    db.execute(
        text("SELECT registry.set_tenant_status(:id, :status, :step)"),
        {"id": tenant_id, "status": status, "step": step},
    )


def switch_plugin(db: Handle, tenant_id: int, plugin: str, state: PluginState) -> None:
    """Write a plugin's state; only inside a session of that tenant."""
    db.execute(
        text("SELECT registry.switch_plugin(:id, :plugin, :state)"),
        {"id": tenant_id, "plugin": plugin, "state": state.value},
    )


def rename(db: Handle, tenant_id: int, name: str, timezone: str) -> None:
    """Change the name and zone; only inside a session of that tenant."""
    db.execute(text("SELECT registry.rename_tenant(:id, :name, :tz)"), {"id": tenant_id, "name": name, "tz": timezone})


def add_domain(db: Handle, tenant_id: int, host: str, token: str) -> None:
    """Claim a custom domain; it counts only once proven by DNS TXT."""
    db.execute(text("SELECT registry.add_domain(:id, :host, :token)"), {"id": tenant_id, "host": host, "token": token})


def verify_domain(db: Handle, tenant_id: int, host: str) -> None:
    """Mark a custom domain as proven."""
    db.execute(text("SELECT registry.verify_domain(:id, :host)"), {"id": tenant_id, "host": host})


def note_admin(db: Handle, *, there: bool, at: datetime) -> None:
    """Whether the region has an admin who can get in; only inside a session of that tenant. The operator's list shows it."""
    db.execute(text("SELECT registry.note_admin(:there, :at)"), {"there": there, "at": at})


class _Row(msgspec.Struct, array_like=True):
    """What registry.tenant_of_* answer, in their order."""

    id: int
    key: uuid.UUID
    slug: str
    kind: Literal["region", "operator", "ministry"]
    region_code: str | None
    name: str
    timezone: str
    status: Literal["onboarding", "active", "suspended"]
    plugins: dict[str, PluginState] | None


_rows = msgspec.json.Decoder(_Row)


def _from_json(raw: bytes | None) -> Tenant | None:
    if raw is None:
        return None
    row = _rows.decode(raw)
    return Tenant(
        row.id, row.key, row.slug, row.kind, row.region_code, row.name, row.timezone, row.status, row.plugins or {}
    )


def _one(row: Row[Any] | None) -> Tenant | None:
    return _tenant(row) if row is not None else None


def _tenant(row: Row[Any]) -> Tenant:
    states = dict(entry.split("=", 1) for entry in row.plugins or ())
    return Tenant(
        id=row.id,
        key=row.key,
        slug=row.slug,
        kind=row.kind,
        region_code=row.region_code,
        name=row.name,
        timezone=row.timezone,
        status=row.status,
        plugins={name: PluginState(state) for name, state in states.items()},
    )
