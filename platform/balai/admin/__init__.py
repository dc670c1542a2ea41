"""What touches everything: the front door, a region's console pages, the operator's console."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register the pages of the front door, of the region's console and of the operator's console."""
    from balai.admin import api, front_pages  # noqa: F401 - its import gives the blueprint its views
    from balai.admin.routes import front

    app.register_blueprint(front)
    api.init_app(app)
