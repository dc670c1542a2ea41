"""What payments, bank statements and the counter bring to the room: pages, jobs, providers, menu, personal data."""

from typing import Final

from flask import Flask

from balai.billing.payments.providers import own_qris, snap
from balai.billing.payments.tasks import TASKS
from balai.contracts import MenuItem, PersonalData
from balai.web.i18n import lazy_gettext as _l

PROVIDERS: Final = [own_qris.PROVIDER, snap.PROVIDER]
MENU: Final = [
    MenuItem(_l("Kasir"), "billing_cashier.till", "wallet", "billing.collect", 30),
    MenuItem(_l("Pembatalan struk"), "billing_cashier.reversals_page", "undo-2", "billing.approve", 31),
]
PERSONAL_DATA: Final = [
    PersonalData(
        "nama pengirim dan berita di rekening koran, kabar penyedia pembayaran",
        "mencocokkan uang yang masuk dengan tagihannya",
        "UU 27/2022 pasal 20 ayat (2) huruf c (kewajiban hukum: penatausahaan keuangan daerah)",
        3650,
        "bank_line",
    )
]
__all__ = ["MENU", "PERSONAL_DATA", "PROVIDERS", "TASKS", "init_app"]


def init_app(app: Flask) -> None:
    """Callbacks and pages."""
    from balai.billing.cashier import pages, receipt_pages  # noqa: F401 - its rules join the blueprint
    from balai.billing.payments import callbacks

    for blueprint in (callbacks.blueprint, pages.blueprint):
        app.register_blueprint(blueprint)
