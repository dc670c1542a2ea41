"""What commands stand on: settings from the environment, an application context, the owner's connection."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from balai.cli.output import REFUSED, UNREACHABLE, fail
from balai.errors import ConfigurationError, Problem
from balai.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from balai.tenancy import Tenant


def load_settings() -> Settings:
    """Settings of this process; leaves with 2 and the variable's name when one can't be read."""
    try:
        return Settings.from_env(os.environ)
    except ConfigurationError as error:
        fail(str(error), 2)


@contextmanager
def application() -> "Iterator[Flask]":
    """An application context of the real application; plain words when the database can't be reached."""
    from sqlalchemy.exc import OperationalError

    from balai.app import create_app

    try:
        app = create_app(load_settings())
    except ConfigurationError as error:
        fail(str(error), REFUSED)
    except OperationalError as error:
        fail(f"The database can't be reached: {error.orig}", UNREACHABLE)
    try:
        with app.app_context():
            yield app
    except Problem as problem:
        fields = "".join(f"\n  {e.field}: {e.message}" for e in getattr(problem, "errors", ()))
        fail((problem.detail or problem.title) + fields, REFUSED)
    finally:
        app.extensions["balai.db"].close()


@contextmanager
def owner() -> "Iterator[Engine]":
    """Engine of balai_owner, for migrations and what only the owner may do."""
    from sqlalchemy.exc import OperationalError

    from balai.db.migrate import owner_engine

    url = load_settings().owner_database_url
    if not url:
        fail("BALAI_OWNER_DATABASE_URL is not set: this command works as role balai_owner", 2)
    engine = owner_engine(url)
    try:
        yield engine
    except OperationalError as error:
        fail(f"The database can't be reached: {error.orig}", UNREACHABLE)
    finally:
        engine.dispose()


def find_tenant(name: str) -> "Tenant":
    """A tenant by slug, region code or key; leaves with 4 when there is none. Needs an application context."""
    import uuid

    from balai.tenancy import queries, registry_scope

    with registry_scope() as session:
        tenant = queries.tenant_by_slug(session, name) or queries.tenant_by_region(session, name)
        if tenant is None:
            try:
                tenant = queries.tenant_by_key(session, uuid.UUID(name))
            except ValueError:
                tenant = None
    if tenant is None:
        fail(f"No region {name!r} on Balai: see `balai tenant list`", REFUSED)
    return tenant
