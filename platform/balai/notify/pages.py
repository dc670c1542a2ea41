"""Hangs the room's pages into the application."""

from flask import Flask

from balai import auth, db
from balai.notify import console, console_outbox, console_settings, queries, routes  # noqa: F401 - each adds its views
from balai.web.menu import bell_with

_MOST = 99


def init_app(app: Flask) -> None:
    """Portal pages, callbacks, console pages, and the bell."""
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(console.blueprint)
    bell_with(app, console.OWN, unread)


def unread() -> int:
    """Unread messages of whoever is signed in, at most 99."""
    principal = auth.current()
    if principal is None or principal.member_id is None:
        return 0
    return queries.unread(db.session(), principal.member_id, most=_MOST)
