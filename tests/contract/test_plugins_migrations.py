"""Migrations: up, down to the base, up; model and database agree; with plugins absent; with data; from an installed wheel."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, text

from balai import plugins
from balai.db import migrate
from balai.testing.schema import disagreements, owner_of, scratch_database, tables

ROOT = Path(__file__).parents[2]
FIRST = """
import sqlalchemy as sa
from alembic import op
from balai.api import tenant_index, tenant_table

revision = "air_0001"
down_revision = None

def upgrade():
    tenant_table(op, "air_meter", sa.Column("number", sa.Text(), nullable=False))
    tenant_index(op, "air_meter_number", "air_meter", "number", unique=True)

def downgrade():
    op.drop_table("air_meter")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "air_0002"
down_revision = "air_0001"

def upgrade():
    op.add_column("air_meter", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE air_meter SET note = 'lama' || number")

def downgrade():
    op.drop_column("air_meter", "note")
"""


@pytest.fixture
def air(workshop):
    workshop.add("air", files={"migrations/0001_meter.py": FIRST, "migrations/0002_note.py": SECOND})
    return workshop


def _histories():
    return [migrate.History.core(), *plugins.installed_histories()]


def _names(histories):
    return [history.name for history in histories]


@pytest.fixture
def scratch():
    with scratch_database(f"scratch_{os.getpid()}_plugins") as info, owner_of(info) as engine:
        yield info, engine


def test_up_down_to_the_base_and_up_again(air, scratch):
    _info, engine = scratch
    histories = _histories()
    assert "air" in _names(histories)
    moved = migrate.upgrade(engine, histories)
    assert "air: empty -> air_0002" in moved
    assert migrate.upgrade(engine, histories) == []
    full = tables(engine)
    for history in reversed(histories):
        migrate.downgrade(engine, history)
        assert migrate.current(engine, history) is None
    assert {name for name in tables(engine) if not name.startswith("alembic_version")} == set()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")) == 0
        schemas = set(inspect(connection).get_schema_names())
    assert not schemas & {"jobs", "registry"}
    migrate.upgrade(engine, histories)
    assert tables(engine) == full


def test_model_and_migration_agree(app, database):
    assert app  # every model of core and plugins is imported by now
    names = [plugin.name for plugin in plugins.manager(app).installed]
    with owner_of(database) as engine:
        for owner in ("balai", *names):
            assert disagreements(engine, owner, names) == [], owner


def test_a_disagreement_is_noticed(scratch, app):
    _info, engine = scratch
    migrate.upgrade(engine, [migrate.History.core()])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE plugin_setting DROP COLUMN dpia"))
        connection.execute(text("CREATE TABLE stray (id int)"))
    found = str(disagreements(engine, "balai", [p.name for p in plugins.manager(app).installed]))
    assert "dpia" in found
    assert "stray" in found


def test_the_core_upgrades_with_a_plugins_package_absent(air, scratch):
    _info, engine = scratch
    core = migrate.History.core()
    migrate.upgrade(engine, [core, *plugins.installed_histories()])
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO air_meter (tenant_id, id, number) VALUES (1, gen_random_uuid(), 'a')"))
    migrate.downgrade(engine, core, "-1")  # an older core, to have something to upgrade
    air.remove("air")
    assert "air" not in _names(_histories())
    assert migrate.upgrade(engine, _histories())[0].startswith("balai:")
    with engine.connect() as connection:  # its data stays
        assert connection.scalar(text("SELECT count(*) FROM air_meter")) == 1
    air.add("air", files={"migrations/0001_meter.py": FIRST, "migrations/0002_note.py": SECOND})
    assert migrate.upgrade(engine, _histories()) == []  # it finds its table where it left it


def test_an_upgrade_reaches_the_data_of_every_region(air, scratch):
    _info, engine = scratch
    (history,) = [h for h in plugins.installed_histories() if h.name == "air"]
    migrate.upgrade(engine, [migrate.History.core()])
    migrate.upgrade(engine, [history], "air_0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO air_meter (tenant_id, id, number) SELECT t, gen_random_uuid(), t FROM generate_series(1, 3) t"
            )
        )
    migrate.upgrade(engine, [history])
    with engine.connect() as connection:
        notes = set(connection.scalars(text("SELECT note FROM air_meter")))
    assert notes == {"lama1", "lama2", "lama3"}


def test_every_step_of_the_core_upgrades_a_database_with_regions(scratch):
    _info, engine = scratch
    core = migrate.History.core()
    migrate.upgrade(engine, [core], "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO registry.region VALUES ('99', 'Uji', 'provinsi', NULL, 'Asia/Jakarta', true, 'uji', 'uji')"
            )
        )
        connection.execute(
            text("SELECT registry.create_tenant(gen_random_uuid(), 'uji', 'region', '99', 'Uji', 'Asia/Jakarta')")
        )
    migrate.upgrade(engine, [core])
    assert migrate.current(engine, core) == migrate.head(core)


def test_upgrade_time_does_not_grow_with_regions(scratch):
    """One schema for all: 552 regions may not cost more than one, but for noise."""
    _info, engine = scratch
    core = migrate.History.core()

    def seconds():
        migrate.downgrade(engine, core, "0001")
        started = time.perf_counter()
        migrate.upgrade(engine, [core])
        return time.perf_counter() - started

    def add(first, last):
        numbers = f"FROM generate_series({first}, {last}) n"
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO registry.region (code, name, kind, timezone, search_name, list_version)"
                    f" SELECT 'z' || n, 'Uji', 'provinsi', 'Asia/Jakarta', 'uji', 'uji' {numbers}"
                )
            )
            made = "gen_random_uuid(), 'z' || n, 'region', 'z' || n, 'Uji', 'Asia/Jakarta'"
            connection.execute(text(f"SELECT registry.create_tenant({made}) {numbers}"))

    migrate.upgrade(engine, [core])
    add(1, 1)
    one = min(seconds() for _ in range(2))
    add(2, 552)
    many = seconds()
    # The machine is shared: what one quiet try shows is enough, and work for each region would show in every one.
    for _try in range(10):
        if many < 2 * one + 0.2:
            break
        many = min(many, seconds())
    assert many < 2 * one + 0.2, f"1 region {one:.2f} s, 552 regions {many:.2f} s"


def test_a_plugins_migrations_are_kept_out_with_it(workshop):
    workshop.add("air", "1/0", files={"migrations/0001_meter.py": FIRST})
    assert "air" not in _names(_histories())


def test_from_an_installed_wheel_in_an_empty_directory(tmp_path, scratch):
    info, _engine = scratch
    env = {k: v for k, v in os.environ.items() if not k.startswith(("BALAI_", "PYTHON"))}
    run = lambda *a, **k: subprocess.run(a, check=True, env=env, capture_output=True, text=True, **k)  # noqa: E731
    wheels = tmp_path / "wheels"
    run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels,
        ROOT / "platform", ROOT / "plugins" / "feedback",
    )  # fmt: skip
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--no-deps", *wheels.glob("*.whl"))
    # The libraries are those of the lock, already installed here; only Balai itself must come from the wheel.
    (site,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    libraries = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "zz_libraries.pth").write_text(f"{libraries}\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    where = run(python, "-c", "import balai; print(balai.__file__)", cwd=empty).stdout
    assert where.startswith(str(site)), where
    env |= {"BALAI_OWNER_DATABASE_URL": info.owner_url, "BALAI_DATABASE_URL": info.app_url}
    run(tmp_path / "venv" / "bin" / "balai", "db", "upgrade", cwd=empty)
    with psycopg.connect(info.owner_url) as owner:
        (revision,) = owner.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == migrate.head(migrate.History.core())
    assert list(empty.iterdir()) == []
