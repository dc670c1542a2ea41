"""The pages of evidence: the leader's, the tables that the region fills in, and what everybody sees."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang in the blueprints."""
    from balai.evidence.pages import (  # noqa: F401 - their import gives the blueprints their views
        leading,
        needs,
        papers,
        public,
        sheets,
        trials,
    )
    from balai.evidence.pages.ministry import blueprint as ministry
    from balai.evidence.pages.routes import console, portal

    app.register_blueprint(console)
    app.register_blueprint(portal)
    app.register_blueprint(ministry)
