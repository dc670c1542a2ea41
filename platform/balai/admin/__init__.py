"""What touches everything: the front door, a region's console pages, the operator's console."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register the pages of the front door, of the region's console and of the operator's console."""
    from balai.admin import (  # noqa: F401 - their import gives the blueprints their views
        api,
        audit_pages,
        download_pages,
        front_pages,
        grant_pages,
        hooks,
        job_pages,
        language_pages,
        member_pages,
        operator_pages,
        profile_pages,
        start_pages,
        suspension_pages,
        switch_pages,
    )
    from balai.admin.privacy import (  # noqa: F401 - likewise
        breach_pages,
        own_pages,
        record_pages,
        request_pages,
        retention_pages,
    )
    from balai.admin.routes import console, front, operator

    for blueprint in (front, console, operator):
        app.register_blueprint(blueprint)
    app.extensions["balai.apex_menu"] = hooks.OPERATOR_MENU
    api.init_app(app)
