"""A bill like any other, for tests that need one and don't care which."""

from datetime import timedelta
from typing import Any

from balai import billing
from balai.billing.days import today
from balai.db import TenantSession, new_id


def some_bill(session: TenantSession, amount: int = 60_000, **changes: Any) -> billing.Invoice:
    """An issued invoice of one line; changes: fields of its draft."""
    values: dict[str, Any] = {
        "series": "AIR", "subject_kind": "uji", "subject_id": str(new_id()),
        "payer": billing.Payer("Siti Aminah", "081234567890"),
        "lines": [billing.InvoiceLine("Pemakaian air", amount, "pendapatan", reason={"decree": "Perwal 12/2025"})],
        "due_date": today(session) + timedelta(days=14),
    }  # fmt: skip
    return billing.issue(session, billing.InvoiceDraft(**values | changes))
