"""What each service achieves and costs: facts, costs, apps, verdicts, needs, trials, and the pages that show them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang in the pages of the console and the portal."""
    from balai.evidence import pages

    pages.init_app(app)
