"""The spine over the API: services, cases, uploads. Hot reads speak to the driver, writes go through the services."""

from flask import Flask

from balai.cases.api import cases, services, together, uploads  # noqa: F401 - together adds to cases
from balai.cases.shown import api as shown

BLUEPRINTS = (services.blueprint, cases.blueprint, uploads.blueprint)


def init_app(app: Flask) -> None:
    """Mount them; called by the room's own init_app."""
    for blueprint in (*BLUEPRINTS, shown.blueprint):
        app.register_blueprint(blueprint)
