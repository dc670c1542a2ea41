"""Reads for the readings' pages: a month by routes, what waits, one reading with its months before, the month as a table."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from balai.api import TenantSession
from balai_water.readings import queries
from balai_water.readings.models import Correction, Reading, ReadingChange
from balai_water.register.models import Connection, Route

PAGE = 50
_PIECE = 1000


def _on_month(month: date) -> Any:
    return and_(
        Reading.connection_id == Connection.id, Reading.tenant_id == Connection.tenant_id, Reading.month == month
    )


def routes(session: TenantSession, month: date) -> list[Any]:
    """Rows (route_id, name, member_id, due, read, waiting) of a month, those without a route last."""
    query = (
        select(
            Route.id,
            Route.name,
            Route.member_id,
            func.count(Connection.id).filter(queries.due(month)).label("due"),
            func.count(Reading.id).filter(and_(queries.due(month), Reading.state != "refused")).label("read"),
            func.count(Reading.id).filter(Reading.state != "accepted").label("waiting"),
        )
        .select_from(Connection)
        .outerjoin(Route, and_(Route.id == Connection.route_id, Route.tenant_id == Connection.tenant_id))
        .outerjoin(Reading, _on_month(month))
        .where(Connection.state != "terminated")
        .group_by(Route.id, Route.name, Route.member_id)
        .order_by(Route.name.nulls_last())
    )
    return list(session.execute(query))


def waiting(session: TenantSession, month: date, *, flag: str = "", after: str = "") -> list[tuple[Reading, str]]:
    """Readings that somebody must look at or read again, with the connection's number, by number; one more than a page."""
    query = (
        select(Reading, Connection.number)
        .join(Connection, and_(Connection.id == Reading.connection_id, Connection.tenant_id == Reading.tenant_id))
        .where(Reading.month == month, Reading.state != "accepted", Connection.number > after)
        .order_by(Connection.number)
        .limit(PAGE + 1)
    )
    if flag:
        query = query.where(Reading.flags.contains([flag]), Reading.state == "check")
    return [(row[0], row[1]) for row in session.execute(query)]


def flags(session: TenantSession, month: date) -> dict[str, int]:
    """How many of a month's readings wait, by reason, the most frequent first."""
    one = func.unnest(Reading.flags).label("flag")
    inner = select(one).where(Reading.month == month, Reading.state == "check").subquery()
    query = select(inner.c.flag, func.count()).group_by(inner.c.flag).order_by(func.count().desc(), inner.c.flag)
    return {row[0]: row[1] for row in session.execute(query)}


def months_of(session: TenantSession, connection_id: UUID, *, limit: int = 13) -> list[Reading]:
    """Readings of a connection, the latest first."""
    query = select(Reading).where(Reading.connection_id == connection_id).order_by(Reading.month.desc()).limit(limit)
    return list(session.scalars(query))


def changes_of(session: TenantSession, reading: Reading) -> list[ReadingChange]:
    """What happened to a month's reading, the latest first."""
    query = select(ReadingChange).where(
        ReadingChange.connection_id == reading.connection_id, ReadingChange.month == reading.month
    )
    return list(session.scalars(query.order_by(ReadingChange.at.desc(), ReadingChange.id.desc()).limit(50)))


def corrections_of(session: TenantSession, connection_id: UUID) -> list[Correction]:
    """What was found out about closed months, the latest first."""
    query = select(Correction).where(Correction.connection_id == connection_id).order_by(Correction.at.desc()).limit(20)
    return list(session.scalars(query))


def late(session: TenantSession, month: date) -> int:
    """How many readings came after a month was closed."""
    query = select(func.count()).select_from(ReadingChange)
    return session.scalar(query.where(ReadingChange.month == month, ReadingChange.act == "late")) or 0


def table(session: TenantSession, month: date) -> Iterator[tuple[str, Reading]]:
    """(number, reading) of a month, by number."""
    after = ""
    while True:
        query = (
            select(Connection.number, Reading)
            .join(Connection, _on_month(month))
            .where(Connection.number > after)
            .order_by(Connection.number)
            .limit(_PIECE)
        )
        piece = [(row[0], row[1]) for row in session.execute(query)]
        yield from piece
        if len(piece) < _PIECE:
            return
        after = piece[-1][0]
        session.expunge_all()
