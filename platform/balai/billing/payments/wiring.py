"""What payments, bank statements and the counter bring to the room: pages, jobs, providers, menu, personal data."""

from typing import Final

from flask import Flask

from balai.billing.payments.providers import hosted, own_qris, snap
from balai.billing.payments.tasks import TASKS
from balai.contracts import MenuItem, PersonalData
from balai.web.i18n import lazy_gettext as _l

PROVIDERS: Final = [own_qris.PROVIDER, snap.PROVIDER, hosted.PROVIDER]
MENU: Final = [
    MenuItem(_l("Kasir"), "billing_cashier.till", "wallet", "billing.collect", 30),
    MenuItem(_l("Pembatalan struk"), "billing_cashier.reversals_page", "undo-2", "billing.approve", 31),
    MenuItem(_l("Rekening koran"), "billing_bank.overview", "landmark", "billing.treasure", 33),
    MenuItem(_l("Uang tanpa tempat"), "billing_payments.queue_page", "inbox", "billing.treasure", 34),
    MenuItem(_l("Temuan pencocokan"), "billing_payments.findings_page", "search", "billing.treasure", 35),
    MenuItem(_l("Penyedia pembayaran"), "billing_payments.providers_page", "qr-code", "billing.treasure", 505),
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
    from balai.billing.bank import pages as bank
    from balai.billing.cashier import pages as cashier
    from balai.billing.cashier import receipt_pages  # noqa: F401 - its rules join the cashier's blueprint
    from balai.billing.payments import (
        callbacks,
        console,
        pay_pages,
        queue_pages,  # noqa: F401 - its rules join the console's blueprint
    )

    for blueprint in (callbacks.blueprint, cashier.blueprint, bank.blueprint, console.blueprint, pay_pages.blueprint):
        app.register_blueprint(blueprint)
