"""What billing brings to the core."""

from balai.billing.payments import wiring
from balai.contracts import MenuItem, PaymentProvider, PersonalData, Task
from balai.hookspecs import hookimpl


@hookimpl
def register_tasks() -> list[Task]:
    """Files of banks, and the nightly comparison with providers."""
    return [*wiring.TASKS]


@hookimpl
def register_payment_providers() -> list[PaymentProvider]:
    """The region's own QRIS, and banks that speak SNAP."""
    return [*wiring.PROVIDERS]


@hookimpl
def register_personal_data() -> list[PersonalData]:
    """Texts of bank statements and what providers say."""
    return [*wiring.PERSONAL_DATA]


@hookimpl
def collect_menu() -> list[MenuItem]:
    """The counter, bank statements, providers."""
    return [*wiring.MENU]
