"""What others may take: open data with its catalogue."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang in the pages of open data."""
    from balai.interop.opendata import blueprint

    app.register_blueprint(blueprint)
