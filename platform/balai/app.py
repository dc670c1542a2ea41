"""create_app: wiring only. The order below is the order of the request path (docs/map.md)."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask

from balai import db, keys
from balai.admin import ops
from balai.errors import ConfigurationError
from balai.settings import Settings

# Each room's init_app(app) hangs its before_request, blueprints and template folders in; the first ones run first.
ROOMS = (
    "db", "tenancy", "keys", "audit", "plugins", "jobs", "auth", "rest", "web", "privacy", "files", "places", "notify",
    "billing", "cases", "evidence", "interop", "admin",
)  # fmt: skip


class _App(Flask):
    """Flask without its look at every function, in every request, for whether it is a coroutine: Balai has none."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings | None = None, *, check_role: bool = True) -> Flask:
    """The WSGI application. `settings` default to the environment's; raises ConfigurationError when it would be unsafe."""
    settings = settings or Settings.from_env(os.environ)
    app = _App("balai", static_folder=None, template_folder=None)
    # No SECRET_KEY: Flask's own session cookie isn't used (auth keeps sessions, web its tokens), and unused it costs nothing.
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        # Typed text is held in memory, photos are spooled to disk.
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=500,
    )
    app.extensions["balai.settings"] = settings
    database = db.Database(settings.database_url, pool=settings.database_pool)
    app.extensions["balai.db"] = database
    if settings.kek_file:
        keys.install(database, keys.KekRing.load(Path(settings.kek_file)))
    if check_role:
        _refuse_wrong_role(database)
    for room in ROOMS:
        init_app = getattr(import_module(f"balai.{room}"), "init_app", None)
        if init_app is not None:
            init_app(app)
    app.register_blueprint(ops.blueprint)
    return app


def _refuse_wrong_role(database: db.Database) -> None:
    try:
        db.check_role(database)
    except Exception:
        database.close()
        raise


__all__ = ["ConfigurationError", "create_app"]
