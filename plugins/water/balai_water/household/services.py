"""One connection as its household sees it, gathered from the rooms that know: nothing from before it was theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from balai.api import TenantSession
from balai_water import months
from balai_water.bills import services as bills
from balai_water.bills.services import Shown
from balai_water.outages import services as outages
from balai_water.outages.models import Outage
from balai_water.quality import services as quality
from balai_water.quality.services import ZoneQuality
from balai_water.readings.models import Reading
from balai_water.register.models import Connection, ConnectionEvent
from balai_water.register.visitor import Held

MONTHS = 13
_USUAL = 3


@dataclass(frozen=True, slots=True)
class Home:
    """uses: (month, m3 or None) of the last thirteen months, oldest first; usual: the mean of the three months before the latest,
    m3; quality: None where the connection lies in no zone.
    """

    connection: Connection
    uses: Sequence[tuple[date, int | None]]
    usual: float | None
    bills: Sequence[Shown]
    outages: Sequence[Outage]
    quality: ZoneQuality | None

    @property
    def latest(self) -> tuple[date, int] | None:
        """The newest month with a use."""
        return next(((month, use) for month, use in reversed(self.uses) if use is not None), None)

    @property
    def left(self) -> int:
        """What is still to be paid, rupiah."""
        return sum(row.left for row in self.bills)


def home(session: TenantSession, held: Held) -> Home:
    """Everything about one connection that the visitor holds."""
    connection = held.connection
    since = theirs_since(session, connection.id)
    own = bills.of_customers(session, [held.customer.id], connection_id=connection.id)
    uses = _uses(session, connection.id, since, own)
    return Home(
        connection, uses, _usual(uses), own, outages.at_connection(session, connection.id),
        quality.of_zone(session, connection.zone_id) if connection.zone_id else None,
    )  # fmt: skip


def theirs_since(session: TenantSession, connection_id: UUID) -> date | None:
    """The day on which the present customer took it over; None when nobody had it before."""
    query = select(ConnectionEvent.at).where(
        ConnectionEvent.connection_id == connection_id, ConnectionEvent.kind == "transferred"
    )
    at = session.scalars(query.order_by(ConnectionEvent.at.desc()).limit(1)).first()
    return months.local_day(at) if at else None


def _uses(
    session: TenantSession, connection_id: UUID, since: date | None, listed: Sequence[Shown]
) -> list[tuple[date, int | None]]:
    first = months.shift(months.this_month(), 1 - MONTHS)
    # The month of the change was partly another's.
    begin = max(first, months.shift(since.replace(day=1), 1)) if since else first
    query = select(Reading.month, Reading.use).where(
        Reading.connection_id == connection_id, Reading.state == "accepted", Reading.month >= begin
    )
    known: dict[date, int] = {row.bill.month: row.bill.use_m3 for row in listed if row.bill.month >= begin}
    known |= {row[0]: row[1] for row in session.execute(query)}
    if not known:
        return []
    return [(month, known.get(month)) for month in months.span(max(begin, min(known)), max(known))]


def _usual(uses: Sequence[tuple[date, int | None]]) -> float | None:
    before = [use for _month, use in uses[:-1] if use is not None][-_USUAL:]
    return sum(before) / len(before) if len(before) == _USUAL else None
