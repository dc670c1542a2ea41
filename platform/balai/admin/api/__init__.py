"""The API's resources that touch everything: regions, areas, plugins, members, and the page that explains them all."""

from flask import Flask

from balai.admin.api import docs, members, plugins, regions

BLUEPRINTS = (
    regions.blueprint,
    regions.area_blueprint,
    plugins.blueprint,
    members.blueprint,
    docs.blueprint,
)


def init_app(app: Flask) -> None:
    """Mount them; called by the room's own init_app."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
