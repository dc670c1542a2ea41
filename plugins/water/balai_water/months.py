"""Months as the first day of each, in the region's own time."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from balai.api import current_tenant, now
from balai_water import cells

# No figures are older than this.
FIRST = date(2000, 1, 1)


def local_day(at: datetime) -> date:
    """The day on which a moment lies in this region (Jakarta's where there is none)."""
    tenant = current_tenant()
    return at.astimezone(ZoneInfo(tenant.timezone if tenant is not None else "Asia/Jakarta")).date()


def today() -> date:
    """Today, here."""
    return local_day(now())


def this_month() -> date:
    """The first day of the running month, here."""
    return today().replace(day=1)


def asked(text: str) -> date:
    """The month that an address names ("2026-07"), else the last whole one; none before FIRST, none that hasn't begun."""
    try:
        return max(FIRST, min(cells.read_month(text), this_month()))
    except (cells.CellError, OverflowError):
        return shift(this_month(), -1)


def shift(month: date, by: int) -> date:
    """`by` months later (earlier when negative)."""
    count = month.year * 12 + month.month - 1 + by
    return date(count // 12, count % 12 + 1, 1)


def days_in(month: date) -> int:
    """How many days a month has."""
    return (shift(month, 1) - month).days


def span(since: date, until: date) -> Iterator[date]:
    """Every month from since to until, both included."""
    while since <= until:
        yield since
        since = shift(since, 1)
