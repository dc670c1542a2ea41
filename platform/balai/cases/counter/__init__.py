"""Help at the counter: a case is taken down for somebody who comes, calls or writes, and goes home with a slip."""

from flask import Flask

from balai.cases.counter.queries import AssistedCount, assisted_counts


def init_app(app: Flask) -> None:
    """Pages under /kelola/catat, the reporter's answer under /lacak, and the walls around who may only file."""
    from balai.cases.counter import answering, pages, slip_pages, walls  # noqa: F401 - slip_pages adds views

    app.register_blueprint(pages.blueprint)
    app.register_blueprint(answering.blueprint)
    app.before_request(walls.keep_in)


__all__ = ["AssistedCount", "assisted_counts", "init_app"]
