"""Tries every address of the application with things that belong to another region.

A leak that somebody adds tomorrow is found without a new test: addresses are enumerated from the URL map, ids from the live
tables. `Sweep` makes the requests; the contract test decides what they may answer.
"""

import inspect
import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from werkzeug.routing import AnyConverter, IntegerConverter, UUIDConverter

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

    from balai.tenancy import Tenant

# Addresses whose answer doesn't depend on a region, or that end the session which the sweep needs.
SKIPPED = ("/keluar", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of the sweep and what came back."""

    method: str
    path: str
    status: int
    body: bytes
    location: str


def rows_of(owner_url: str, tenant: "Tenant") -> dict[str, list[dict[str, Any]]]:
    """Every row of the tenant in every table that has `tenant_id`, read as balai_owner."""
    found: dict[str, list[dict[str, Any]]] = {}
    with psycopg.connect(owner_url, row_factory=psycopg.rows.dict_row) as connection:
        tables = connection.execute(
            "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 1"
        ).fetchall()
        for table in tables:
            query = sql.SQL("SELECT * FROM {} WHERE tenant_id = %s").format(sql.Identifier(table["name"]))
            rows = connection.execute(query, (tenant.id,)).fetchall()
            found[table["name"]] = sorted(rows, key=repr)
    return found


def ids_of(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Table -> ids of its rows, at most three each."""
    return {table: [str(r["id"]) for r in some if r.get("id")][:3] for table, some in rows.items()}


def rules(app: "Flask") -> list["Rule"]:
    """Addresses worth trying: all but static files and what ends the session."""
    kept = [r for r in app.url_map.iter_rules() if not r.endpoint.endswith("static") and not r.rule.startswith(SKIPPED)]
    return sorted(kept, key=lambda r: (r.rule, r.endpoint))


def addresses(app: "Flask", values: Mapping[str, list[str]], fallback: list[str]) -> Iterator[tuple[str, str]]:
    """(method, path) for every rule, with each of its arguments taken from `values` (by name), from what its rule allows, or from
    `fallback`.
    """
    for rule in rules(app):
        names = sorted(rule.arguments)
        choices = [values[name] if name in values else _choices(rule, name, fallback) for name in names]
        for combination in itertools.product(*choices):
            path = rule.rule
            for name, value in zip(names, combination, strict=True):
                path = _fill(path, name, value)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, path


def _choices(rule: "Rule", name: str, fallback: list[str]) -> list[str]:
    converter = rule._converters[name]  # noqa: SLF001 - werkzeug tells it nowhere else
    if isinstance(converter, IntegerConverter):
        return ["0", "1"]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    if isinstance(converter, UUIDConverter) or name.endswith("_id") or len(rule.arguments) == 1:
        return fallback
    # A word beside an id (a step, a kind, a provider): every id in its place would be the same unknown word.
    return fallback[:1]


def _fill(rule: str, name: str, value: str) -> str:
    return re.sub(rf"<(?:[^<>:]+:)?{re.escape(name)}>", lambda _match: value, rule)


def attempt(
    client: "FlaskClient", method: str, path: str, *, form: Mapping[str, str], headers: Mapping[str, str]
) -> Attempt:
    """One request, without following redirects; unsafe ones carry `form` (JSON under /api)."""
    options: dict[str, Any] = {"headers": dict(headers), "follow_redirects": False}
    if method != "GET":
        options["json" if path.startswith("/api/") else "data"] = dict(form)
    reply = client.open(path, method=method, **options)
    try:
        return Attempt(method, path, reply.status_code, reply.get_data(), reply.headers.get("Location", ""))
    finally:
        reply.close()


def job_arguments(task: Any, ids: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Arguments for a task's function besides session and tenant: every combination-free choice of foreign ids.

    Each call gives all its id parameters ids of one table; a task without parameters is tried once.
    """
    parameters = list(inspect.signature(task.run).parameters.values())[2:]
    wanted = [p for p in parameters if p.default is inspect.Parameter.empty]
    if not wanted:
        yield {}
        return
    for some in ids.values():
        yield {p.name: uuid.UUID(some[0]) if "UUID" in str(p.annotation) else some[0] for p in wanted}
