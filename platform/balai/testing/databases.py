"""A fresh, migrated database for each test process; several pytest runs at once never meet in one."""

import os
from pathlib import Path

import psycopg

from balai.db import migrate
from balai.devstack import stack
from balai.devstack.postgres import PgInfo
from balai.places import kemendagri
from balai.plugins import installed_histories


def open_database(worker: str) -> PgInfo:
    """Make `test_<worker>_<pid>`, run every migration, load the list of regions; drops what dead processes left behind."""
    server = stack.ensure_postgres("test")
    _drop_leftovers(server)
    info = server.create_database(f"test_{worker}_{os.getpid()}", replace=True)
    engine = migrate.owner_engine(info.owner_url)
    try:
        migrate.upgrade(engine, [migrate.History.core(), *installed_histories()])
        with engine.begin() as connection:
            kemendagri.load_regions(connection)
    finally:
        engine.dispose()
    return info


def close_database(info: PgInfo) -> None:
    """Drop it."""
    info.drop_database(info.database)


def _drop_leftovers(server: PgInfo) -> None:
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")]
    for name in names:
        pid = name.rpartition("_")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            server.drop_database(name)
