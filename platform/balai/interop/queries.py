"""Monthly facts as open data: every statement names its tenant, small cells are emptied here."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import text

from balai.db import TenantSession
from balai.evidence import small

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
        " ORDER BY service_id, month, district"
    )
    yield from _safe(session.execute(text(query), {"tenant": session.tenant_id}), least)


def needs(session: TenantSession, least: int) -> Iterator[Sequence[Any]]:
    """Rows of NEED_COLUMNS."""
    query = (
        "SELECT topic, district, month, asked, ended, in_time, overdue FROM fact_need WHERE tenant_id = :tenant"
        " ORDER BY topic, month, district"
    )
    yield from _safe(session.execute(text(query), {"tenant": session.tenant_id}), least)


def _safe(rows: Iterable[Any], least: int) -> Iterator[Sequence[Any]]:
    """Rows without the cells that could point to a person, nor those by which they could be worked out (`evidence.small`)."""
    for _key, months in groupby(rows, key=lambda row: (row[0], row.month)):
        cells = list(months)
        hidden: frozenset[str] = frozenset()
        for counted in ("asked", "ended"):
            parts = {row.district: max(getattr(row, counted), 0) for row in cells if row.district}
            hidden |= small.left_out(parts, least)
        yield from (_told(row, emptied=row.district in hidden) for row in cells)


def _told(row: Any, *, emptied: bool) -> Sequence[Any]:
    """A row; an emptied one tells only that there were some."""
    head = [row[0], row.district, f"{row.month:%Y-%m}"]
    return [*head, *([None] * (len(row) - 3) if emptied else list(row[3:])), emptied]
