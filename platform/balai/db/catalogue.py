"""What the live database says about itself: the inverted rule of decision 3.

Every table, view and partition must keep tenants apart unless it stands on the short allow-list below. Read by a test, by
`balai doctor` and by the export, so a table that somebody forgot to protect can't hide.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from balai.db.migration import APP, OWNER

# Read before or across tenants, free of personal data and secrets, written only through definer functions.
REGISTRY = frozenset({"tenant", "tenant_domain", "tenant_plugin", "region", "used_slug", "published_figure"})
# Reached only through definer functions (session), with a policy of its own (my_case), or holding keyed hashes only
# (rate_limit). Each has tests of its own.
SPECIAL = frozenset({"session", "my_case", "rate_limit"})

_RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.oid AS oid, c.relrowsecurity AS rls,
       c.relforcerowsecurity AS forced, c.relispartition AS partition,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
           AS has_tenant,
       COALESCE((SELECT array_agg(r.rolname || ':' || pg_get_expr(p.polqual, p.polrelid) ORDER BY r.rolname)
                 FROM pg_policy p, pg_roles r WHERE p.polrelid = c.oid AND r.oid = ANY (p.polroles)), '{}') AS policies,
       COALESCE((SELECT array_agg(DISTINCT g.privilege_type::text) FROM information_schema.role_table_grants g
                 WHERE g.table_schema = n.nspname AND g.table_name = c.relname AND g.grantee = :app), '{}') AS grants,
       obj_description(c.oid) AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'jobs')
  AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
ORDER BY 1, 2
"""
_KEYS = """
SELECT i.indexrelid::regclass::text AS name, i.indisprimary AS is_primary,
       (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) AS first
FROM pg_index i WHERE i.indrelid = :oid
"""
# A foreign key is indexed when an index starts with tenant_id and then holds the key's own column.
_BARE_FOREIGN_KEYS = """
SELECT k.conname AS name FROM pg_constraint k
WHERE k.contype = 'f' AND k.conrelid = :oid AND NOT EXISTS (
    SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid
      AND (SELECT array_agg(x ORDER BY x) FROM unnest(k.conkey) x)
        = (SELECT array_agg(y ORDER BY y) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) y))
"""
_APP_POLICY = "(tenant_id = (current_setting('app.tenant_id'::text))::integer)"


@dataclass(frozen=True, slots=True)
class Relation:
    """One table, view or partition outside the system's schemas."""

    schema: str
    name: str
    kind: str
    oid: int
    rls: bool
    forced: bool
    partition: bool
    has_tenant: bool
    policies: tuple[str, ...]
    grants: frozenset[str]
    comment: str | None

    @property
    def exempt(self) -> bool:
        """Whether it stands on the allow-list."""
        if self.schema == "registry":
            return self.name in REGISTRY
        return self.name in SPECIAL or self.name.startswith("alembic_version")


def relations(connection: Connection) -> list[Relation]:
    """Every relation of the live database."""
    rows = connection.execute(text(_RELATIONS), {"app": APP})
    return [
        Relation(
            row.schema, row.name, row.kind, row.oid, row.rls, row.forced, row.partition, row.has_tenant,
            tuple(row.policies), frozenset(row.grants), row.comment,
        )
        for row in rows
    ]  # fmt: skip


def faults(connection: Connection) -> list[str]:
    """Everything that would let one tenant meet another; empty when all is well. One sentence each."""
    found: list[str] = []
    for relation in relations(connection):
        if relation.schema == "registry" and relation.name not in REGISTRY:
            found.append(f"registry.{relation.name}: not on the allow-list of the registry")
        elif relation.exempt:
            found.extend(_registry_faults(relation))
        elif relation.kind in {"v", "m", "f"}:
            found.append(f"{relation.name}: a view or foreign table escapes row-level security")
        else:
            found.extend(_table_faults(connection, relation))
    return found


def _registry_faults(relation: Relation) -> list[str]:
    if relation.schema == "registry" and relation.grants - {"SELECT"}:
        return [f"registry.{relation.name}: {APP} may {', '.join(sorted(relation.grants))}; only SELECT is allowed"]
    if relation.name == "session" and relation.grants:
        return [f"session: {APP} may {', '.join(sorted(relation.grants))}; it is reached through functions only"]
    return []


def _table_faults(connection: Connection, relation: Relation) -> list[str]:
    name = relation.name
    found = []
    if not relation.has_tenant:
        found.append(f"{name}: no column tenant_id")
    if not (relation.rls and relation.forced):
        found.append(f"{name}: row-level security is not enabled and forced")
    wanted = {f"{APP}:{_APP_POLICY}", f"{OWNER}:true"}
    if set(relation.policies) != wanted:
        found.append(f"{name}: policies are {sorted(relation.policies)}, wanted {sorted(wanted)}")
    found.extend(_grant_faults(relation))
    keys: list[Any] = list(connection.execute(text(_KEYS), {"oid": relation.oid}))
    if not any(key.is_primary for key in keys):
        found.append(f"{name}: no primary key")
    found.extend(f"{name}: {key.name} doesn't start with tenant_id" for key in keys if key.first != "tenant_id")
    bare = connection.execute(text(_BARE_FOREIGN_KEYS), {"oid": relation.oid})
    found.extend(f"{name}: foreign key {row.name} has no index" for row in bare)
    return found


def _grant_faults(relation: Relation) -> list[str]:
    mutable = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    wanted = {"SELECT", "INSERT"} if relation.comment == "append_only" else mutable
    if relation.grants != wanted:
        return [f"{relation.name}: {APP} may {sorted(relation.grants)}, wanted {sorted(wanted)}"]
    return []
