"""What heads of a region ask for once a week, measured in one region with many ended cases: chain view and exports.

python -m bench.managers                100,000 cases; prints the figures that stand in docs/performance.md
"""

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import psycopg
from flask import Flask, g

from balai import cases, keys
from balai.app import create_app
from balai.cases import catalogue
from balai.cases.chain import services as chain
from balai.cases.exports import services as exports
from balai.cases.exports.queries import Filters
from balai.contracts import PluginState
from balai.db import TenantSession
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from balai.tenancy import queries, registry_scope, tenant_scope
from balai.testing.offices import open_office
from bench import seed

# Eight rows of the timeline a case: filed, shared out, forwarded, noted, forwarded, asked, answered, ended; a tenth is returned.
_FILL = """
INSERT INTO cases (tenant_id, id, code, service_id, service_version, state, waits_for, outcome, seq, unit_id, region, landmark,
  channel, assisted, is_test, anonymity, visibility, language, summary, data, filed_at, changed_at, state_since, timers_done,
  closed_at, reopened)
SELECT %(tenant)s, gen_random_uuid(), 'B-' || n, %(service)s, %(version)s, 'selesai', 'staff', 'done', 8, %(done)s, %(region)s,
  'depan balai desa', 'web', false, false, 'named', 'private', 'id', 'Lampu jalan padam nomor ' || n,
  '{"bidang": "lampu", "uraian": "Lampu jalan di depan balai desa padam sejak tiga hari lalu, gelap sekali pada malam hari."}',
  f, f + interval '12 days', f, 0, f + interval '12 days' * (0.5 + random()), 0
FROM (SELECT n, %(start)s + n * interval '330 days' / %(count)s AS f FROM generate_series(1, %(count)s) n) s
"""
_EVENTS = """
INSERT INTO case_event (tenant_id, id, case_id, seq, kind, at, actor_kind, unit, from_state, to_state, public, data)
SELECT c.tenant_id, gen_random_uuid(), c.id, v.seq, v.kind, c.filed_at + (c.closed_at - c.filed_at) * v.part, v.actor,
  v.unit, v.from_state, v.to_state, true, CAST(v.data AS jsonb)
FROM cases c CROSS JOIN (VALUES
  (1, 'filed', 0.0, 'citizen', %(first)s, NULL, 'diterima', '{}'),
  (2, 'assigned', 0.1, 'staff', %(first)s, NULL, NULL, '{"unit": "x"}'),
  (3, 'moved', 0.2, 'staff', %(check)s, 'diterima', 'dikerjakan', '{"step": "teruskan", "effect": "none"}'),
  (4, 'noted', 0.4, 'staff', %(check)s, NULL, NULL, '{}'),
  (5, 'moved', 0.5, 'staff', %(done)s, 'dikerjakan', 'dikerjakan', '{"step": "teruskan", "effect": "approved"}'),
  (6, 'asked', 0.6, 'staff', %(done)s, 'dikerjakan', 'ditanya_pelaksana', '{"step": "tanya_lagi", "effect": "none"}'),
  (7, 'answered', 0.8, 'citizen', %(done)s, 'ditanya_pelaksana', 'dikerjakan', '{"step": "balas_lagi", "effect": "none"}'),
  (8, 'moved', 1.0, 'staff', %(done)s, 'dikerjakan', 'selesai', '{"step": "selesaikan", "effect": "approved"}')
) AS v (seq, kind, part, actor, unit, from_state, to_state, data)
WHERE c.tenant_id = %(tenant)s
"""


def main() -> None:
    """Fill one region, measure each work in a process of its own, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("work", nargs="*", choices=[[], *WORKS], help="default: all")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--instance", default="bench")
    options = parser.parse_args()
    server = stack.ensure_postgres(options.instance)
    database = seed.migrated(server, f"bench_managers_{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = _settings(database, folder, options.instance)
            app = create_app(settings)
            tenant = _fill(app, database, options.cases)
            app.extensions["balai.db"].close()
            print(f"{options.cases} ended cases in one region, {options.cases * 8} rows of timeline")
            for work in options.work or WORKS:
                with get_context("spawn").Pool(1) as alone:
                    print(alone.apply(measure, (settings, tenant, work, folder)), flush=True)
    finally:
        database.drop_database(database.database)


def measure(settings: Settings, tenant_id: int, work: str, folder: str) -> str:
    """Do one work twice in this fresh process; what it took and held."""
    app = create_app(settings)
    before, took, busy, answer = _peak(), [], time.process_time(), ""
    for _round in range(2):
        began = time.perf_counter()
        with app.app_context():
            with registry_scope() as session:
                tenant = queries.tenant_by_id(session, tenant_id)
            assert tenant is not None
            g.tenant = tenant
            with tenant_scope(tenant) as session:
                answer = WORKS[work](session, Path(folder))
        took.append(time.perf_counter() - began)
    app.extensions["balai.db"].close()
    own = (time.process_time() - busy) / 2
    return (
        f"{work}: {took[0]:.2f} s, again {took[1]:.2f} s, {own:.2f} s of them this process's own ({answer});"
        f" peak memory {_peak()} MB, idle {before} MB"
    )


def _settings(database: PgInfo, folder: str, instance: str) -> Settings:
    return Settings.from_env(
        {
            **stack.environment(instance), "BALAI_ENV": "test", "BALAI_DATABASE_URL": database.app_url,
            "BALAI_OWNER_DATABASE_URL": database.owner_url, "BALAI_QUEUE_DATABASE_URL": database.queue_url,
            "BALAI_FILES_DIR": folder, "BALAI_STEP_UP": "off",
        }
    )  # fmt: skip


def _fill(app: Flask, database: PgInfo, count: int) -> int:
    with app.app_context():
        with registry_scope() as session:
            tenant = queries.create_tenant(
                session, key=uuid.uuid4(), slug="bench", kind="region", region_code="32.73", name="Bench",
                timezone="Asia/Jakarta",
            )  # fmt: skip
            queries.set_status(session, tenant.id, "active")
        with tenant_scope(tenant) as session:
            keys.create_tenant_keys(session)
            queries.switch_plugin(session, tenant.id, "feedback", PluginState.ON)
            units = _units(session)
            version = catalogue.current_version(session, catalogue.registered()[seed.SERVICE])
    given = {
        "tenant": tenant.id, "service": seed.SERVICE, "version": version, "region": "32.73.01", "count": count,
        "start": datetime.now(UTC) - timedelta(days=350), **units,
    }  # fmt: skip
    with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
        connection.execute(_FILL, given)
        connection.execute(_EVENTS, given)
        connection.execute("VACUUM (ANALYZE)")
    return tenant.id


def _units(session: TenantSession) -> dict[str, uuid.UUID]:
    office = open_office(session)
    made = {"done": office.unit_id}
    for key, name in (("first", "Loket"), ("check", "Verifikasi")):
        made[key] = seed.new_id()
        session.add(cases.Unit(id=made[key], name=name, phone=""))
    return made


def look(session: TenantSession, _folder: Path, *, every: bool) -> int:
    """The chain view's figures over all of it."""
    until = datetime.now(UTC)
    service = cases.service(session, seed.SERVICE)
    return chain.look(session, service, since=until - timedelta(days=400), until=until, every=every).cases


def export(session: TenantSession, folder: Path, *, kind: str, personal: bool) -> str:
    """Everything as a file; its size, and when its first rows left."""
    rights = frozenset({"cases.work", "cases.reveal"})
    person = cases.Person("staff", is_admin=True, permissions=rights)
    made = exports.sheet(session, person, Filters(queue="all", state="", service_id=seed.SERVICE), personal=personal)
    began, size, first = time.perf_counter(), 0, 0.0
    with (folder / f"out.{kind}").open("wb") as file:
        for piece in exports.write(made, kind):
            size += file.write(piece)
            # What stands before the rows of an XLSX is no more than its frame.
            if not first and size > FRAME:
                first = time.perf_counter() - began
    return f"{size} bytes, the first rows after {first:.2f} s"


def _peak() -> int:
    """The most that this process ever held, in MB; ru_maxrss would count the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


FRAME = 4096
WORKS: dict[str, Callable[[TenantSession, Path], int | str]] = {
    "chain": partial(look, every=False),
    "chain-every": partial(look, every=True),
    "csv": partial(export, kind="csv", personal=False),
    "csv-personal": partial(export, kind="csv", personal=True),
    "xlsx": partial(export, kind="xlsx", personal=False),
    "xlsx-personal": partial(export, kind="xlsx", personal=True),
}

if __name__ == "__main__":
    main()
