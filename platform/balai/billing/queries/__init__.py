"""SQL of billing, each statement with its tenant: the ledger, invoices and payments, figures."""

from balai.billing.queries.invoices import (
    Bookings,
    NewInvoice,
    add_invoices,
    lock_invoices,
    lock_payments,
    lock_refund,
    take_numbers,
    written_ahead,
)
from balai.billing.queries.ledger import (
    LineRow,
    add_accounts,
    add_transaction,
    begin_payment,
    is_reversed,
    known_accounts,
    lines_of,
    open_books,
    shut_books,
)

__all__ = [
    "Bookings",
    "LineRow",
    "NewInvoice",
    "add_accounts",
    "add_invoices",
    "add_transaction",
    "begin_payment",
    "is_reversed",
    "known_accounts",
    "lines_of",
    "lock_invoices",
    "lock_payments",
    "lock_refund",
    "open_books",
    "shut_books",
    "take_numbers",
    "written_ahead",
]
