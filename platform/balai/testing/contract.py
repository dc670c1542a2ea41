"""What every plugin must keep to. In the plugin's own tests:

    from balai.testing.contract import PluginContract

    class TestContract(PluginContract):
        plugin = "feedback"

Real application, real PostgreSQL; the fixtures come from `balai.testing`.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest
from sqlalchemy import text

from balai import plugins
from balai.contracts import EVENT_NAMES, PluginState
from balai.db import Base, migrate
from balai.db.catalogue import faults
from balai.keys.columns import SEALED
from balai.plugins import Plugin
from balai.plugins.names import prefixes
from balai.tenancy import queries, tenant_scope
from balai.testing.leaks import FEW, METHODS, client_on, leaks, rules_of
from balai.testing.schema import disagreements, owner_of, scratch_database, tables

if TYPE_CHECKING:
    from flask import Flask

    from balai.devstack.postgres import PgInfo
    from balai.tenancy import Tenant
    from balai.testing.factories import Regions

# Tables of the core that a plugin's tables may point to (decision 28).
REFERABLE = frozenset({"tenant", "unit", "member", "cases", "file", "invoice", "place"})
# Answers of a form that are about a person whatever they are called.
PERSONAL_TYPES = frozenset({"nik", "phone", "email"})
_FOREIGN_KEYS = """
SELECT c.relname AS source, t.relname AS target FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f' AND n.nspname = 'public'
"""


class PluginContract:
    """Subclass it as `TestContract` with the plugin's name; every method is one promise."""

    plugin: ClassVar[str]

    @pytest.fixture
    def installed(self, app: "Flask") -> Plugin:
        """The plugin, let in."""
        manager = plugins.manager(app)
        found = manager.get(self.plugin)
        assert found is not None, [r.reason for r in manager.refused if r.name == self.plugin]
        return found

    @pytest.fixture
    def closed(self, regions: "Regions") -> "Tenant":
        """A region where no plugin is on."""
        return regions(plugins=())

    @pytest.fixture
    def history(self, installed: Plugin) -> migrate.History | None:
        """Its migrations, None when it has no tables."""
        assert installed.folder is not None
        folder = installed.folder / "migrations"
        return migrate.History.plugin(self.plugin, folder) if any(folder.glob("*.py")) else None

    @pytest.fixture
    def scratch(self) -> "Iterator[PgInfo]":
        """An empty database."""
        with scratch_database(f"scratch_{os.getpid()}_{self.plugin}") as info:
            yield info

    def test_the_manifest_says_what_people_need_to_know(self, installed: Plugin) -> None:
        """Title and summary in Indonesian, and a purpose and basis for whatever it holds about people."""
        manifest = installed.manifest
        assert manifest is not None
        assert manifest.titles["id"] != manifest.name
        assert len(manifest.summary["id"].split()) >= 3  # noqa: PLR2004 - a sentence, not a word
        for item in installed.brought.personal_data:
            assert item.category
            assert item.purpose
            assert item.basis
            assert item.retention_days > 0
        for metric in installed.brought.metrics:
            assert metric.meaning, metric.key

    def test_it_imports_only_the_one_door(self, installed: Plugin) -> None:
        """From the core a plugin imports `balai.api` and nothing else, and no other plugin."""
        assert installed.folder is not None
        own = installed.folder.name
        for file in sorted(installed.folder.rglob("*.py")):
            for module in _imports(file):
                root = module.partition(".")[0]
                assert module == "balai.api" or not (root == "balai" or (root.startswith("balai_") and root != own)), (
                    f"{file.name} imports {module}"
                )

    def test_its_rules_stand_in_its_own_places(self, app: "Flask", installed: Plugin) -> None:
        """Every rule of its endpoints begins with one of the four prefixes, and nobody else's does."""
        own = prefixes(self.plugin)
        mine = rules_of(app, self.plugin)
        assert len(mine) >= len(installed.brought.blueprints)
        for rule in mine:
            assert rule.rule.startswith(own), rule.rule
        for rule in app.url_map.iter_rules():
            if rule not in mine:
                assert not any(rule.rule == p or rule.rule.startswith(f"{p}/") for p in own), rule.rule

    @pytest.mark.parametrize("state", [None, PluginState.OFF, PluginState.BLOCKED])
    def test_switched_off_it_looks_as_if_it_never_was(
        self, app: "Flask", installed: Plugin, closed: "Tenant", state: PluginState | None
    ) -> None:
        """Every rule, every method, with and without slash: the byte-identical page of an unknown address."""
        self._switch(app, closed, state)
        # The gate asks one question whatever the state is: every method once, of the others a few.
        methods = METHODS if state is PluginState.OFF else FEW
        assert leaks(app, client_on(app, closed), installed.name, methods=methods) == []

    def test_on_the_apex_host_it_is_not_there(self, app: "Flask", installed: Plugin) -> None:
        """Plugins belong to regions."""
        assert leaks(app, client_on(app, None), installed.name) == []

    def test_switched_off_no_word_of_it_stands_in_the_api_document(
        self, app: "Flask", installed: Plugin, closed: "Tenant"
    ) -> None:
        """Neither its name nor its paths, tags, schemas and service codes."""
        client = client_on(app, closed)
        document = client.get("/api/v1/openapi.json").data
        words = {self.plugin, *(service.id for service in installed.brought.services)}
        self._switch(app, closed, PluginState.ON)
        opened = msgspec.json.decode(client.get("/api/v1/openapi.json").data)
        words |= set(opened["components"].get("schemas", {})) - set(
            msgspec.json.decode(document)["components"].get("schemas", {})
        )
        text_of_it = document.decode().lower()
        assert [word for word in words if word.lower() in text_of_it] == []

    def test_switched_off_its_hooks_are_silent(self, app: "Flask", installed: Plugin, closed: "Tenant") -> None:
        """It isn't among those who are asked."""
        with app.app_context():
            assert installed.name not in plugins.hooks(closed).names
            assert installed.name not in plugins.hooks(None).names

    def test_its_listeners_are_for_events_that_exist(self, app: "Flask", installed: Plugin) -> None:
        """A misspelt `on_` would never be called."""
        manager = plugins.manager(app)
        heard = {event for event in EVENT_NAMES if installed.name in manager.listeners(event)}
        written = {name[3:] for name in vars(installed.module) if name.startswith("on_")}
        assert written <= heard

    def test_migrations_go_up_down_and_up(self, history: migrate.History | None, scratch: "PgInfo") -> None:
        """Down to the base leaves nothing behind; up again gives the same tables."""
        with owner_of(scratch) as engine:
            migrate.upgrade(engine, [migrate.History.core()])
            before = tables(engine)
            if history is None:
                return
            migrate.upgrade(engine, [history])
            full = tables(engine)
            migrate.downgrade(engine, history)
            assert tables(engine) - before <= {history.version_table}
            migrate.upgrade(engine, [history])
            assert tables(engine) == full

    def test_models_and_migrations_agree(
        self, installed: Plugin, history: migrate.History | None, scratch: "PgInfo"
    ) -> None:
        """Autogenerate has nothing to add."""
        with owner_of(scratch) as engine:
            migrate.upgrade(engine, [migrate.History.core(), *([history] if history else [])])
            assert disagreements(engine, installed.name, [installed.name]) == []

    def test_its_tables_carry_its_name_and_keep_regions_apart(
        self, history: migrate.History | None, scratch: "PgInfo"
    ) -> None:
        """Forced row-level security, tenant_id first, and foreign keys only to what a plugin may refer to."""
        if history is None:
            return
        with owner_of(scratch) as engine:
            migrate.upgrade(engine, [migrate.History.core()])
            core = tables(engine)
            migrate.upgrade(engine, [history])
            own = tables(engine) - core - {history.version_table}
            assert own, "migrations without tables"
            with engine.connect() as connection:
                assert faults(connection) == []
                links = [(row.source, row.target) for row in connection.execute(text(_FOREIGN_KEYS))]
        assert [name for name in own if name != self.plugin and not name.startswith(f"{self.plugin}_")] == []
        assert [(s, t) for s, t in links if s in own and t not in own | REFERABLE] == []
        assert [(s, t) for s, t in links if s not in own and t in own] == []

    def test_personal_data_is_declared(self, installed: Plugin) -> None:
        """A form that asks for a number of a person says why, and a sealed column stands in the manifest."""
        for service in installed.brought.services:
            for field in service.fields:
                if field.type in PERSONAL_TYPES:
                    assert field.personal is not None, f"{service.id}: {field.key}"
        declared = {item.table for item in installed.brought.personal_data}
        for mapper in Base.registry.mappers:
            table: Any = mapper.local_table
            sealed = [c.name for c in table.columns if (c.comment or "").startswith(SEALED)]
            if sealed and mapper.class_.__module__.partition(".")[0] == installed.module.__name__.partition(".")[0]:
                assert table.name in declared, f"{table.name}: {sealed} not in the manifest's personal_data"

    def _switch(self, app: "Flask", tenant: "Tenant", state: PluginState | None) -> None:
        if state is not None:
            with app.app_context(), tenant_scope(tenant) as session:
                queries.switch_plugin(session, tenant.id, self.plugin, state)


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from balai import api` names a module too.
            yield from (f"balai.{a.name}" for a in node.names) if node.module == "balai" else (node.module,)
