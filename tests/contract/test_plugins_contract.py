"""The contract suite itself: a sound plugin passes all of it, and each promise that is broken is noticed."""

import inspect
import os

import pytest

from balai import plugins
from balai.testing.contract import PluginContract
from balai.testing.plugins import Workshop

MODELS = """
from sqlalchemy.orm import Mapped
from balai.api import TenantModel, sealed_column

class Meter(TenantModel):
    __tablename__ = "contohsah_meter"
    number: Mapped[str]
    phone: Mapped[str | None] = sealed_column("phone")
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op
from balai.api import sealed, tenant_index, tenant_table

revision = "contohsah_0001"
down_revision = None

def upgrade():
    tenant_table(op, "contohsah_meter", sa.Column("number", sa.Text(), nullable=False), sealed("phone", "phone"))
    tenant_index(op, "contohsah_meter_number", "contohsah_meter", "number")

def downgrade():
    op.drop_table("contohsah_meter")
"""
SOURCE = """
import dataclasses
import msgspec
from flask import Blueprint
from balai.api import ApiBlueprint, PersonalData
from balai_contohsah import models

manifest = dataclasses.replace(
    manifest,
    summary={"id": "Meter air untuk percobaan"},
    personal_data=(PersonalData("telepon", "menghubungi", "UU 27/2022 pasal 20", 365, "contohsah_meter"),),
)
pages = Blueprint("contohsah", __name__, url_prefix="/layanan/contohsah/h", template_folder="templates")
pages.add_url_rule("/", "index", lambda: "halaman")
api = ApiBlueprint("contohsah_api", __name__, url_prefix="/api/v1/contohsah", description="Meteran")

class Meteran(msgspec.Struct):
    number: str

@api.route("")
@api.public
@api.answers(Meteran, summary="Meteran air")
def get():
    return Meteran("1")

@hookimpl
def register_blueprints():
    return [pages, api]

@hookimpl
def on_case_filed(tenant, session, event):
    pass
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory, make_app):
    folder = tmp_path_factory.mktemp("contract")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        workshop = Workshop(folder)
        workshop.add(
            "contohsah",
            SOURCE,
            files={"models.py": MODELS, "migrations/0001_meter.py": MIGRATION, "templates/contohsah/x.html": ""},
        )
        yield make_app()


@pytest.fixture(scope="module")
def regions(app, database):
    from balai.testing.factories import Regions

    made = Regions(app, database.owner_url)
    yield made
    made.close()


class TestSound(PluginContract):
    plugin = "contohsah"


class _Broken:
    """Runs one promise of the contract against a changed plugin; it must fail."""

    def __init__(self, plugin):
        self.suite = PluginContract()
        self.suite.plugin = plugin

    def breaks(self, promise, *arguments, match):
        with pytest.raises(AssertionError, match=match):
            getattr(self.suite, promise)(*arguments)


@pytest.fixture
def broken(workshop):
    def make(source, files=None):
        workshop.add("retak", source, files=files)
        manager = plugins.load()
        assert manager.get("retak"), manager.refused
        return _Broken("retak"), manager.get("retak")

    return make


def test_a_second_import_from_the_core_is_noticed(broken):
    suite, plugin = broken("from balai import db\n")
    suite.breaks("test_it_imports_only_the_one_door", plugin, match="imports balai.db")


def test_a_misspelt_listener_is_noticed(broken, app):
    suite, plugin = broken("def on_case_field(tenant): ...\n")
    app_like = type("App", (), {"extensions": {"balai.plugins": plugins.load()}})()
    suite.breaks("test_its_listeners_are_for_events_that_exist", app_like, plugin, match="case_field")


def test_a_manifest_without_a_purpose_is_noticed(broken):
    suite, plugin = broken(
        "import dataclasses\nfrom balai.api import PersonalData\nmanifest = dataclasses.replace(\n"
        "    manifest, personal_data=(PersonalData('nik', '', 'UU', 1),))"
    )
    suite.breaks("test_the_manifest_says_what_people_need_to_know", plugin, match="purpose")


OPEN_TABLE = """
from alembic import op
revision = "retak_0001"
down_revision = None
def upgrade():
    op.execute("CREATE TABLE {table} (tenant_id int NOT NULL, id uuid, PRIMARY KEY (tenant_id, id) {more})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO balai_app")
def downgrade():
    {down}
"""


def _with_migration(broken, down="op.execute('DROP TABLE {table}')", table="retak_meter", more=""):
    text = OPEN_TABLE.format(table=table, more=more, down=down.format(table=table))
    return broken("", files={"migrations/0001_x.py": text})


def _history(plugin):
    (found,) = [h for h in plugins.histories(plugins.load()) if h.name == plugin.name]
    return found


@pytest.fixture
def scratch():
    from balai.testing.schema import scratch_database

    with scratch_database(f"scratch_{os.getpid()}_broken") as info:
        yield info


def test_a_table_that_is_not_protected_is_noticed(broken, scratch):
    suite, plugin = _with_migration(broken)
    suite.breaks(
        "test_its_tables_carry_its_name_and_keep_regions_apart", _history(plugin), scratch, match="row-level security"
    )


def test_a_table_that_stays_after_the_way_down_is_noticed(broken, scratch):
    suite, plugin = _with_migration(broken, down="pass")
    suite.breaks("test_migrations_go_up_down_and_up", _history(plugin), scratch, match="retak_meter")


def test_every_promise_has_a_sentence():
    promises = [f for name, f in vars(PluginContract).items() if name.startswith("test_")]
    assert len(promises) >= 12
    assert all(inspect.getdoc(promise) for promise in promises)
