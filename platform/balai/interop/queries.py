"""Monthly facts as open data: every statement names its tenant, small cells are emptied here."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import text

from balai.db import TenantSession

_COUNTS: Final = (
    "asked", "known", "people", "assisted", "ended", "completed", "abandoned", "late", "overdue", "reopened", "rated",
    "satisfied", "stars", "units",
)  # fmt: skip
MONTH_COLUMNS: Final = ("service", "district", "month", *_COUNTS, "half", "most", "small")
NEED_COLUMNS: Final = ("topic", "district", "month", "asked", "ended", "in_time", "overdue", "small")


def months(session: TenantSession, least: int) -> Iterator[Sequence[Any]]:
    """Rows of MONTH_COLUMNS."""
    query = (
        f"SELECT service_id, district, month, {', '.join(_COUNTS)}, half, most FROM fact_month WHERE tenant_id = :tenant"
        " ORDER BY service_id, district, month"
    )
    for row in session.execute(text(query), {"tenant": session.tenant_id}):
        yield _told(row, least)


def needs(session: TenantSession, least: int) -> Iterator[Sequence[Any]]:
    """Rows of NEED_COLUMNS."""
    query = (
        "SELECT topic, district, month, asked, ended, in_time, overdue FROM fact_need WHERE tenant_id = :tenant"
        " ORDER BY topic, district, month"
    )
    for row in session.execute(text(query), {"tenant": session.tenant_id}):
        yield _told(row, least)


def _told(row: Any, least: int) -> Sequence[Any]:
    """A row; one of a district in which too few asked or ended tells only that there were some."""
    small = bool(row.district) and (0 < row.asked < least or 0 < row.ended < least)
    head = [row[0], row.district, f"{row.month:%Y-%m}"]
    return [*head, *([None] * (len(row) - 3) if small else list(row[3:])), small]
