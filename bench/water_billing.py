"""A month's water bills: 100,000 connections, 12 groups of 4 blocks, every customer's name sealed.

python -m bench.water_billing            the run as the worker does it, batch by batch with a commit each; beside bare SQL that
                                         writes a row per line and knows no books, no payer and no invoice; and the comparison
                                         of a draft tariff over the month
"""

import os
import random
import time
from datetime import date, timedelta

import psycopg
from flask import g
from sqlalchemy import func, select

from balai.app import create_app
from balai.clock import now
from balai.db import database, driver, new_id
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.keys import sealer
from balai.settings import Settings
from balai.tenancy import Tenant, tenant_scope
from bench import cpu
from bench.billing import town
from bench.seed import migrated

COUNT = int(os.environ.get("BENCH_BILLS", "100000"))
NAME = f"bench_water_billing_{os.getpid()}"
MONTH = date(2026, 10, 1)
GROUPS = [f"G{n:02d}" for n in range(12)]
_CUSTOMERS = """
INSERT INTO water_customer (tenant_id, id, name, created_at, changed_at)
SELECT %s, c.id, c.name, now(), now() FROM unnest(%s::uuid[], %s::text[]) c (id, name)
"""
_CONNECTIONS = """
INSERT INTO water_connection (tenant_id, id, number, customer_id, group_key, region, route_order, card, state, since, created_at,
  changed_at)
SELECT %s, c.id, lpad(c.n::text, 8, '0'), c.customer_id, c.group_key, '34.02.01', 0,
  CASE WHEN c.n %% 50 = 0 THEN '{"label": "Kartu", "decree": "SK 3", "cubic_metres": 10, "rate": 500}'::jsonb END, 'active',
  '2020-01-01', now(), now()
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[]) c (id, customer_id, n, group_key)
"""
_READINGS = """
INSERT INTO water_reading (tenant_id, id, connection_id, month, previous, stand, use, kind, flags, state, differs, credit, recent,
  client_id, read_at, received_at, note)
SELECT %s, gen_random_uuid(), r.connection_id, %s, 100, 100 + r.use, r.use, 'reader', '{}', 'accepted', false, 0, '{}',
  gen_random_uuid(), now(), now(), ''
FROM unnest(%s::uuid[], %s::int[]) r (connection_id, use)
"""
# What the arithmetic alone costs a database: a row per block and one for the fixed charge.
_BARE = """
CREATE TEMP TABLE bare_line AS
SELECT c.id, b.n, GREATEST(0, LEAST(r.use, b.upto) - b.lower) AS m3,
  GREATEST(0, LEAST(r.use, b.upto) - b.lower) * b.rate AS rupiah
FROM water_connection c JOIN water_reading r ON r.tenant_id = c.tenant_id AND r.connection_id = c.id AND r.month = %(month)s
CROSS JOIN (VALUES (1, 0, 10, 1100), (2, 10, 20, 1480), (3, 20, 30, 2000), (4, 30, 1000000, 2700), (5, 0, 0, 0))
  b (n, lower, upto, rate)
WHERE c.tenant_id = %(tenant)s AND (r.use > b.lower OR b.n = 5)
"""


def table() -> dict[str, object]:
    """12 groups of 4 blocks."""
    return {
        "groups": [
            {"key": key, "label": f"Golongan {key}", "fixed": 11_500, "minimum_use": 10,
             "blocks": [{"upto": upto, "rate": 1000 + 37 * n + step} for upto, step in
                        ((10, 100), (20, 480), (30, 1000), (None, 1700))]}
            for n, key in enumerate(GROUPS)
        ],
        "late_fee": {"percent": 2},
        "stamp_duty": {"above": 5_000_000, "amount": 10_000},
    }  # fmt: skip


def prepare(info: PgInfo, tenant: Tenant) -> None:
    """Customers with sealed names, connections, a closed month of readings: 0 to 60 m3."""
    draw = random.Random(7)  # noqa: S311 - the same month every time
    customers, connections = [new_id() for _ in range(COUNT)], [new_id() for _ in range(COUNT)]
    with tenant_scope(tenant) as session:
        seal = sealer(session, "water_customer")
        names = [seal(f"Pelanggan Nomor {n}", "name", row) for n, row in enumerate(customers)]
        driver(session).execute(
            "INSERT INTO water_period (tenant_id, id, month, state, opened_at, closed_at) VALUES (%s, %s, %s, 'closed', %s, %s)",
            (tenant.id, new_id(), MONTH, now(), now()),
        )
    groups = [GROUPS[min(11, int(draw.expovariate(0.4)))] for _ in range(COUNT)]
    uses = [min(60, int(draw.gammavariate(3, 6))) for _ in range(COUNT)]
    with psycopg.connect(info.url("postgres"), autocommit=True) as chief:
        chief.execute(_CUSTOMERS, (tenant.id, customers, names))
        chief.execute(_CONNECTIONS, (tenant.id, connections, customers, list(range(COUNT)), groups))
        chief.execute(_READINGS, (tenant.id, MONTH, connections, uses))
        chief.execute("VACUUM (ANALYZE) water_customer, water_connection, water_reading")


def adopt(tenant: Tenant) -> None:
    """A tariff from the beginning of the year."""
    from balai_water.tariffs import services

    with tenant_scope(tenant) as session:
        draft = services.save_draft(session, None, table())
        services.adopt(session, draft.id, decree="SK 1", decreed_on=date(2026, 1, 1), valid_from=date(2026, 1, 1),
                       today=date(2026, 11, 1), member_id=None)  # fmt: skip


def bill(info: PgInfo, tenant: Tenant) -> tuple[float, int, float, float]:
    """(seconds from the start of the run to its last commit, steps, seconds of processor time of Python, of the database)."""
    from balai_water.bills import services
    from balai_water.bills.models import Bill
    from balai_water.months import today

    workers = cpu.backends(info.url("postgres"), "balai", info.database)
    before, own = cpu.spent(workers), time.process_time()
    begin, steps = time.perf_counter(), 0
    with tenant_scope(tenant) as session:
        run = services.start(session, MONTH, today() + timedelta(days=20), member_id=None).id
    more = True
    while more:
        # A session of its own for each step, as the worker has.
        session = database().session(tenant.id)
        more = services.step(session, run)
        session.commit()
        session.close()
        steps += 1
    taken, own, there = time.perf_counter() - begin, time.process_time() - own, (cpu.spent(workers) - before) / 1e9
    with tenant_scope(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Bill)) == COUNT
    return taken, steps, own, there


def compare(tenant: Tenant) -> float:
    """Seconds to compare a draft with the tariff that holds, over the whole month."""
    from balai_water.bills import comparing
    from balai_water.tariffs import read_tariff, services

    dearer = table()
    dearer["groups"] = [group | {"fixed": 15_000} for group in dearer["groups"]]
    with tenant_scope(tenant) as session:
        begin = time.perf_counter()
        found = comparing.compare(session, MONTH, services.tariff_on(session, MONTH), read_tariff("D", dearer))
        taken = time.perf_counter() - begin
    assert found.total.count == COUNT
    return taken


def bare(info: PgInfo, tenant: Tenant) -> float:
    """Seconds of the bare statement."""
    with psycopg.connect(info.url("postgres")) as chief:
        begin = time.perf_counter()
        chief.execute(_BARE, {"tenant": tenant.id, "month": MONTH})
        chief.commit()
        return time.perf_counter() - begin


def main() -> None:
    """Fill a database, bill its month, print the lines for docs/performance.md."""
    server = stack.ensure_postgres("test")
    info = migrated(server, NAME)
    settings = Settings.from_env({
        **stack.environment("test"), "BALAI_ENV": "test", "BALAI_DATABASE_URL": info.app_url,
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url,
    })  # fmt: skip
    app = create_app(settings)
    try:
        with app.app_context():
            g.tenant = tenant = town("32.73")
            prepare(info, tenant)
            adopt(tenant)
            print(f"a draft tariff compared over {COUNT:,} connections: {compare(tenant):.1f} s", flush=True)
            print(f"bare SQL, a row per line, no books: {bare(info, tenant):.1f} s", flush=True)
            taken, steps, own, there = bill(info, tenant)
            print(
                f"{COUNT:,} connections billed: {taken:.1f} s in {steps} steps (at most 10 s); processor time {own:.1f} s Python,"
                f" {there:.1f} s database, which work side by side",
                flush=True,
            )
    finally:
        app.extensions["balai.db"].close()
        server.drop_database(NAME)


if __name__ == "__main__":
    main()
