"""The officer's inbox in one region with a million cases: the first page of each filter, each search, and the way to the next.

python -m bench.inbox              seeds a database of its own (set-based) and prints the table of docs/performance.md
python -m bench.inbox --explain    also the plans
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from flask import Flask, g

from balai import cases, keys
from balai.app import create_app
from balai.cases import Filters, Person, catalogue
from balai.cases.officer import queries, statements
from balai.contracts import PluginState
from balai.db import TenantSession, driver, new_id
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.places import Area
from balai.settings import Settings
from balai.tenancy import Tenant, registry_scope, tenant_scope
from balai.tenancy import queries as registry
from balai.testing.offices import add_member
from bench.seed import migrated

SERVICE = "feedback.pengaduan"
UNITS, DISTRICTS, VILLAGES, ROUNDS = 60, 30, 10, 30
_UNITS = """
INSERT INTO unit (tenant_id, id, name, phone, is_admin, active, created_at)
SELECT %(tenant)s, gen_random_uuid(), 'Unit ' || n, '', false, true, now() FROM generate_series(1, %(units)s) n
"""
# 96 % are closed; of the open ones a third is old, a fifth overdue, a tenth waits for its reporter.
_FILL = """
INSERT INTO cases (tenant_id, id, code, service_id, service_version, state, waits_for, outcome, seq, unit_id, assignee_id, region,
  latitude, longitude, landmark, channel, anonymity, visibility, summary, data, filed_at, changed_at, state_since, overdue_at,
  timers_done, reopened, closed_at)
SELECT %(tenant)s,
  (lpad(to_hex((extract(epoch FROM f) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
    || '8' || substr(md5(n::text), 4, 15))::uuid,
  %(digits)s || '-' || upper(substr(md5('a' || n), 1, 5)) || '-' || upper(substr(md5('b' || n), 1, 5)) || '-' || n,
  (ARRAY['feedback.pengaduan', 'feedback.pengaduan', 'feedback.usul', 'feedback.permintaan-informasi'])[1 + n %% 4], 1,
  CASE WHEN closed THEN 'selesai' ELSE 'diterima' END, CASE WHEN n %% 10 = 3 THEN 'citizen' ELSE 'staff' END,
  CASE WHEN closed THEN 'done' END, 3, (%(ids)s::uuid[])[1 + (n * 7) %% %(units)s],
  CASE WHEN n %% 3 = 0 THEN (%(members)s::uuid[])[1 + n %% 40] END,
  %(region)s || '.' || lpad((1 + n %% %(districts)s)::text, 2, '0') || '.' || 2001 + (n / 31) %% %(villages)s,
  -6.9 + random() / 10, 107.6 + random() / 10, 'depan balai RT ' || n %% 12, 'web', 'named',
  CASE WHEN n %% 7 = 0 THEN 'private' ELSE 'public' END,
  (ARRAY['Lampu jalan padam', 'Sampah menumpuk di pasar', 'Jalan berlubang', 'Saluran mampet', 'Air keruh'])[1 + n %% 5]
    || CASE WHEN n %% 5000 = 1 THEN ' jembatan ambruk' ELSE ' sejak minggu lalu' END || ' nomor ' || n,
  '{}', f, f, f, CASE WHEN NOT closed AND n %% 5 = 0 THEN f + interval '5 days' END, 0, 0,
  CASE WHEN closed THEN f + interval '6 days' END
FROM (SELECT n, now() - (%(count)s - n) * interval '1000 days' / %(count)s AS f,
  NOT (n %% 75 = 0 OR n > %(count)s * 0.97 AND n %% 10 < 9) AS closed
  FROM generate_series(%(from)s::int, %(to)s::int) n) s
"""


def town(info: PgInfo, count: int) -> Tenant:
    """One region with this many cases, 60 units and 300 villages."""
    with registry_scope() as session:
        made = registry.create_tenant(
            session, key=uuid.uuid4(), slug="bench-inbox", kind="region", region_code="32.73", name="Kota Bench",
            timezone="Asia/Jakarta",
        )  # fmt: skip
        registry.set_status(session, made.id, "active")
    with tenant_scope(made) as session:
        keys.create_tenant_keys(session)
        registry.switch_plugin(session, made.id, "feedback", PluginState.ON)
        members = [add_member(session, f"Petugas {n}") for n in range(40)]
        cases.adopt_admin(session, members[0])
        for key in ("pengaduan", "usul", "permintaan-informasi"):
            catalogue.current_version(session, catalogue.registered()[f"feedback.{key}"])
        _areas(session)
    with psycopg.connect(info.url("postgres"), autocommit=True) as chief:
        values: dict[str, Any] = {
            "tenant": made.id,
            "units": UNITS,
            "districts": DISTRICTS,
            "villages": VILLAGES,
            "count": count,
        }
        chief.execute(_UNITS, values)
        ids = [row[0] for row in chief.execute("SELECT id FROM unit WHERE NOT is_admin AND tenant_id = %s", (made.id,))]
        values |= {"ids": ids, "members": members, "region": "32.73", "digits": "3273"}
        for start in range(1, count + 1, 100_000):
            chief.execute(_FILL, values | {"from": start, "to": min(count, start + 99_999)})
        chief.execute("VACUUM (ANALYZE) cases")
    return made


def _areas(session: TenantSession) -> None:
    for d in range(1, DISTRICTS + 1):
        code = f"32.73.{d:02d}"
        session.add(Area(id=new_id(), code=code, name=f"Kecamatan Suka{d}", kind="kecamatan", parent_code="32.73"))
        for v in range(VILLAGES):
            session.add(Area(code=f"{code}.{2001 + v}", name=f"Desa Mekar{d}x{v}", kind="desa", parent_code=code))


def questions(session: TenantSession) -> dict[str, tuple[Person, Filters]]:
    """What is asked, by an officer of two units and by an admin."""
    rows = driver(session).execute(
        "SELECT id FROM unit WHERE tenant_id = %s AND NOT is_admin LIMIT 3", (session.tenant_id,)
    )
    mine, also, other = (row[0] for row in rows)
    member = driver(session).execute(
        "SELECT id FROM member WHERE tenant_id = %s LIMIT 1 OFFSET 7", (session.tenant_id,)
    )
    me = member.fetchone()[0]  # type: ignore[index]
    may = frozenset({"cases.work"})
    officer = Person("staff", me, permissions=may, units=frozenset({mine, also}))
    admin = Person("staff", me, permissions=may, is_admin=True)
    asked = {
        "unit, open": Filters(),
        "unit, closed": Filters(state="closed"),
        "mine, open": Filters(queue="mine"),
        "all, open": Filters(queue="all"),
        "all, everything": Filters(queue="all", state=""),
        "all, overdue": Filters(queue="all", state="overdue"),
        "all, waiting": Filters(queue="all", state="waiting"),
        "all, reopened (none)": Filters(queue="all", state="reopened"),
        "another unit, open": Filters(queue="all", unit_id=other),
        "service, open": Filters(queue="all", service_id=SERVICE),
        "district, open": Filters(queue="all", region="32.73.07"),
        "district, closed": Filters(queue="all", state="closed", region="32.73.07"),
        "word, common": Filters(queue="all", state="", text="lampu"),
        "word, 1 in 5,000": Filters(queue="all", state="", text="ambruk"),
        "two words, rare": Filters(queue="all", state="", text="lampu ambruk"),
        "word, open": Filters(text="ambruk"),
        "word, none": Filters(queue="all", state="", text="zzz"),
        "place": Filters(queue="all", state="", text="Suka12"),
        "beginning of a code": Filters(queue="all", state="", text="3273-A1B"),
    }
    return {
        f"{who}: {name}": (p, f) for who, p in (("officer", officer), ("admin", admin)) for name, f in asked.items()
    }


def measure(ask: Callable[[], object]) -> tuple[float, float]:
    """(median, slowest of 30) in ms; the first, which may read from disk, is left out."""
    ask()
    taken = []
    for _n in range(ROUNDS):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), max(taken)


def main() -> None:
    """Seed, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the database; a kept one is used again")
    given = parser.parse_args()
    server = stack.ensure_postgres("test")
    name = "bench_inbox"
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as chief:
        known = chief.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    info = server.create_database(name) if known and given.keep else migrated(server, name)
    settings = Settings.from_env({
        **stack.environment("test"), "BALAI_ENV": "test", "BALAI_DATABASE_URL": info.app_url,
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url,
    })  # fmt: skip
    app = create_app(settings)
    with app.app_context():
        _report(app, info, given, seed=not (known and given.keep))
    app.extensions["balai.db"].close()
    if not given.keep:
        server.drop_database(name)


def _report(app: Flask, info: PgInfo, given: argparse.Namespace, *, seed: bool) -> None:
    if seed:
        town(info, given.count)
    with registry_scope() as session:
        tenant = registry.tenant_by_slug(session, "bench-inbox")
    assert tenant is not None
    g.tenant = tenant
    session = app.extensions["balai.db"].session(tenant.id)
    print(
        f"| {given.count:,} cases, first page of 51 | rows | median ms | slowest of {ROUNDS} ms |\n|---|---:|---:|---:|"
    )
    for name, (person, filters) in questions(session).items():
        found = queries.inbox(session, person, filters, limit=51)
        median, worst = measure(lambda p=person, f=filters: queries.inbox(session, p, f, limit=51))  # type: ignore[misc]
        print(f"| {name} | {len(found)} | {median:.1f} | {worst:.1f} |", flush=True)
        if given.explain and not filters.text:
            ask = statements.asked(tenant.id, person, filters, [], None, 51)
            for row in driver(session).execute("EXPLAIN (ANALYZE, COSTS OFF) " + statements.listing(ask), ask.values):
                print("   ", row[0])
    session.close()


if __name__ == "__main__":
    main()
