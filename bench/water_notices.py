"""An outage notice to 50,000 connections: matched, written down and queued in the officer's own request.

python -m bench.water_notices            announcing, extending and ending one outage; the first is what has a limit (5 s)
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
from flask import g

from balai import keys
from balai.app import create_app
from balai.clock import now
from balai.contracts import PluginState
from balai.db import TenantSession, driver, new_id
from balai.devstack import stack
from balai.notify.models import Gateway
from balai.places import Area
from balai.settings import Settings
from balai.tenancy import Tenant, tenant_scope
from balai.tenancy import queries as registry
from balai_water.outages import services
from balai_water.outages.plans import Plan
from balai_water.outages.selection import Selection
from bench import cpu
from bench.billing import town
from bench.seed import migrated

CONNECTIONS = 50_000
VILLAGES = 75
NAME = f"bench_water_notices_{os.getpid()}"
_CUSTOMERS = """
INSERT INTO water_customer (tenant_id, id, phone, created_at, changed_at)
SELECT $1, c.id, c.phone, now(), now() FROM unnest($2::uuid[], $3::text[]) c (id, phone)
"""
_CONNECTIONS = """
INSERT INTO water_connection (tenant_id, id, number, customer_id, group_key, region, latitude, longitude, route_order, priority,
  state, created_at, changed_at)
SELECT $1, c.id, lpad(c.n::text, 8, '0'), c.customer_id, 'ra', c.region, -7.9 + (c.n % 300) * 0.001, 110.2 + (c.n % 200) * 0.001,
  0, CASE WHEN c.n % 5000 = 0 THEN 'hospital' END, 'active', now(), now()
FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[]) c (id, customer_id, n, region)
"""


def furnish(tenant: Tenant) -> list[str]:
    """A utility of CONNECTIONS with phones, a gateway and villages; codes of the villages."""
    villages = [f"34.02.{1 + n // 5:02d}.{2001 + n % 5}" for n in range(VILLAGES)]
    with tenant_scope(tenant) as session:
        registry.switch_plugin(session, tenant.id, "water", PluginState.ON)
        for code in villages:
            session.add(Area(code=code, name=f"Desa {code}", kind="desa", parent_code=code[:8]))
        session.add(Gateway(channel="sms", switched_on=True, config={}))
        session.flush()
        _fill(session, villages)
    return villages


def _fill(session: TenantSession, villages: list[str]) -> None:
    seal = keys.sealer(session, "water_customer")
    customers = [new_id() for _ in range(CONNECTIONS)]
    phones = [seal(f"+62812{n:08d}", "phone", customer) for n, customer in enumerate(customers)]
    cursor = psycopg.RawCursor(driver(session))
    cursor.execute(_CUSTOMERS, (session.tenant_id, customers, phones))
    numbers = list(range(CONNECTIONS))
    regions = [villages[n % VILLAGES] for n in numbers]
    cursor.execute(_CONNECTIONS, (session.tenant_id, [new_id() for _ in numbers], customers, numbers, regions))


def timed(tenant: Tenant, act: Callable[[TenantSession], int]) -> str:
    """How many messages an act wrote, seconds until it was committed, and processor time of Python and of the database."""
    begin, python = time.perf_counter(), time.process_time()
    with tenant_scope(tenant) as session:
        pid = driver(session).info.backend_pid
        database = cpu.spent([pid])
        sent = act(session)
        session.commit()
        database = cpu.spent([pid]) - database
    taken, python = time.perf_counter() - begin, time.process_time() - python
    return (
        f"{sent:,} messages written and queued in {taken:.2f} s"
        f" (processor: {python:.2f} s Python, {database / 1e9:.2f} s database)"
    )


def run(tenant: Tenant) -> list[str]:
    """Lines for docs/performance.md."""
    villages = furnish(tenant)
    drawn = [[(110.0, -8.2), (110.6, -8.2), (110.6, -7.4), (110.0, -7.4)]]
    half = Selection(villages=tuple(villages[::2]))
    everything = Selection(villages=tuple(villages), shapes=(drawn,))
    begun, back = now() - timedelta(minutes=20), now() + timedelta(hours=6)
    lines = []
    with tenant_scope(tenant) as session:
        outage = services.prepare(session, Plan("sudden", "pump", begun, back, everything), member=None).id
    later = Plan("sudden", "pump", begun, back + timedelta(hours=2), half)
    acts: list[tuple[str, Callable[[TenantSession], int]]] = [
        ("announced", lambda session: services.announce(session, outage)),
        ("announced a second time", lambda session: services.announce(session, outage)),
        ("half spared, the rest told another time", lambda session: services.change(session, outage, later)),
        ("ended", lambda session: services.end(session, outage, now())),
    ]
    for name, act in acts:
        lines.append(f"{name}: {timed(tenant, act)}")
    return lines


def main() -> None:
    """Print a line for each act."""
    server = stack.ensure_postgres("test")
    info = migrated(server, NAME)
    settings = Settings.from_env({
        **stack.environment("test"), "BALAI_ENV": "test", "BALAI_DATABASE_URL": info.app_url,
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url,
    })  # fmt: skip
    app = create_app(settings)
    try:
        with app.app_context():
            g.tenant = tenant = town("34.02")
            print(*run(tenant), sep="\n")
    finally:
        app.extensions["balai.db"].close()
        server.drop_database(NAME)


if __name__ == "__main__":
    main()
