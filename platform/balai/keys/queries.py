"""Walks over every encrypted column of the live catalogue, whichever package it came from.

Table and column names come from the database's own catalogue and are quoted; each statement names its tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from balai.db import TenantSession, driver
from balai.keys.columns import KID, SEALED

BATCH: Final = 500
_quote = postgresql.dialect().identifier_preparer.quote_identifier  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """An encrypted column: mask as declared in its comment; updatable = by the session's role."""

    table: str
    column: str
    mask: str
    updatable: bool


_KEYS = (
    "SELECT kid, wrapped_data, wrapped_index, retired_at IS NOT NULL, shredded_at IS NOT NULL FROM tenant_key"
    " WHERE tenant_id = %s ORDER BY created_at, id"
)
# The same as one value, for a statement that reads other things too; what it answers goes to `keys.remember`.
AS_JSON = (
    "(SELECT json_agg(json_build_array(k.kid, k.wrapped_data, k.wrapped_index, k.retired_at IS NOT NULL,"
    " k.shredded_at IS NOT NULL) ORDER BY k.created_at, k.id) FROM tenant_key k WHERE k.tenant_id = %(tenant)s)"
)


class KeyRow(NamedTuple):
    """One generation of a tenant's keys, as stored."""

    kid: str
    wrapped_data: str | None
    wrapped_index: str | None
    retired: bool
    shredded: bool


def tenant_keys(session: TenantSession) -> list[KeyRow]:
    """All generations of the tenant's keys, oldest first."""
    return [KeyRow(*row) for row in driver(session).execute(_KEYS, (session.tenant_id,))]


_MARKED = text("""
    SELECT c.relname AS table_name, a.attname AS column_name, d.description AS comment,
           has_column_privilege(c.oid, a.attnum, 'UPDATE') AS updatable
    FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND NOT a.attisdropped
    WHERE starts_with(d.description, :mark) AND NOT c.relispartition
    ORDER BY c.relname, a.attname
""")


def sealed_columns(session: TenantSession) -> list[SealedColumn]:
    """Every column whose comment says `balai:sealed=<mask>`, by table and name."""
    return [
        SealedColumn(row.table_name, row.column_name, row.comment.removeprefix(SEALED), row.updatable)
        for row in session.execute(_MARKED, {"mark": SEALED})
    ]


def stale_values(session: TenantSession, column: SealedColumn, kid: str) -> Sequence[tuple[UUID, str]]:
    """(row id, sealed value) of up to BATCH rows of this tenant that another key than `kid` sealed; locked."""
    table, name = _quote(column.table), _quote(column.column)
    rows = session.execute(
        text(
            f"SELECT id, {name} FROM {table} WHERE tenant_id = :tenant AND {name} IS NOT NULL"
            f" AND NOT starts_with({name}, :newest) ORDER BY id LIMIT {BATCH} FOR UPDATE"
        ),
        {"tenant": session.tenant_id, "newest": f"v1|{kid}|"},
    )
    return [(row[0], row[1]) for row in rows]


def write_value(session: TenantSession, column: SealedColumn, row_id: UUID, sealed: str) -> None:
    """Put a newly sealed value in its place."""
    session.execute(
        text(
            f"UPDATE {_quote(column.table)} SET {_quote(column.column)} = :sealed"
            " WHERE tenant_id = :tenant AND id = :id"
        ),
        {"sealed": sealed, "tenant": session.tenant_id, "id": row_id},
    )


def is_kid_used(session: TenantSession, kid: str) -> bool:
    """Whether any column of this tenant, or any file it names, still needs that key."""
    sealed = [(c.table, c.column, f"v1|{kid}|") for c in sealed_columns(session)]
    named = [(row.table_name, row.column_name, kid) for row in session.execute(_MARKED, {"mark": KID})]
    return any(_has(session, *place) for place in sealed + named)


def _has(session: TenantSession, table: str, column: str, start: str) -> bool:
    condition = f"starts_with({_quote(column)}, :start)" if "|" in start else f"{_quote(column)} = :start"
    found = session.execute(
        text(f"SELECT EXISTS (SELECT FROM {_quote(table)} WHERE tenant_id = :tenant AND {condition})"),
        {"tenant": session.tenant_id, "start": start},
    )
    return bool(found.scalar_one())
