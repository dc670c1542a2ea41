"""Hangs the room into the application."""

from flask import Flask

from balai.files import blobs, routes
from balai.files.storage import LocalStorage
from balai.settings import Settings


def init_app(app: Flask) -> None:
    """Install the storage of BALAI_FILES_DIR and the route that serves files."""
    settings: Settings = app.extensions["balai.settings"]
    app.extensions["balai.files"] = {}
    if settings.files_dir:
        settings.files_path.mkdir(parents=True, exist_ok=True, mode=0o700)
        blobs.install(app.extensions["balai.db"], LocalStorage(settings.files_path))
    app.register_blueprint(routes.blueprint)
