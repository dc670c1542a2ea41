"""Scenario `memory`: what one web worker holds with all plugins on, after pages and API calls of every kind were asked for."""

import random
from pathlib import Path

from balai.app import create_app
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from bench import cpu, issuer, load, reports, seed

_PAGES = ("/", "/layanan", "/layanan/feedback/pengaduan", "/lacak", "/bantuan", "/privasi", "/masuk", "/api/docs")
_CALLS = ("/api/v1/openapi.json", "/api/v1/services", "/api/v1/regions?limit=100", "/api/v1/plugins", "/api/v1/areas")
_TOWNS = 20


def measure(server: PgInfo, environ: dict[str, str]) -> str:
    """A sentence for the report."""
    sizes = reports.Sizes(workers=2, threads=4)
    database = seed.migrated(server, "bench_memory")
    try:
        with issuer.serve() as signer:
            stage = reports.Stage(database, signer, Path(Instance.named("bench").logs), environ)
            app = create_app(Settings.from_env(stage.balai_environ(sizes)))
            towns = seed.Seeder(database, 200, app).grow(_TOWNS)
            app.extensions["balai.db"].close()
            with reports.contestants(stage, sizes) as (_reference, balai):
                traffic = reports.Traffic(signer, towns)
                for work in reports.WORKS:
                    load.run(balai.port, traffic.requests(work, 600, random.Random(1)))  # noqa: S311 - traffic
                hosts = [f"{town.slug}.localhost:8000" for town in towns]
                pages = [load.request("GET", host, path) for host in hosts for path in (*_PAGES, *_CALLS)]
                load.run(balai.port, pages * 3)
                workers = sorted(balai.workers())
                resident = max(cpu.resident(pid) for pid in workers) / 2**20
                shared = sum(cpu.memory(pid) for pid in workers) / len(workers) / 2**20
    finally:
        database.drop_database(database.database)
    return (
        f"Memory of a web worker after {_TOWNS} regions' pages and API calls, all plugins on: {resident:.0f} MB resident"
        f" ({shared:.0f} MB proportional), limit 200 MB."
    )
