"""docs/write-a-plugin.md: its plugin is installed, migrated, switched on and used; what it names of the water plugin is there."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

import balai.api
from balai.db import migrate
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.schema import owner_of

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "write-a-plugin.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```\w+ balai_pasar/(\S+)\n(.*?)```", TEXT, re.DOTALL))
WATER = ROOT / "plugins" / "water" / "balai_water"


@pytest.fixture
def pasar(workshop, make_app, database, client_of):
    """The page's plugin, installed and migrated; its table is gone afterwards."""
    assert set(FILES) == {
        "models.py",
        "migrations/0001_stalls.py",
        "pages.py",
        "templates/pasar/stalls.html",
        "plugin.py",
    }
    workshop.add("pasar", manifest=False, files=FILES)
    app = make_app()
    history = migrate.History.plugin("pasar", workshop.folder / "balai_pasar" / "migrations")
    with owner_of(database) as engine:
        migrate.upgrade(engine, [history])
        yield app
        migrate.downgrade(engine, history)
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {history.version_table}"))


def test_its_plugin_works(pasar, regions):
    manager = pasar.extensions["balai.plugins"]
    assert [r.reason for r in manager.refused if r.name == "pasar"] == []
    tenant = regions(plugins=("pasar",))
    client = pasar.test_client()
    client.environ_base["HTTP_HOST"] = f"{tenant.slug}.localhost:8000"
    base = {"base_url": f"http://{tenant.slug}.localhost:8000"}
    act_as(client, tenant, "pasar.clerk")
    addresses = re.findall(r"`(/kelola/(?!pasar)[a-z-]+)`", TEXT)
    assert len(addresses) == 2
    assert set(addresses) <= {rule.rule for rule in pasar.url_map.iter_rules()}
    assert "Belum ada kios" in client.get("/kelola/pasar", **base).text
    given = {"nomor": "007", "pemegang": "Siti Aminah"}
    field = re.search(r'name="_kunci" value="([^"]+)"', client.get("/kelola/pasar", **base).text)
    post = {"data": {**given, "_kunci": field[1]}, "headers": {"Origin": base["base_url"]}, **base}
    assert client.post("/kelola/pasar", **post).status_code == 303
    assert client.post("/kelola/pasar", **post).status_code == 422
    page = client.get("/kelola/pasar", **base).text
    assert "007" in page
    with pasar.app_context(), tenant_scope(tenant) as session:
        stored = session.execute(text("SELECT holder FROM pasar_stall")).scalar_one()
        assert "Siti" not in stored
        assert session.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'pasar.stall_added'")) == 1


def test_what_it_names_is_there():
    for name in re.findall(r"\| .* \| ([^|]*`[^|]*) \|$", TEXT, re.MULTILINE):
        for word in re.findall(r"`@?([a-z_]+)`", name):
            assert hasattr(balai.api, word) or word.startswith(("on_", "register_", "collect_")), word
    for room in re.findall(r"`([a-z]+)/`", TEXT):
        assert (WATER / room).is_dir(), room
    for file in re.findall(
        r"`((?:register|tariffs|readings|losses)/[a-z]+\.py|sheets\.py|cells\.py|months\.py)`", TEXT
    ):
        assert (WATER / file).is_file(), file


def test_its_rooms_import_downwards():
    """The list of rooms, top to bottom, is the order of imports."""
    listed = [re.findall(r"`([a-z]+)/`", row) for row in re.findall(r"^\| (`[a-z]+/`.*?) \|", TEXT, re.MULTILINE)]
    rank = {room: place for place, rooms in enumerate(listed) for room in rooms}
    assert set(rank) == {p.parent.name for p in WATER.glob("*/wiring.py")} | {"notices"}
    wrong = [
        f"{file.relative_to(WATER)} imports {other}"
        for file in WATER.glob("*/**/*.py")
        for other in re.findall(r"^from balai_water\.([a-z]+)", file.read_text(), re.MULTILINE)
        if (own := file.relative_to(WATER).parts[0]) in rank and rank.get(other, 99) < rank[own]
    ]
    assert wrong == []
