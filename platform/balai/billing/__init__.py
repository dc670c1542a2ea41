"""Billing: a ledger that always adds up, invoices, payments. Knows no case and no plugin: an invoice's subject is generic."""

from flask import Flask

from balai.billing.accounts import TEMPLATE, AccountKind, open_account
from balai.billing.checks import Checked, check_books
from balai.billing.crediting import cancel, credit
from balai.billing.drafts import InvoiceDraft, InvoiceLine, LateFee, Payer
from balai.billing.instalments import approve_instalments, ask_instalments, parts_of, refuse_instalments
from balai.billing.invoices import (
    by_number,
    find_invoice,
    history,
    of_payer,
    of_subject,
    payer_of,
    public_path,
    status_of,
)
from balai.billing.issuing import IssuedInvoice, hash_secret, issue, issue_many, link_secret
from balai.billing.late_fees import apply_late_fees
from balai.billing.ledger import Line, PeriodClosed, booking_day, books, post, reverse
from balai.billing.models import Allocation, InstalmentPlan, Invoice, InvoiceEntry, Payment, Refund, Transaction
from balai.billing.refunds import pay_refund, refund
from balai.billing.settling import allocated, assign, find_payment, receive, reverse_payment, settle
from balai.billing.subjects import guard


def init_app(app: Flask) -> None:
    """Pages and callbacks."""
    from balai.billing import pages
    from balai.billing.payments import wiring

    pages.init_app(app)
    wiring.init_app(app)


__all__ = [
    "TEMPLATE",
    "AccountKind",
    "Allocation",
    "Checked",
    "InstalmentPlan",
    "Invoice",
    "InvoiceDraft",
    "InvoiceEntry",
    "InvoiceLine",
    "IssuedInvoice",
    "LateFee",
    "Line",
    "Payer",
    "Payment",
    "PeriodClosed",
    "Refund",
    "Transaction",
    "allocated",
    "apply_late_fees",
    "approve_instalments",
    "ask_instalments",
    "assign",
    "booking_day",
    "books",
    "by_number",
    "cancel",
    "check_books",
    "credit",
    "find_invoice",
    "find_payment",
    "guard",
    "hash_secret",
    "history",
    "init_app",
    "issue",
    "issue_many",
    "link_secret",
    "of_payer",
    "of_subject",
    "open_account",
    "parts_of",
    "pay_refund",
    "payer_of",
    "post",
    "public_path",
    "receive",
    "refund",
    "refuse_instalments",
    "reverse",
    "reverse_payment",
    "settle",
    "status_of",
]
