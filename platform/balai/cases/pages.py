"""Hangs the spine's pages into the application."""

from flask import Flask

from balai import files
from balai.cases import ideas, portal, tracking  # noqa: F401 - each adds its views to the portal's blueprint
from balai.cases.attachments import may_read_file


def init_app(app: Flask) -> None:
    """Portal pages, console pages, and who may read files of cases."""
    app.register_blueprint(portal.blueprint)
    files.allow(app, "case", may_read_file)
