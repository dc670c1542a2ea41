"""Scenario `public`: the public list, its filters, the map and its API in one region with a million cases, over HTTP.

python -m bench.public                    a million cases (some minutes to seed)
python -m bench.public --count 100000 --rounds 50
Asked for: p95 of the list at most 60 ms.
"""

import argparse
import random

import psycopg

from balai.app import create_app
from balai.devstack import postgres, stack
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from bench import inbox, load, servers
from bench.__main__ import _environ
from bench.seed import migrated

DATABASE = "bench_public"
HOST = "bench-inbox.localhost:8000"
TARGET_MS = 60
# Six of seven are public, all of those published; published an hour after they were filed.
_PUBLISH = """
UPDATE cases SET published_at = filed_at + interval '1 hour', moderated_at = filed_at + interval '1 hour',
  coarse_latitude = round((floor(latitude / 0.0025) + 0.5)::numeric * 0.0025, 6),
  coarse_longitude = round((floor(longitude / 0.0025) + 0.5)::numeric * 0.0025, 6),
  supporters = CASE WHEN cases.service_id = 'feedback.usul' THEN (random() * 200)::int ELSE 0 END,
  data = '{"bidang": "lampu"}', service_version = v.version
FROM (SELECT tenant_id, service_id, max(version) AS version FROM service_version GROUP BY 1, 2) v
WHERE visibility = 'public' AND published_at IS NULL AND v.tenant_id = cases.tenant_id AND v.service_id = cases.service_id
"""
PAGES = {
    "list": "/laporan",
    "list, one service": "/laporan?layanan=feedback.pengaduan",
    "list, a topic of it": "/laporan?layanan=feedback.pengaduan&topik=lampu",
    "list, a district": "/laporan?wilayah=32.73.07",
    "list, still open": "/laporan?keadaan=berjalan",
    "list, closed in a district": "/laporan?wilayah=32.73.07&keadaan=selesai",
    "list, deep inside": "/laporan?sebelum={deep}",
    "map": "/peta",
    "ideas": "/usul",
    "ideas, most supported": "/usul?urut=dukungan",
    "API, 50 rows": "/api/v1/reports",
    "API, cells": "/api/v1/reports/cells",
}


def seeded(server: PgInfo, environ: dict[str, str], count: int) -> PgInfo:
    """A database of its own with one region full of published reports."""
    info = migrated(server, DATABASE)
    app = create_app(Settings.from_env(balai_environ(info, environ)))
    with app.app_context():
        inbox.town(info, count)
    app.extensions["balai.db"].close()
    with psycopg.connect(info.url("postgres"), autocommit=True) as chief:
        chief.execute(_PUBLISH)
        chief.execute("VACUUM (ANALYZE) cases")
        chief.execute("CHECKPOINT")
    return info


def balai_environ(info: PgInfo, environ: dict[str, str], **more: str) -> dict[str, str]:
    """Settings of the server that is measured."""
    return {
        **environ, "BALAI_ENV": "development", "BALAI_DATABASE_URL": info.app_url, "BALAI_DATABASE_POOL": "4",
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url, **more,
    }  # fmt: skip


def measure(info: PgInfo, environ: dict[str, str], rounds: int) -> list[tuple[str, load.Result]]:
    """Each page asked for `rounds` times over two connections, in mixed order; the first answers warm up and don't count."""
    with psycopg.connect(info.url("postgres")) as chief:
        row = chief.execute(
            "SELECT published_at, code FROM cases WHERE published_at IS NOT NULL ORDER BY published_at OFFSET 1000 LIMIT 1"
        ).fetchone()
    assert row is not None
    deep = f"{row[0].isoformat()}_{row[1]}".replace("+", "%2B")
    log = Instance.named("bench").logs / "public.log"
    found = []
    with servers.granian(
        "balai", "balai.app:create_app", balai_environ(info, environ), application_name="balai", workers=2, threads=4, log=log
    ) as running:  # fmt: skip
        for name, path in PAGES.items():
            raw = load.request("GET", HOST, path.format(deep=deep), headers="Accept-Encoding: gzip")
            load.run(running.port, [raw] * 20, connections=2)
            result = load.run(running.port, [raw] * rounds, connections=2)
            if set(result.statuses) != {200}:
                raise SystemExit(f"{name}: {result.statuses}")
            found.append((name, result))
    return found


def main() -> None:
    """Seed, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    random.seed(1)
    was_running = postgres.running_port(Instance.named("bench")) is not None
    server = stack.ensure_postgres("bench")
    try:
        info = seeded(server, _environ(), given.count)
        print(f"| {given.count:,} cases | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|")
        for name, result in measure(info, _environ(), given.rounds):
            p50, p95, p99 = (result.quantile(share) for share in (0.5, 0.95, 0.99))
            print(f"| {name} | {p50:.1f} | {p95:.1f} | {p99:.1f} |", flush=True)
        info.drop_database(DATABASE)
    finally:
        if not was_running:
            stack.stop("bench")


if __name__ == "__main__":
    main()
