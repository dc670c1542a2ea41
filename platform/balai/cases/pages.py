"""Hangs the spine's pages into the application."""

from flask import Flask

from balai import files
from balai.cases import (  # noqa: F401 - each adds views
    catalogue_pages,
    console,
    console_acts,
    hearing,
    ideas,
    lost,
    portal,
    setup_pages,
    tracking,
)
from balai.cases.attachments import may_read_file
from balai.cases.chain import pages as chain
from balai.cases.days import pages as days  # noqa: F401 - adds views
from balai.cases.decisions import pages as decision_pages  # noqa: F401 - adds views
from balai.cases.exports import pages as exports
from balai.cases.gate import pages as gate_pages  # noqa: F401 - adds views
from balai.cases.letterbox import pages as letterbox  # noqa: F401 - adds views
from balai.cases.officer import acts, pages  # noqa: F401 - each adds views
from balai.cases.referral import body_pages  # noqa: F401 - adds views
from balai.cases.referral import pages as referral_pages  # noqa: F401 - adds views
from balai.cases.shown import console as shown_console  # noqa: F401 - adds views
from balai.cases.shown import ideas as shown_ideas  # noqa: F401 - adds views
from balai.cases.shown import portal as shown
from balai.cases.together import pages as together_pages  # noqa: F401 - adds views
from balai.web.menu import search_at


def init_app(app: Flask) -> None:
    """Portal pages, console pages, and who may read files of cases."""
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(console.blueprint)
    app.register_blueprint(shown.blueprint)
    app.register_blueprint(chain.blueprint)
    app.register_blueprint(exports.blueprint)
    search_at(app, "/kelola/laporan/cari")
    files.allow(app, "case", may_read_file)
