"""What a region's data consists of, as the live catalogue knows it; and its rows, streamed.

The catalogue also knows the tables of plugins whose package is absent. Names come from it and are quoted; each statement
names its tenant, and row-level security holds besides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from balai.db.catalogue import SPECIAL
from balai.keys.columns import SEALED

_quote = postgresql.dialect().identifier_preparer.quote_identifier  # type: ignore[no-untyped-call]
_BATCH: Final = 500

# Tables that never leave, and why. `my_case` is the citizens' own list over all regions, rebuilt from the cases.
_TABLES_KEPT: Final = dict.fromkeys(SPECIAL, "session") | {
    "tenant_key": "keys",
    "job_receipt": "queue",
    "job_failure": "queue",
}
# Columns that hold proofs rather than facts, whatever table they stand in. A form's `client_id` is one: whoever sends the same
# form again with it is given the case's link, as its reporter, here or in the region that a case was handed on to.
_SECRET_NAME: Final = re.compile(r"(^|_)(secret|password|token|tokens|claim|link_hash|id_hash|client_id)(_|$)")
_NEVER: Final = "secret"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: name, PostgreSQL type, mask of an encrypted one (None otherwise), secret = never leaves."""

    name: str
    type: str
    mask: str | None
    secret: bool


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table with tenant_id: name, columns, names of its primary key. kept: why it never leaves, None when it does."""

    name: str
    columns: tuple[ExportColumn, ...]
    key: tuple[str, ...]
    kept: str | None

    @property
    def leaving(self) -> tuple[ExportColumn, ...]:
        """The columns that are exported."""
        return tuple(column for column in self.columns if not column.secret)


_COLUMNS = text("""
    SELECT c.relname AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           col_description(c.oid, a.attnum) AS comment,
           COALESCE(array_position(i.indkey::int2[], a.attnum), -1) AS place_in_key
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped)
    ORDER BY c.relname, a.attnum
""")


def tables(connection: Connection) -> list[ExportTable]:
    """Every table that holds rows of tenants, by name."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_COLUMNS):
        found.setdefault(row.table_name, []).append(row)
    return [
        ExportTable(
            name,
            tuple(_column(row) for row in rows),
            tuple(row.name for row in sorted(rows, key=lambda row: row.place_in_key) if row.place_in_key >= 0),
            _TABLES_KEPT.get(name),
        )
        for name, rows in found.items()
    ]


def _column(row: Any) -> ExportColumn:
    comment = row.comment or ""
    mask = comment.removeprefix(SEALED) if comment.startswith(SEALED) else None
    return ExportColumn(row.name, row.type, mask, mask == _NEVER or bool(_SECRET_NAME.search(row.name)))


def count(connection: Connection, table: ExportTable, tenant_id: int) -> int:
    """How many rows of that tenant a table holds."""
    query = text(f"SELECT count(*) FROM {_quote(table.name)} WHERE tenant_id = :tenant")
    return int(connection.execute(query, {"tenant": tenant_id}).scalar_one())


def rows(connection: Connection, table: ExportTable, tenant_id: int) -> Iterator[Any]:
    """That tenant's rows by primary key, a batch at a time; each answers its columns by name."""
    names = ", ".join(_quote(column.name) for column in table.leaving)
    order = ", ".join(_quote(name) for name in table.key) or "1"
    query = text(f"SELECT {names} FROM {_quote(table.name)} WHERE tenant_id = :tenant ORDER BY {order}")
    options = {"stream_results": True, "max_row_buffer": _BATCH}
    result = connection.execute(query, {"tenant": tenant_id}, execution_options=options)
    try:
        yield from result.mappings()
    finally:
        result.close()
