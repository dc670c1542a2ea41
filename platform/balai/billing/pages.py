"""Hangs the room's own pages and its part of the API into the application."""

from flask import Flask

from balai.billing import api, portal, treasury, treasury_acts  # noqa: F401 - the last one adds its views to the treasury's


def init_app(app: Flask) -> None:
    """Bills for citizens, books for treasurers."""
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(treasury.blueprint)
    api.init_app(app)
