"""What payments, bank statements and the counter bring to the room: pages, jobs, providers, menu, personal data."""

from typing import Final

from flask import Flask

from balai.billing.payments.providers import own_qris, snap
from balai.billing.payments.tasks import TASKS
from balai.contracts import MenuItem, PersonalData

PROVIDERS: Final = [own_qris.PROVIDER, snap.PROVIDER]
MENU: Final[list[MenuItem]] = []
PERSONAL_DATA: Final[list[PersonalData]] = []
__all__ = ["MENU", "PERSONAL_DATA", "PROVIDERS", "TASKS", "init_app"]


def init_app(app: Flask) -> None:
    """Callbacks and pages."""
    from balai.billing.payments import callbacks

    app.register_blueprint(callbacks.blueprint)
