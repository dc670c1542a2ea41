"""Scenario `evidence`: a million new timeline events over all regions rolled up, one late event, and the pages that read it.

python -m bench.evidence                          552 regions, 1,000,000 events (some minutes to seed)
python -m bench.evidence --regions 40 --events 72000 --statements
Asked for: 20 s on 2 cores under 300 MB; one late event 5 s; evidence page p95 100 ms with 5 years of data.

The events are written by COPY, two a case, which is the hardest mix: every second event is a new case. The roll-up is the hourly
job itself. Besides wall time, CPU seconds of this process and of its database backends are told: a busy machine makes the wall
time longer, hardly the CPU time.
"""

import argparse
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg
from flask import Flask, g
from sqlalchemy import event

from balai.app import create_app
from balai.cases import units
from balai.devstack import postgres, stack
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo
from balai.evidence import tasks
from balai.evidence.facts import queries, roll_up, services
from balai.jobs.running import run_for_all
from balai.settings import Settings
from balai.tenancy import tenant_scope, tenants
from bench import cpu, evidence_pages, seed
from bench.__main__ import _environ

EVENTS = 1_000_000
DATABASE = "bench_evidence"
_LATE = 5


class Meter:
    """Wall and CPU seconds of a block: this process's and its database backends'."""

    def __init__(self, database: PgInfo) -> None:
        self._database = database
        self.wall = self.own = self.server = 0.0

    def __enter__(self) -> Self:
        self._began, self._own, self._server = time.monotonic(), time.process_time(), self._of_server()
        return self

    def __exit__(self, *_fault: object) -> None:
        self.wall = time.monotonic() - self._began
        self.own = time.process_time() - self._own
        self.server = self._of_server() - self._server

    def __str__(self) -> str:
        return (
            f"{self.wall:.1f} s, CPU {self.own + self.server:.1f} s ({self.own:.1f} Python, {self.server:.1f} database)"
        )

    def _of_server(self) -> float:
        return cpu.spent(cpu.backends(self._database.url("postgres"), "balai", DATABASE)) / 1e9


def measure(database: PgInfo, environ: dict[str, str], regions: int, events: int, *, statements: bool) -> None:
    """Seed, roll up, print."""
    app = create_app(Settings.from_env({**environ, "BALAI_ENV": "development", "BALAI_DATABASE_URL": database.app_url}))
    try:
        seed.Seeder(database, events // regions // 2, app).grow(regions)
        count = _only_new(app, database)
        told = _watch(app) if statements else None
        with Meter(database) as whole:
            run_for_all(app, tasks.roll_up_facts)
        held = _peak(), _backends(database)
        done = _facts(database)
        with Meter(database) as idle:
            run_for_all(app, tasks.roll_up_facts)
        late = sorted(_late(app, database) for _n in range(_LATE))[_LATE // 2]
    finally:
        app.extensions["balai.db"].close()
    print(f"| {count:,} new events, {done:,} cases in {regions} regions | {whole} |")
    print(f"| memory | {held[0]:.0f} MB Python, {held[1]:.0f} MB private to its database backends |")
    print(
        f"| an hour in which nothing happened | {idle} |\n| one late event in one region | {late:.2f} s |", flush=True
    )
    for words, (seconds, times) in sorted((told or {}).items(), key=lambda item: -item[1][0])[:20]:
        print(f"  {seconds:7.2f} s {times:6} x {seconds / times * 1000:7.2f} ms  {words}")


def _only_new(app: Flask, database: PgInfo) -> int:
    """Every region was rolled up before, and has not seen these events."""
    with app.app_context():
        for tenant in tenants():
            g.tenant = tenant
            with tenant_scope(tenant) as session:
                calendar = services._print_of(units.calendar(session))  # noqa: SLF001 - what the job would have kept
                first = datetime.now(UTC).date() - timedelta(days=500)
                queries.keep_state(session, queries.State(0, first.replace(day=1), calendar), datetime.now(UTC))
    with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT count(*) FROM case_event").fetchone()
    return int(row[0]) if row else 0


def _watch(app: Flask) -> dict[str, list[float]]:
    """Seconds and times by the first words of each statement, as this process waits for them."""
    told: dict[str, list[float]] = {}
    began: dict[int, float] = {}

    def before(_connection: Any, cursor: Any, *_more: Any) -> None:
        began[id(cursor)] = time.perf_counter()

    def after(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        cell = told.setdefault(" ".join(statement.split())[:90], [0.0, 0])
        cell[0] += time.perf_counter() - began.pop(id(cursor))
        cell[1] += 1

    engine = app.extensions["balai.db"].engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    return told


def _late(app: Flask, database: PgInfo) -> float:
    with psycopg.connect(database.url("postgres")) as connection:
        connection.execute(
            "INSERT INTO case_event (tenant_id, id, case_id, seq, kind, at, actor_kind, public, data)"
            " SELECT tenant_id, %s, id, seq + 1 + (random() * 1000000)::int, 'overdue', filed_at, 'system', false, '{}'"
            " FROM cases ORDER BY tenant_id, id LIMIT 1",
            (uuid.uuid4(),),
        )
        row = connection.execute("SELECT min(tenant_id) FROM cases").fetchone()
    began = time.monotonic()
    with app.app_context():
        g.tenant = next(t for t in tenants() if row and t.id == row[0])
        with tenant_scope(g.tenant) as session:
            rolled = roll_up(session)
    assert rolled is not None
    assert rolled.cells
    return time.monotonic() - began


def _facts(database: PgInfo) -> int:
    with psycopg.connect(database.url("postgres")) as connection:
        row = connection.execute("SELECT count(*) FROM fact_case").fetchone()
    return int(row[0]) if row else 0


def _peak() -> float:
    """The most that this process ever held, in MB."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


def _backends(database: PgInfo) -> float:
    """Private memory of all backends of this process, in MB: what they share is the server's own cache."""
    return sum(_private(pid) for pid in cpu.backends(database.url("postgres"), "balai", DATABASE))


def _private(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = Counter({line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Private_")})
    return found.total() / 1024


def main() -> None:
    """Seed, roll up, ask for pages, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--regions", type=int, default=552)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=200, help="times that each page is asked for; 0: no pages")
    parser.add_argument("--statements", action="store_true", help="tell the time of each statement of the roll-up")
    given = parser.parse_args()
    was_running = postgres.running_port(Instance.named("bench")) is not None
    server = stack.ensure_postgres("bench")
    database = seed.migrated(server, DATABASE)
    try:
        measure(database, _environ(), given.regions, given.events, statements=given.statements)
        if given.rounds:
            evidence_pages.measure(database, _environ(), given.rounds)
    finally:
        database.drop_database(DATABASE)
        if not was_running:
            stack.stop("bench")


if __name__ == "__main__":
    main()
