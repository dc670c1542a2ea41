"""Money at size: issue a month's invoices at once; the ageing report over a million of them.

python -m bench.billing issue            100,000 invoices from prepared amounts
python -m bench.billing ageing           the report over 1,000,000 invoices, from roll-ups, beside the same counted from the rows
"""

import argparse
import os
import statistics
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import psycopg
from flask import g

from balai import billing, keys
from balai.app import create_app
from balai.billing import InvoiceDraft, InvoiceLine, LateFee, Payer, reports
from balai.billing.days import today
from balai.billing.queries import figures
from balai.db import TenantSession, driver
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from balai.tenancy import Tenant, registry_scope, tenant_scope
from balai.tenancy import queries as registry
from bench import cpu
from bench.seed import migrated

ISSUED, OWED, ROUNDS = 100_000, 1_000_000, 20
NAME = f"bench_billing_{os.getpid()}"
# What a superuser writes to have a million invoices of five years: a third paid, most of the rest long overdue.
_FILL = """
INSERT INTO invoice (tenant_id, id, series, year, serial, subject_kind, subject_id, lines, total, applied, issued_on, due_on,
  next_due_on, transaction_id, link_hash, issued_at)
SELECT %(tenant)s, gen_random_uuid(), (ARRAY['AIR', 'SAMPAH', 'PASAR', 'PARKIR', 'SEWA'])[1 + n %% 5], 2000 + n %% 25, n,
  'bench', n::text, '[]', 50000 + n %% 1000, CASE WHEN n %% 3 = 0 THEN 50000 + n %% 1000 ELSE 0 END,
  d - 20, d, d, gen_random_uuid(), '', now()
FROM (SELECT n, current_date + 20 - n %% 1800 AS d FROM generate_series(%(from)s::int, %(to)s::int) n) s
"""
_COUNTED = """
SELECT series, width_bucket(%s - next_due_on, %s), sum(outstanding), count(*) FROM invoice
WHERE tenant_id = %s AND outstanding <> 0 GROUP BY 1, 2
"""


def drafts(session: TenantSession, count: int) -> list[InvoiceDraft]:
    """Amounts as a water plugin prepares them: two lines, a tariff's reason, a late fee."""
    due = today(session) + timedelta(days=20)
    rule = LateFee("percent", 100, decree="Perda 3/2024")
    reason = {"tariff": "Rumah tangga A", "tariff_version": "2026-01", "decree": "Perwal 12/2025"}
    return [
        InvoiceDraft(
            "AIR", "water.bill", str(uuid.UUID(int=n)), Payer(f"Pelanggan {n}"),
            [InvoiceLine("Pemakaian air", 20 * 1100, "pendapatan.air", 20, 1100, "m3", reason),
             InvoiceLine("Beban tetap", 11_500, "pendapatan.beban", reason=reason)],
            due, rule,
        )
        for n in range(count)
    ]  # fmt: skip


def issue(tenant: Tenant) -> tuple[float, float, float, float]:
    """(seconds to issue ISSUED invoices and commit, seconds of it inside the call, processor seconds here, in the database)."""
    with tenant_scope(tenant) as session:
        billing.open_account(session, "pendapatan.air", "Air minum", "income")
        billing.open_account(session, "pendapatan.beban", "Beban tetap", "income")
        prepared = drafts(session, ISSUED)
    session = driverless(tenant)
    sides = {os.getpid()}, {driver(session).info.backend_pid}
    before = [cpu.spent(side) for side in sides]
    start = time.perf_counter()
    made = billing.issue_many(session, prepared)
    inside = time.perf_counter() - start
    session.commit()
    taken = time.perf_counter() - start
    here, there = ((cpu.spent(side) - known) / 1e9 for side, known in zip(sides, before, strict=True))
    assert made[-1].number.endswith(f"{ISSUED:06d}")
    session.close()
    return taken, inside, here, there


def driverless(tenant: Tenant) -> TenantSession:
    """A session of its own."""
    from balai.db import database

    return database().session(tenant.id)


def ageing(tenant: Tenant, info: PgInfo) -> tuple[float, float, float]:
    """Median ms of the report: from roll-ups, from roll-ups with 100,000 deltas waiting, counted from the rows."""
    with psycopg.connect(info.url("postgres"), autocommit=True) as chief:
        for start in range(1, OWED + 1, 100_000):
            chief.execute(_FILL, {"tenant": tenant.id, "from": start, "to": start + 99_999})
        with tenant_scope(tenant) as session:
            figures.fold(session)
        chief.execute("VACUUM (ANALYZE) invoice, billing_figure, billing_delta")
        session = driverless(tenant)
        day = today(session)
        folded = measure(lambda: reports.ageing(session, day))
        counted = measure(
            lambda: driver(session).execute(_COUNTED, (day, list(reports.LIMITS), tenant.id)).fetchall(), 3
        )
        assert reports.ageing(session, day)[-1].count == OWED - OWED // 3
        session.rollback()
        chief.execute(
            "INSERT INTO billing_delta (tenant_id, kind, day, key, debit, credit, count)"
            " SELECT %s, 'receivable', current_date - n %% 900, 'AIR', -1, 0, 0 FROM generate_series(1, 100000) n",
            (tenant.id,),
        )
        waiting = measure(lambda: reports.ageing(session, day))
        session.close()
    return folded, waiting, counted


def measure(ask: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median ms, the first left out."""
    ask()
    taken = []
    for _n in range(rounds):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def town(code: str) -> Tenant:
    """One region with its keys."""
    with registry_scope() as session:
        made = registry.create_tenant(
            session, key=uuid.uuid4(), slug=f"bench-{uuid.uuid4().hex[:8]}", kind="region", region_code=code,
            name="Kota Bench", timezone="Asia/Jakarta",
        )  # fmt: skip
        registry.set_status(session, made.id, "active")
    with tenant_scope(made) as session:
        keys.create_tenant_keys(session)
    return made


def main() -> None:
    """Run what is named, both by default; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[[], "issue", "ageing"])
    wanted = parser.parse_args().scenario or ["issue", "ageing"]
    server = stack.ensure_postgres("test")
    info = migrated(server, NAME)
    settings = Settings.from_env({
        **stack.environment("test"), "BALAI_ENV": "test", "BALAI_DATABASE_URL": info.app_url,
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url,
    })  # fmt: skip
    app = create_app(settings)
    try:
        with app.app_context():
            print(*run(info, wanted), sep="\n")
    finally:
        app.extensions["balai.db"].close()
        server.drop_database(NAME)


def run(info: PgInfo, wanted: list[str]) -> list[str]:
    """Lines for docs/performance.md."""
    lines = []
    g.tenant = tenant = town("32.73")
    if "issue" in wanted:
        taken, inside, here, there = issue(tenant)
        lines.append(
            f"{ISSUED:,} invoices issued and committed in {taken:.1f} s ({inside:.1f} s before the commit); processor time"
            f" {here:.1f} s in Python, {there:.1f} s in the database, side by side"
        )
    if "ageing" in wanted:
        g.tenant = tenant = town("32.74")
        folded, waiting, counted = ageing(tenant, info)
        lines.append(
            f"ageing over {OWED:,} invoices: {folded:.1f} ms from roll-ups, {waiting:.1f} ms with 100,000 changes not folded in"
            f" yet, {counted:.0f} ms counted from the rows"
        )
    return lines


if __name__ == "__main__":
    main()
