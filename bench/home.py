"""Scenario `home`: a region's home page: bytes of a first visit, and how long the server takes.

python -m bench home
Asked for: at most 60 KB over the wire on the first visit; p50 at most 15 ms, p99 at most 50 ms.
"""

import gzip
import http.client
import re

from balai.app import create_app
from balai.cases.figures import count_figures
from balai.devstack.instance import Instance
from balai.settings import Settings
from balai.tenancy import tenant_scope, tenants
from bench import inbox, load, servers
from bench.seed import PgInfo, migrated

DATABASE = "bench_home"
HOST = "bench-inbox.localhost:8000"
CASES = 50_000
ROUNDS = 3000
MOST_BYTES, P50, P99 = 60_000, 15, 50
# What a page makes a browser fetch: stylesheets, scripts, the icon; and from those, pictures of the look and further modules.
_LINKED = re.compile(r"""(?:<link[^>]+href|<script[^>]+src)="(/[^"]+)\"""")
_INSIDE = re.compile(r"""(?:url\(["']?|\bfrom\s*["']|\bimport\s*["'])([^"')]+)["')]""")


def fetch(port: int, path: str) -> tuple[int, str]:
    """(bytes over the wire with the head, body as text)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": HOST, "Accept-Encoding": "gzip", "Accept-Language": "id"})
    answer = connection.getresponse()
    raw = answer.read()
    head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + 20
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    plain = gzip.decompress(raw) if answer.headers.get("Content-Encoding") == "gzip" else raw
    return len(raw) + head, plain.decode(errors="replace")


def first_visit(port: int) -> dict[str, int]:
    """Path -> bytes of everything that a first visit loads."""
    size, page = fetch(port, "/")
    found, waiting = {"/": size}, [path.replace("&amp;", "&") for path in _LINKED.findall(page)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path], text = fetch(port, path)
        if path.partition("?")[0].endswith((".css", ".js")):
            folder = path.rpartition("/")[0]
            inside = [p for p in _INSIDE.findall(text) if not p.startswith(("data:", "#", "http"))]
            waiting += [p if p.startswith("/") else f"{folder}/{p.removeprefix('./')}" for p in inside]
    return found


def measure(server: PgInfo, environ: dict[str, str]) -> str:
    """A paragraph for the report; ends the run when a target is missed by bytes."""
    info = migrated(server, DATABASE)
    settings = {
        **environ, "BALAI_ENV": "development", "BALAI_DATABASE_URL": info.app_url, "BALAI_DATABASE_POOL": "4",
        "BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_QUEUE_DATABASE_URL": info.queue_url,
    }  # fmt: skip
    try:
        app = create_app(Settings.from_env(settings))
        with app.app_context():
            inbox.town(info, CASES)
            for tenant in tenants():
                with tenant_scope(tenant) as session:
                    count_figures(session, tenant)
        app.extensions["balai.db"].close()
        log = Instance.named("bench").logs / "home.log"
        with servers.granian(
            "balai", "balai.app:create_app", settings, application_name="balai", workers=2, threads=4, log=log
        ) as running:
            raw = load.request("GET", HOST, "/", headers="Accept-Encoding: gzip\r\nAccept-Language: id")
            load.run(running.port, [raw] * 200, connections=2)
            result = load.run(running.port, [raw] * ROUNDS, connections=2)
            visit = first_visit(running.port)
    finally:
        info.drop_database(DATABASE)
    if set(result.statuses) != {200}:
        raise SystemExit(f"home: {result.statuses}")
    total = sum(visit.values())
    if total > MOST_BYTES:
        raise SystemExit(f"the first visit of the home page takes {total:,} bytes: {visit}")
    return (
        f"Home page of a region with {CASES:,} cases: first visit {total / 1000:.1f} KB in {len(visit)} requests (at most 60);"
        f" {ROUNDS} answers over 2 connections p50 {result.quantile(0.5):.1f} ms (at most {P50}),"
        f" p99 {result.quantile(0.99):.1f} ms (at most {P99})."
    )
