"""SQL of readings: whole months are read and written by a few statements, whether one stand arrives or a hundred thousand.

Every statement names its tenant. Columns of ids travel as one text (`{hex,hex}`), rows as one JSON: anything finer costs more
time than the database needs to store them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import ColumnElement, Select, and_, func, select

from balai.api import TenantSession, driver
from balai_water.readings.models import Correction, Period, Reading
from balai_water.register.models import Connection

_PERIODS = "SELECT month, state FROM water_period WHERE tenant_id = $1 ORDER BY month"
_METERS = """
SELECT connection_id, id, digits, initial, installed_on, final, removed_on FROM water_meter
WHERE tenant_id = $1 AND connection_id = ANY($2::uuid[]) ORDER BY installed_on, id
"""
_GROUNDS = """
SELECT connection_id, base_stand, base_meter_id, credit, recent, month FROM water_reading
WHERE tenant_id = $1 AND connection_id = ANY($2::uuid[]) AND month = $3
"""
# For those that weren't read the month before.
_OLD_GROUNDS = """
SELECT DISTINCT ON (connection_id) connection_id, base_stand, base_meter_id, credit, recent, month FROM water_reading
WHERE tenant_id = $1 AND connection_id = ANY($2::uuid[]) AND month < $3 ORDER BY connection_id, month DESC
"""
_ROWS = """
SELECT connection_id, month, id, stand, kind, state, accepted_use, differs, client_id, read_at, received_at, member_id, photo_id,
  note, meter_id, previous, use, flags, credit, recent, base_stand, base_meter_id FROM water_reading
WHERE tenant_id = $1 AND connection_id = ANY($2::uuid[]) AND month >= $3 ORDER BY month
"""
_CORRECTIONS = """
SELECT connection_id, month, stand, delta FROM water_correction
WHERE tenant_id = $1 AND connection_id = ANY($2::uuid[]) ORDER BY month, at, id
"""
_KNOWN = """
SELECT client_id, connection_id, month FROM water_reading WHERE tenant_id = $1 AND client_id = ANY($2::uuid[])
UNION ALL
SELECT client_id, connection_id, month FROM water_reading_change WHERE tenant_id = $1 AND client_id = ANY($2::uuid[])
"""
_SHAPE = """
(id uuid, connection_id uuid, month date, meter_id uuid, stand int, previous int, use int, kind text, flags text[], state text,
 accepted_use int, differs boolean, credit int, recent int[], base_stand int, base_meter_id uuid, client_id uuid,
 read_at timestamptz, received_at timestamptz, member_id uuid, photo_id uuid, note text)
"""
_COLUMNS = """
id, connection_id, month, meter_id, stand, previous, use, kind, flags, state, accepted_use, differs, credit, recent, base_stand,
base_meter_id, client_id, read_at, received_at, member_id, photo_id, note
"""
_ADD = f"INSERT INTO water_reading (tenant_id, {_COLUMNS}) SELECT $1, {_COLUMNS} FROM json_to_recordset($2::json) r {_SHAPE}"
_CHANGE = f"""
UPDATE water_reading w SET (meter_id, stand, previous, use, kind, flags, state, accepted_use, differs, credit, recent, base_stand,
  base_meter_id, client_id, read_at, received_at, member_id, photo_id, note) = (r.meter_id, r.stand, r.previous, r.use, r.kind,
  r.flags, r.state, r.accepted_use, r.differs, r.credit, r.recent, r.base_stand, r.base_meter_id, r.client_id, r.read_at,
  r.received_at, r.member_id, r.photo_id, r.note)
FROM json_to_recordset($2::json) r {_SHAPE} WHERE w.tenant_id = $1 AND w.id = r.id
"""
_NOTE = """
INSERT INTO water_reading_change (tenant_id, id, connection_id, month, at, act, client_id, before, after, reason, member_id,
  photo_id)
SELECT $1, id, connection_id, month, at, act, client_id, before, after, reason, member_id, photo_id
FROM json_to_recordset($2::json) r (id uuid, connection_id uuid, month date, at timestamptz, act text, client_id uuid,
  before jsonb, after jsonb, reason text,
  member_id uuid, photo_id uuid)
"""


class Row(msgspec.Struct, gc=False):
    """A reading as it is read and written; names as in models.Reading."""

    id: UUID
    connection_id: UUID
    month: date
    stand: int | None
    kind: str
    client_id: UUID
    read_at: datetime
    received_at: datetime
    member_id: UUID | None
    photo_id: UUID | None
    note: str
    state: str = "accepted"
    accepted_use: int | None = None
    differs: bool = False
    meter_id: UUID | None = None
    previous: int = 0
    use: int = 0
    flags: Sequence[str] = ()
    credit: int = 0
    recent: Sequence[int] = ()
    base_stand: int | None = None
    base_meter_id: UUID | None = None


class Note(msgspec.Struct, gc=False):
    """A row of the changes; names as in models.ReadingChange."""

    id: UUID
    connection_id: UUID
    month: date
    at: datetime
    act: str
    client_id: UUID | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    member_id: UUID | None
    photo_id: UUID | None


def lock_periods(session: TenantSession, *, alone: bool) -> dict[date, str]:
    """State by month, held until the transaction ends. alone: nobody else writes readings meanwhile (a batch, a closing); else
    single readings go on side by side, but no batch.
    """
    session.flush()
    statement = _PERIODS + (" FOR UPDATE" if alone else " FOR SHARE")
    return dict(_ask(session, statement).fetchall())


def lock_connection(session: TenantSession, connection_id: UUID) -> bool:
    """Hold one connection, so that two senders of its readings come one after the other; False when there is none."""
    query = select(Connection.id).where(Connection.id == connection_id).with_for_update()
    return session.scalars(query).one_or_none() is not None


def meters_of(session: TenantSession, ids: Iterable[UUID]) -> Iterator[tuple[Any, ...]]:
    """(connection, id, digits, initial, installed_on, final, removed_on), in the order in which they were mounted."""
    return iter(_ask(session, _METERS, _ids(ids)))


def grounds_of(session: TenantSession, ids: Sequence[UUID], month: date) -> Iterator[tuple[Any, ...]]:
    """(connection, stand, meter, credit, uses, month) of the last month before `month` that each connection has."""
    before = date(month.year - (month.month == 1), month.month - 1 or 12, 1)
    seen = set()
    for row in _ask(session, _GROUNDS, _ids(ids), before):
        seen.add(row[0])
        yield row
    rest = [each for each in ids if each not in seen]
    if rest:
        yield from _ask(session, _OLD_GROUNDS, _ids(rest), month)


def rows_of(session: TenantSession, ids: Sequence[UUID], since: date) -> Iterator[Row]:
    """Readings of a month and after it, in the order of their months."""
    for got in _ask(session, _ROWS, _ids(ids), since):
        yield Row(
            connection_id=got[0], month=got[1], id=got[2], stand=got[3], kind=got[4], state=got[5], accepted_use=got[6],
            differs=got[7], client_id=got[8], read_at=got[9], received_at=got[10], member_id=got[11], photo_id=got[12],
            note=got[13], meter_id=got[14], previous=got[15], use=got[16], flags=tuple(got[17]), credit=got[18],
            recent=tuple(got[19]), base_stand=got[20], base_meter_id=got[21],
        )  # fmt: skip


def corrections_of(session: TenantSession, ids: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    """(connection, month in which it is made good, stand, delta)."""
    return iter(_ask(session, _CORRECTIONS, _ids(ids)))


def known(session: TenantSession, client_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, date]]:
    """Of ids that senders gave: those that have arrived, with their connection and month."""
    return {got[0]: (got[1], got[2]) for got in _ask(session, _KNOWN, _ids(client_ids))}


@contextmanager
def written_ahead(session: TenantSession) -> Iterator[None]:
    """The database works on what was sent while the caller prepares the next; what it refuses is raised by its end."""
    with driver(session).pipeline():
        yield


def add(session: TenantSession, rows: Sequence[Row]) -> None:
    """Write new readings."""
    if rows:
        _tell(session, _ADD, rows)


def change(session: TenantSession, rows: Sequence[Row]) -> None:
    """Write readings that are there already."""
    if rows:
        _tell(session, _CHANGE, rows)


def note(session: TenantSession, notes: Sequence[Note]) -> None:
    """Write what happened."""
    if notes:
        _tell(session, _NOTE, notes)


def uses(month: date) -> Select[UUID, int, int, int | None, str]:
    """What is billed for a closed month: connection_id, use (m3), previous, stand (None for an estimate), kind."""
    return select(Reading.connection_id, Reading.use, Reading.previous, Reading.stand, Reading.kind).where(
        Reading.month == month, Reading.state == "accepted"
    )


def due(month: date) -> ColumnElement[bool]:
    """Whether a connection is to be read in a month: it takes water and didn't begin later."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return and_(Connection.state == "active", func.coalesce(Connection.since, month) < after)


def counts(session: TenantSession, month: date) -> dict[str, int]:
    """Connections of a month: due, read, check, refused, estimated, late ..."""
    row = and_(
        Reading.connection_id == Connection.id, Reading.tenant_id == Connection.tenant_id, Reading.month == month
    )
    query = (
        select(
            func.count().filter(due(month)),
            func.count(Reading.id),
            func.count().filter(and_(due(month), Reading.id.is_(None))),
            func.count().filter(Reading.state == "check"),
            func.count().filter(Reading.state == "refused"),
            func.count().filter(Reading.kind == "estimate"),
            func.coalesce(func.sum(Reading.use).filter(Reading.state == "accepted"), 0),
        )
        .select_from(Connection)
        .outerjoin(Reading, row)
    )
    names = ("due", "read", "unread", "check", "refused", "estimated", "use")
    return dict(zip(names, map(int, session.execute(query).one()), strict=True))


def unread(month: date) -> Select[UUID]:
    """Connections that are due and have nothing for a month, or only what is to be read again."""
    there = select(Reading.connection_id).where(Reading.month == month, Reading.state != "refused")
    return select(Connection.id).where(due(month), Connection.id.not_in(there))


def waiting_only_for(month: date, flag: str) -> Select[UUID]:
    """Connections whose reading of a month waits for this one reason."""
    return select(Reading.connection_id).where(
        Reading.month == month, Reading.state == "check", Reading.flags == [flag]
    )


def read_after(reading: Reading) -> Select[UUID]:
    """Later readings of the same connection that count, in closed months."""
    closed = select(Period.month).where(Period.state == "closed")
    return select(Reading.id).where(
        Reading.connection_id == reading.connection_id,
        Reading.month > reading.month,
        Reading.stand.is_not(None),
        Reading.state == "accepted",
        Reading.month.in_(closed),
    )


def made_good(session: TenantSession, reading: Reading) -> int:
    """m3 by which a closed month was put right so far."""
    query = select(func.coalesce(func.sum(Correction.delta), 0)).where(
        Correction.connection_id == reading.connection_id, Correction.for_month == reading.month
    )
    return int(session.scalar(query) or 0)


def read_since(month: date) -> Select[UUID]:
    """Connections that have a reading in a month or after it."""
    return select(Reading.connection_id).where(Reading.month >= month).distinct()


def states(session: TenantSession) -> dict[date, str]:
    """State of every month that was opened."""
    return {row[0]: row[1] for row in session.execute(select(Period.month, Period.state))}


def periods() -> Select[Period]:
    """All periods, the latest first."""
    return select(Period).order_by(Period.month.desc())


def _ask(session: TenantSession, statement: str, *values: Any) -> psycopg.RawCursor[Any]:
    cursor = psycopg.RawCursor(driver(session))
    return cursor.execute(statement, [session.tenant_id, *values], binary=True)


def _tell(session: TenantSession, statement: str, rows: Sequence[Any]) -> None:
    psycopg.RawCursor(driver(session)).execute(statement, [session.tenant_id, msgspec.json.encode(rows).decode()])


def _ids(ids: Iterable[UUID]) -> str:
    return "{" + ",".join([each.hex for each in ids]) + "}"
