"""What billing brings to the core."""

from balai.billing.payments import wiring
from balai.billing.tasks import charge_late_fees, fold_figures, forget_payers
from balai.contracts import MenuItem, PaymentProvider, PersonalData, Task
from balai.hookspecs import hookimpl
from balai.web.i18n import lazy_gettext as _l

_MENU = [
    MenuItem(_l("Keuangan"), "billing_treasury.overview", "banknote", "billing.view", 29),
    MenuItem(_l("Cicilan"), "billing_treasury.plans_page", "calendar", "billing.view", 32),
]
_PAYER = PersonalData(
    "nama, nomor HP, dan email pembayar tagihan",
    "menagih, menerima pembayaran, dan menyimpan bukti keuangan daerah",
    "UU 27/2022 pasal 20 ayat (2) huruf c (kewajiban hukum: penatausahaan keuangan daerah)",
    3650,
    "invoice",
)


@hookimpl
def register_tasks() -> list[Task]:
    """Figures, late fees and old payers by schedule; files of banks, and the nightly comparison with providers."""
    return [fold_figures, charge_late_fees, forget_payers, *wiring.TASKS]


@hookimpl
def register_payment_providers() -> list[PaymentProvider]:
    """The region's own QRIS, banks that speak SNAP, companies with a page of their own."""
    return [*wiring.PROVIDERS]


@hookimpl
def register_personal_data() -> list[PersonalData]:
    """Texts of bank statements and what providers say."""
    return [_PAYER, *wiring.PERSONAL_DATA]


@hookimpl
def collect_menu() -> list[MenuItem]:
    """The counter, bank statements, providers."""
    return [*_MENU, *wiring.MENU]
