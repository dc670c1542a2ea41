"""Example bills of a demo region, so that treasurer, cashier and payer find something: paid, part-paid, overdue, open."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select

from balai import billing, clock
from balai.db import TenantSession

_SERIES: Final = "RET"
_ACCOUNT: Final = "pendapatan.retribusi"
_DECREE: Final = "Perda contoh 1/2024"


def furnish(session: TenantSession, bills: Sequence[Mapping[str, Any]]) -> int:
    """Issue the region's example bills and take what was paid of them; answers how many. Nothing when there are bills already.

    bills: mappings of name, text, amount and paid (whole rupiah), issued (days ago), due (days after that).
    """
    if not bills or session.scalar(select(func.count()).select_from(billing.Invoice)):
        return 0
    billing.open_account(session, _ACCOUNT, "Retribusi daerah", "income")
    for number, bill in enumerate(bills, start=1):
        with clock.frozen(clock.now() - timedelta(days=bill["issued"])):
            made = billing.issue(session, _draft(session, number, bill))
        if bill["paid"]:
            billing.settle(
                session, made.id, bill["paid"], method="bank", paid_at=clock.now(), reference=f"contoh-{number}",
                account="bank",
            )  # fmt: skip
    return len(bills)


def _draft(session: TenantSession, number: int, bill: Mapping[str, Any]) -> billing.InvoiceDraft:
    line = billing.InvoiceLine(bill["text"], bill["amount"], _ACCOUNT, reason={"decree": _DECREE})
    return billing.InvoiceDraft(
        series=_SERIES, subject_kind="demo.bill", subject_id=str(number), payer=billing.Payer(bill["name"]), lines=[line],
        due_date=billing.booking_day(session, clock.now()) + timedelta(days=bill["due"]),
    )  # fmt: skip
