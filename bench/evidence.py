"""Scenario `evidence`: a million new timeline events over all regions rolled up, one late event, and the page that reads it.

The events are written by COPY as the reports scenario does, two a case, which is the hardest mix: every second event is a new
case. The roll-up is the hourly job's own loop, one region after the other in one process.
"""

import resource
import statistics
import time
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
from flask import Flask, g

from balai.app import create_app
from balai.cases import units
from balai.devstack.postgres import PgInfo
from balai.evidence.facts import queries, roll_up, services
from balai.settings import Settings
from balai.tenancy import tenant_scope, tenants
from bench import cpu, seed

EVENTS = 1_000_000
_ROUNDS = 20


def measure(server: PgInfo, environ: dict[str, str], regions: int = 552, events: int = EVENTS) -> str:
    """A sentence for the report."""
    database = seed.migrated(server, "bench_evidence")
    app = create_app(Settings.from_env({**environ, "BALAI_ENV": "development", "BALAI_DATABASE_URL": database.app_url}))
    try:
        seed.Seeder(database, events // regions // 2, app).grow(regions)
        count = _only_new(app, database)
        began = time.monotonic()
        _roll_all(app)
        whole = time.monotonic() - began
        late = statistics.median(_late(app, database) for _n in range(5))
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        backend = _largest_backend(database)
        idle = time.monotonic()
        _roll_all(app)
        idle = time.monotonic() - idle
    finally:
        app.extensions["balai.db"].close()
        database.drop_database(database.database)
    return (
        f"Roll-up of {count:,} new timeline events over {regions} regions: {whole:.1f} s in one process (target 20 s),"
        f" {resident:.0f} MB of Python, {backend:.0f} MB in its database backend (target 300 MB); one late event:"
        f" {late:.2f} s (target 5 s); an hour in which nothing happened: {idle:.1f} s."
    )


def _only_new(app: Flask, database: PgInfo) -> int:
    """Every region was rolled up before, and has not seen these events."""
    with app.app_context():
        for tenant in tenants():
            g.tenant = tenant
            with tenant_scope(tenant) as session:
                calendar = services._print_of(units.calendar(session))  # noqa: SLF001 - what the job would have kept
                first = datetime.now(UTC).date() - timedelta(days=500)
                queries.keep_state(session, queries.State(0, first.replace(day=1), calendar), datetime.now(UTC))
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute("SELECT count(*) FROM case_event").fetchone()[0]


def _roll_all(app: Flask) -> None:
    with app.app_context():
        for tenant in tenants():
            g.tenant = tenant
            with tenant_scope(tenant) as session:
                roll_up(session)


def _late(app: Flask, database: PgInfo) -> float:
    with psycopg.connect(database.url("postgres")) as connection:
        connection.execute(
            "INSERT INTO case_event (tenant_id, id, case_id, seq, kind, at, actor_kind, public, data)"
            " SELECT tenant_id, %s, id, seq + 1 + (random() * 1000000)::int, 'overdue', filed_at, 'system', false, '{}'"
            " FROM cases ORDER BY tenant_id, id LIMIT 1",
            (uuid.uuid4(),),
        )
        tenant_id = connection.execute("SELECT min(tenant_id) FROM cases").fetchone()[0]
    began = time.monotonic()
    with app.app_context():
        g.tenant = next(t for t in tenants() if t.id == tenant_id)
        with tenant_scope(g.tenant) as session:
            roll_up(session)
    return time.monotonic() - began


def _largest_backend(database: PgInfo) -> float:
    with psycopg.connect(database.url("postgres")) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'balai_app'"
        ).fetchall()
    return max((cpu.memory(pid) / 2**20 for (pid,) in rows), default=0.0)
