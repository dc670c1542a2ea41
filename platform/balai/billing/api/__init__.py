"""Bills over the API: what citizens owe, what treasurers issue, cancel and credit from systems of their own."""

from flask import Flask

from balai.billing.api import invoices


def init_app(app: Flask) -> None:
    """Mount it; called by the room's own init_app."""
    app.register_blueprint(invoices.blueprint)
