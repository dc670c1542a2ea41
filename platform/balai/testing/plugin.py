"""The pytest plugin of core and plugin tests: real PostgreSQL, a real application, fresh tenants.

Fixtures: `database` (this process's database), `settings`, `app`, `regions` (makes tenants), `tenant` and `other_tenant`
(two fresh ones), `session` (of `tenant`), `client` (a test client on the tenant's host). Real Keycloak and the browser come
from balai.testing.identity and balai.testing.browser.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from balai.db import TenantSession
    from balai.devstack.postgres import PgInfo
    from balai.settings import Settings
    from balai.tenancy import Tenant
    from balai.testing.factories import Regions

pytest_plugins = [
    "balai.testing.identity",
    "balai.testing.browser",
    "balai.testing.live",
    "balai.testing.plugins",
    "balai.testing.offices",
    "balai.testing.reports",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files with browser tests first: they take longest, and short ones fill up the end for both processes."""
    slow = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def database() -> "Iterator[PgInfo]":
    """This process's own database, migrated, with the list of regions."""
    from balai.testing.databases import close_database, open_database

    info = open_database(os.environ.get("PYTEST_XDIST_WORKER", "one"))
    yield info
    close_database(info)


@pytest.fixture(scope="session")
def settings(database: "PgInfo", tmp_path_factory: pytest.TempPathFactory) -> "Settings":
    """Settings of the test instance, pointed to this process's database."""
    from balai.devstack import stack
    from balai.settings import Settings

    environ = {
        **stack.environment("test"),
        "BALAI_ENV": "test",
        "BALAI_DATABASE_URL": database.app_url,
        "BALAI_OWNER_DATABASE_URL": database.owner_url,
        "BALAI_QUEUE_DATABASE_URL": database.queue_url,
        "BALAI_FILES_DIR": str(tmp_path_factory.mktemp("files")),
        "BALAI_STEP_UP": "off",
    }
    return Settings.from_env(environ)


@pytest.fixture(scope="session")
def make_app(settings: "Settings") -> "Iterator[Callable[..., Flask]]":
    """Makes further applications with changed settings: `make_app(step_up=True)`."""
    from balai.app import create_app
    from balai.settings import Settings as Shape

    made: list[Flask] = []

    def make(**changes: object) -> "Flask":
        values = {f.name: getattr(settings, f.name) for f in fields(settings)} | changes
        made.append(create_app(Shape(**values)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["balai.db"].close()


@pytest.fixture(scope="session")
def app(make_app: "Callable[..., Flask]") -> "Flask":
    """The application, as production builds it."""
    return make_app()


@pytest.fixture(scope="session")
def regions(app: "Flask", database: "PgInfo") -> "Iterator[Regions]":
    """Makes fresh tenants: `regions(plugins=(), timezone="Asia/Jayapura")`."""
    from balai.testing.factories import Regions

    made = Regions(app, database.owner_url)
    yield made
    made.close()


@pytest.fixture
def tenant(regions: "Regions") -> "Tenant":
    """A fresh region with feedback switched on."""
    return regions()


@pytest.fixture
def other_tenant(regions: "Regions") -> "Tenant":
    """A second fresh region, for everything that must not cross over."""
    return regions()


@pytest.fixture
def session(app: "Flask", tenant: "Tenant") -> "Iterator[TenantSession]":
    """A session of `tenant` inside an application context; commit yourself what others must see."""
    from flask import g

    with app.app_context():
        g.tenant = tenant
        opened = app.extensions["balai.db"].session(tenant.id)
        try:
            yield opened
        finally:
            opened.close()


@pytest.fixture(scope="session")
def client_of(app: "Flask") -> "Callable[[Tenant | None], FlaskClient]":
    """A test client on a tenant's host; None = the apex host."""
    from flask.testing import FlaskClient as Client

    class OnHost(Client):
        """Werkzeug takes the host from base_url and overwrites what environ_base says."""

        def open(self, *args: object, **options: object) -> "TestResponse":
            options.setdefault("base_url", f"http://{self.environ_base['HTTP_HOST']}")
            # A request inside the `session` fixture's application context would share its `g`: the first tenant's session.
            with app.app_context():
                return super().open(*args, **options)  # type: ignore[arg-type]

    def make(tenant: "Tenant | None") -> "FlaskClient":
        client = OnHost(app, app.response_class)
        host = f"{tenant.slug}.localhost:8000" if tenant else "localhost:8000"
        client.environ_base["HTTP_HOST"] = host
        client.environ_base["SERVER_NAME"] = host.partition(":")[0]
        client.environ_base["SERVER_PORT"] = "8000"
        return client

    return make


@pytest.fixture
def client(client_of: "Callable[[Tenant | None], FlaskClient]", tenant: "Tenant") -> "FlaskClient":
    """A test client on `tenant`'s host."""
    return client_of(tenant)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real samples beside the project; the test skips, saying why, where it isn't there."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of shared samples is not beside this checkout")
    return folder
