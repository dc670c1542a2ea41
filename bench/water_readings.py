"""A month's meter readings from one CSV file: 100,000 connections with three months of history.

python -m bench.water_readings            from the file's bytes to committed readings, and what looking at the file takes before
"""

import os
import random
import time
import uuid
from datetime import date

import psycopg
from flask import g
from sqlalchemy import func, select

from balai.app import create_app
from balai.db import TenantSession, database
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from balai.tenancy import Tenant, tenant_scope
from bench.billing import town
from bench.seed import migrated

COUNT = int(os.environ.get("BENCH_READINGS", "100000"))
NAME = f"bench_readings_{os.getpid()}"
MONTHS = [date(2026, month, 1) for month in (7, 8, 9, 10)]
_CUSTOMER = (
    "INSERT INTO water_customer (tenant_id, id, created_at, changed_at) VALUES (%(tenant)s, %(customer)s, now(), now())"
)
_CONNECTIONS = """
INSERT INTO water_connection (tenant_id, id, number, customer_id, group_key, region, route_order, state, created_at, changed_at)
SELECT %(tenant)s, gen_random_uuid(), lpad(n::text, 8, '0'), %(customer)s, 'rt-a', '34.02.01', n, 'active', now(), now()
FROM generate_series(1, %(count)s::int) n
"""
_METERS = """
INSERT INTO water_meter (tenant_id, id, connection_id, serial, digits, initial, installed_on)
SELECT tenant_id, gen_random_uuid(), id, number, 5, 100, '2020-01-01' FROM water_connection WHERE tenant_id = %(tenant)s
"""


def prepare(info: PgInfo, tenant: Tenant) -> None:
    """Connections with a meter each, straight into the database."""
    values = {"tenant": tenant.id, "customer": uuid.uuid4(), "count": COUNT}
    with psycopg.connect(info.url("postgres"), autocommit=True) as chief:
        for statement in (_CUSTOMER, _CONNECTIONS, _METERS):
            chief.execute(statement, values)
        chief.execute("VACUUM (ANALYZE) water_connection, water_meter")


def table(month: date, number: int, *, bad: int = 0) -> bytes:
    """The file of a month, as a spreadsheet saves it: 5 to 40 m3 a month, `bad` lines of it wrong."""
    draw = random.Random(7)  # noqa: S311 - the same file every time
    lines = ["nomor;bulan;stand;tanggal"]
    for n in range(1, COUNT + 1):
        stand = 100 + number * (10 + draw.randrange(20)) + draw.randrange(4)
        shown = f"{stand},5" if n <= bad else str(stand)
        lines.append(f"{n:08d};{month:%Y-%m};{shown};{draw.randrange(1, 28):02d}/{month:%m/%Y}")
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def take(tenant: Tenant, data: bytes, *, bad: int = 0) -> tuple[float, float]:
    """(seconds from bytes to commit, seconds of them to read and judge the lines)."""
    from balai_water.readings.tables import KIND
    from balai_water.register.services import By

    session: TenantSession = database().session(tenant.id)
    start = time.perf_counter()
    reading = KIND.read(session, data)
    looked = time.perf_counter() - start
    assert len(reading.faults) == bad, reading.told()[:3]
    done = KIND.store(session, reading.rows, By(None))
    session.commit()
    taken = time.perf_counter() - start
    assert done["new"] == COUNT - bad, done
    session.close()
    return taken, looked


def main() -> None:
    """Fill a database, take four months in, print the table."""
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
            print(*run(info, tenant), sep="\n", flush=True)
    finally:
        app.extensions["balai.db"].close()
        server.drop_database(NAME)


def run(info: PgInfo, tenant: Tenant) -> list[str]:
    """Lines for docs/performance.md."""
    from balai_water.readings.models import Reading
    from balai_water.readings.periods import open_period

    with tenant_scope(tenant) as session:
        for month in MONTHS:
            open_period(session, month)
    prepare(info, tenant)
    lines = []
    for number, month in enumerate(MONTHS, 1):
        bad = 3 if month == MONTHS[-1] else 0
        taken, looked = take(tenant, table(month, number, bad=bad), bad=bad)
        lines.append(f"{COUNT:,} readings of month {number}: {taken:.1f} s ({looked:.1f} s of it reading the file)")
    with tenant_scope(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Reading)) == COUNT * len(MONTHS) - bad
    return lines


if __name__ == "__main__":
    main()
