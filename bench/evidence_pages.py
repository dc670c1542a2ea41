"""The evidence pages of a region with five years behind it, over HTTP: the second half of scenario `evidence`."""

import psycopg
from flask import Flask, g

from balai.admin.demo import proof
from balai.app import create_app
from balai.clock import now
from balai.db import TenantSession
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo
from balai.evidence.verdicts.services import judge_all
from balai.places import Area
from balai.places.models import PlaceCount
from balai.settings import Settings
from balai.tenancy import Tenant, tenant_scope, tenants
from balai.testing.acting import act_as
from balai.testing.probe import client_on
from bench import load, servers
from bench.public import balai_environ

DISTRICTS = 30
CASES = 150_000
# Five years: 150,000 cases, their months by service, district and topic, and the verdicts of every month.
_FILL = (
    """
INSERT INTO fact_case (tenant_id, case_id, service_id, district, topic, topic_by, channel, assisted, pseudonym, year, asked_month,
  ended_at, ended_month, outcome, abandoned, worked, units)
SELECT %(tenant)s, gen_random_uuid(), (ARRAY['feedback.pengaduan', 'feedback.usul', 'feedback.permintaan-informasi'])[1 + n %% 3],
  %(code)s || '.' || lpad((1 + n %% %(districts)s)::text, 2, '0'), (ARRAY['air', 'jalan', 'sampah', 'lampu'])[1 + n %% 4], '',
  'web', false, md5((n %% 60000)::text), extract(year FROM m), m, m + interval '9 days', m, 'done', false,
  86400 * (1 + n %% 20), 1
FROM (SELECT n, CAST(date_trunc('month', now()) - (n %% 60 + 1) * interval '1 month' AS date) AS m
  FROM generate_series(1, %(cases)s) n) s
""",
    """
INSERT INTO fact_month (tenant_id, service_id, district, month, asked, known, people, assisted, ended, completed, abandoned, late,
  overdue, reopened, rated, satisfied, stars, units, half, most, channels)
SELECT tenant_id, service_id, coalesce(district, ''), asked_month, count(*), count(*), count(DISTINCT pseudonym), 0, count(*),
  count(*), 0, 0, 0, 0, 0, 0, 0, count(*), 86400, 864000, '{"web": 1}'
FROM fact_case WHERE tenant_id = %(tenant)s
GROUP BY GROUPING SETS ((tenant_id, service_id, asked_month, district), (tenant_id, service_id, asked_month))
""",
    """
INSERT INTO fact_need (tenant_id, topic, district, month, asked, ended, in_time, overdue)
SELECT tenant_id, topic, coalesce(district, ''), asked_month, count(*), count(*), count(*), 0
FROM fact_case WHERE tenant_id = %(tenant)s
GROUP BY GROUPING SETS ((tenant_id, topic, asked_month, district), (tenant_id, topic, asked_month))
""",
)
_VERDICTS = """
INSERT INTO verdict (tenant_id, id, subject, kind, title, month, verdict, action, reasons, figures, rules, made_at)
SELECT tenant_id, gen_random_uuid(), subject, kind, title, CAST(month - n * interval '1 month' AS date), verdict, action, reasons,
  figures, rules, made_at FROM verdict CROSS JOIN generate_series(1, 59) n WHERE tenant_id = %(tenant)s
"""


def measure(database: PgInfo, environ: dict[str, str], rounds: int) -> None:
    """Print p50 and p95 of each page, asked for one after the other over two connections."""
    app = create_app(Settings.from_env(balai_environ(database, environ)))
    try:
        tenant, verdict, cookie = _fill(app, database)
    finally:
        app.extensions["balai.db"].close()
    host, header = f"{tenant.slug}.localhost:8000", f"Accept-Encoding: gzip\r\nCookie: __Host-balai={cookie}"
    print(f"| {CASES:,} cases in 5 years, {DISTRICTS} districts | p50 ms | p95 ms |\n|---|---:|---:|")
    with servers.granian(
        "balai", "balai.app:create_app", balai_environ(database, environ), application_name="balai", workers=2, threads=4,
        log=Instance.named("bench").logs / "evidence.log",
    ) as running:  # fmt: skip
        for path in (
            "/kelola/manfaat", f"/kelola/manfaat/{verdict}", "/kelola/manfaat/kebutuhan", "/manfaat",
            "/manfaat/layanan/feedback/pengaduan", "/manfaat/kebutuhan", "/manfaat/uji-coba",
        ):  # fmt: skip
            raw = load.request("GET", host, path, headers=header)
            load.run(running.port, [raw] * 10, connections=2)
            result = load.run(running.port, [raw] * rounds, connections=2)
            if set(result.statuses) != {200}:
                raise SystemExit(f"{path}: {result.statuses}")
            name = path.replace(verdict, "<id>")
            print(f"| {name} | {result.quantile(0.5):.1f} | {result.quantile(0.95):.1f} |", flush=True)


def _fill(app: Flask, database: PgInfo) -> tuple[Tenant, str, str]:
    """The region, a verdict's id, a leader's cookie."""
    with app.app_context():
        tenant = g.tenant = tenants()[0]
        with tenant_scope(tenant) as session:
            _enter(session, tenant.region_code or "")
        given = {"tenant": tenant.id, "code": tenant.region_code, "districts": DISTRICTS, "cases": CASES}
        with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
            for table in ("fact_case", "fact_month", "fact_need"):
                connection.execute(f"DELETE FROM {table} WHERE tenant_id = %s", (tenant.id,))
            for statement in _FILL:
                connection.execute(statement, given)
            connection.execute("VACUUM (ANALYZE)")
        with tenant_scope(tenant) as session:
            verdict = str(next(r.id for r in judge_all(session) if r.subject == "feedback.pengaduan"))
        with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
            connection.execute(_VERDICTS, given)
            connection.execute("VACUUM (ANALYZE) verdict")
    client = client_on(app, tenant)
    act_as(client, tenant, "leader", name="Pimpinan Bench")
    cookie = next(c.value for c in (client._cookies or {}).values() if c.key == "__Host-balai")  # noqa: SLF001 - no getter names them all
    return tenant, verdict, cookie


def _enter(session: TenantSession, code: str) -> None:
    year = now().year
    for number in range(2, DISTRICTS + 1):
        district = f"{code}.{number:02d}"
        session.add(Area(code=district, name=f"Kecamatan {number}", kind="kecamatan", parent_code=code))
        session.add(PlaceCount(code=district, subject="penduduk", year=year - 1, size=40_000, source="bench"))
    session.add(PlaceCount(code=code, subject="penduduk", year=year - 1, size=40_000 * DISTRICTS, source="bench"))
    session.flush()
    for back in range(5):
        proof._enter(session, "biaya", [{**row, "tahun": year - back} for row in proof.given()["costs"]])  # noqa: SLF001 - as the demo does
    proof._enter(session, "aplikasi", [{**row, "tahun": year} for row in proof.given()["apps"]])  # noqa: SLF001 - as the demo does
