"""Helpers for migrations of core and plugins: the only way in which tables are made.

Each tenant table gets the same shape: `tenant_id` first in every key and index, forced row-level security, one policy for
the application and one for the owner (decision 1), grants by kind (decision 9).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

if TYPE_CHECKING:
    # Plugins get these helpers through balai.api, and a web process must not load alembic.
    from alembic.operations import Operations

Kind = Literal["mutable", "append_only"]
APP = "balai_app"
OWNER = "balai_owner"
QUEUE = "balai_queue"
_GRANTS = {"mutable": "SELECT, INSERT, UPDATE, DELETE", "append_only": "SELECT, INSERT"}


def tenant_table(
    op: "Operations | Any",
    name: str,
    *columns: sa.Column[Any] | sa.Constraint,
    kind: Kind = "mutable",
    key: Sequence[str] = ("id",),
) -> None:
    """Create a tenant table.

    Adds `tenant_id int` and, when `key` is ("id",), `id uuid`; the primary key is (tenant_id, *key). append_only gives the
    application INSERT and SELECT only.
    """
    own = [sa.Column("id", pg.UUID(), nullable=False)] if tuple(key) == ("id",) else []
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        *own,
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", *key, name=f"{name}_pkey"),
    )
    protect(op, name, kind=kind)


def protect(op: "Operations | Any", name: str, *, kind: Kind = "mutable") -> None:
    """Forced row-level security, both policies and grants on an existing table (or partition) that has tenant_id."""
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    # The direct form errors when no tenant is set: it fails closed and loud.
    op.execute(
        f"CREATE POLICY {name}_app ON {name} TO {APP}"
        " USING (tenant_id = current_setting('app.tenant_id')::int)"
        " WITH CHECK (tenant_id = current_setting('app.tenant_id')::int)"
    )
    op.execute(f"CREATE POLICY {name}_owner ON {name} TO {OWNER} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {_GRANTS[kind]} ON {name} TO {APP}")
    # The catalogue check reads the kind back from here.
    op.execute(f"COMMENT ON TABLE {name} IS '{kind}'")


def tenant_fk(
    column: str, table: str, *, on_delete: Literal["RESTRICT", "CASCADE", "SET NULL"] = "RESTRICT"
) -> sa.ForeignKeyConstraint:
    """Foreign key (tenant_id, column) -> table(tenant_id, id). An optional key takes SET NULL, which clears only `column`."""
    action = f"SET NULL ({column})" if on_delete == "SET NULL" else on_delete
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=action)


def tenant_index(
    op: "Operations | Any", name: str, table: str, *columns: str, unique: bool = False, where: str | None = None
) -> None:
    """Index with tenant_id in front; the columns' operators must be leakproof to be of use under RLS (domain/database)."""
    terms = ", ".join(("tenant_id", *columns))
    condition = f" WHERE {where}" if where else ""
    op.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX {name} ON {table} ({terms}){condition}")


def definer_function(
    op: "Operations | Any", signature: str, returns: str, body: str, *, grant: Sequence[str] = (APP,), volatile: str = "VOLATILE",
    language: str = "sql",
) -> None:  # fmt: skip
    """A SECURITY DEFINER function of balai_owner with a fixed search_path; the body holds the tenant filter itself."""
    op.execute(
        f"CREATE OR REPLACE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} {volatile} SECURITY DEFINER"
        f" SET search_path = pg_catalog, public, pg_temp AS $balai${body}$balai$"
    )
    op.execute(f"REVOKE ALL ON FUNCTION {signature_types(signature)} FROM PUBLIC")
    for role in grant:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature_types(signature)} TO {role}")


def signature_types(signature: str) -> str:
    """`f(a int, b text DEFAULT NULL)` -> `f(int, text)`: what GRANT and DROP want."""
    name, _, arguments = signature.partition("(")
    parts = [a.strip() for a in arguments.rstrip(")").split(",") if a.strip()]
    return f"{name}({', '.join(' '.join(p.split(' DEFAULT ')[0].split()[1:]) for p in parts)})"
