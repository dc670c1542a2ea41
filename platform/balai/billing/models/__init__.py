"""Tables of billing: the ledger, invoices, payments."""

from balai.billing.models.invoices import ENTRY_KINDS, PLAN_STATES, InstalmentPlan, Invoice, InvoiceEntry, InvoiceSeries
from balai.billing.models.ledger import (
    ACCOUNT_KINDS,
    BillingFigure,
    BillingSetting,
    LedgerAccount,
    LedgerClosing,
    Transaction,
)
from balai.billing.models.payments import REFUND_STATES, Allocation, Payment, Refund

__all__ = [
    "ACCOUNT_KINDS",
    "ENTRY_KINDS",
    "PLAN_STATES",
    "REFUND_STATES",
    "Allocation",
    "BillingFigure",
    "BillingSetting",
    "InstalmentPlan",
    "Invoice",
    "InvoiceEntry",
    "InvoiceSeries",
    "LedgerAccount",
    "LedgerClosing",
    "Payment",
    "Refund",
    "Transaction",
]
