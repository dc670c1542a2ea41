"""A reader's round: her connections in the order in which she walks, with what she must know at each door; and what she sends.

The phone keeps the round for days without a signal. What it sends may come late, twice, or for a month that was closed
meanwhile: each stand counts once (`recording`), and nothing is refused that a person could still make sense of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import and_, or_, select

from balai.api import (
    FieldError,
    File,
    Invalid,
    NotFound,
    TenantSession,
    gettext,
    now,
    opener,
    record_audit,
    store_file,
)
from balai_water.cells import CellError, read_whole
from balai_water.readings import queries
from balai_water.readings.book import Entry, meters_of
from balai_water.readings.judging import MOST_TIMES, SMALL
from balai_water.readings.models import Period, Reading, ReadingChange
from balai_water.readings.recording import Outcome, record
from balai_water.readings.walking import Ground, Meter, meter_on
from balai_water.register.models import Connection, Route
from balai_water.register.models import Meter as Mounted

PURPOSE: Final = "water.reading"
_PHOTO: Final[tuple[Literal["image"], ...]] = ("image",)
# What a phone says about when it was read is believed within these bounds.
_OLDEST: Final = timedelta(days=62)
_MOST_STOPS: Final = 3000
_MOST_NOTE: Final = 300
_NO_METER: Final = 9


@dataclass(frozen=True, slots=True)
class Stop:
    """A door. previous: the last stand that counts; usual: mean use of the months before, None without any; state: todo, done,
    again (to be read once more: `why`).
    """

    id: UUID
    number: str
    address: str
    route: str
    serial: str
    digits: int
    previous: int
    usual: int | None
    state: str
    stand: int | None
    why: str

    def warning(self, stand: int) -> str:
        """What is odd about a stand before it is saved, "" when nothing is."""
        full = 10**self.digits
        use = stand - self.previous
        if use < 0:
            use += full
            if use > full // 4:
                return gettext("Angka ini lebih kecil dari bulan lalu (%(previous)s).", previous=self.previous)
        if self.usual is not None and use > MOST_TIMES * self.usual and use > SMALL:
            return gettext("Pemakaian %(use)s m³, biasanya sekitar %(usual)s m³.", use=use, usual=self.usual)
        return ""


def round_of(session: TenantSession, found: Period, member_id: UUID | None, *, every: bool = False) -> list[Stop]:
    """A member's stops in the order of her routes; every: of all routes, for whoever supervises. Audited: it holds addresses."""
    query = (
        select(Connection, Route.name)
        .join(Route, and_(Route.id == Connection.route_id, Route.tenant_id == Connection.tenant_id))
        .where(queries.due(found.month), Route.active)
        .order_by(Route.key, Connection.route_order, Connection.number)
        .limit(_MOST_STOPS)
    )
    if not every:
        query = query.where(Route.member_id == member_id)
    rows = [(row[0], row[1]) for row in session.execute(query)]
    stops = _stops(session, found, rows)
    if stops:
        data = {"count": len(stops), "month": f"{found.month:%Y-%m}"}
        record_audit(session, "water.round_opened", subject_kind="member", subject_id=member_id, data=data)
    return stops


def stop_of(session: TenantSession, found: Period, connection_id: UUID) -> Stop:
    """One door; NotFound."""
    query = (
        select(Connection, Route.name)
        .outerjoin(Route, and_(Route.id == Connection.route_id, Route.tenant_id == Connection.tenant_id))
        .where(Connection.id == connection_id)
    )
    rows = [(row[0], row[1] or "") for row in session.execute(query)]
    if not rows:
        raise NotFound
    return _stops(session, found, rows)[0]


def is_anothers(session: TenantSession, connection_id: UUID, member_id: UUID | None) -> bool:
    """Whether a door is on a route that another reader walks; what is on nobody's route is anybody's."""
    query = (
        select(Route.member_id)
        .join(Connection, and_(Connection.route_id == Route.id, Connection.tenant_id == Route.tenant_id))
        .where(Connection.id == connection_id, Route.active, Route.member_id.is_not(None))
    )
    owner = session.scalars(query).first()
    return owner is not None and owner != member_id


def _stops(session: TenantSession, found: Period, rows: list[tuple[Connection, str]]) -> list[Stop]:
    ids = [connection.id for connection, _route in rows]
    meters = meters_of(session, ids)
    grounds = {
        owner: Ground(stand, meter, credit, tuple(recent))
        for owner, stand, meter, credit, recent, _month in queries.grounds_of(session, ids, found.month)
    }
    there = {row.connection_id: row for row in queries.rows_of(session, ids, found.month) if row.month == found.month}
    again = [owner for owner, row in there.items() if row.state == "refused"]
    why = _reasons(session, found, again)
    serials = _serials(session, ids)
    opened = opener(session, Connection.__tablename__)
    today = now().date()
    stops = []
    for connection, route in rows:
        row = there.get(connection.id)
        ground = grounds.get(connection.id, Ground())
        meter = meter_on(meters.get(connection.id, ()), today)
        state = "todo" if row is None or row.kind == "estimate" else "again" if row.state == "refused" else "done"
        address = opened(connection.address, "address", connection.id) if connection.address else ""
        stops.append(
            Stop(
                connection.id, connection.number, address, route, serials.get(meter.id, "") if meter else "",
                meter.digits if meter else _NO_METER, _previous(ground, meter),
                sum(ground.recent) // len(ground.recent) if ground.recent else None, state, row.stand if row else None,
                why.get(connection.id, "") if state == "again" else "",
            )
        )  # fmt: skip
    return stops


def _previous(ground: Ground, meter: Meter | None) -> int:
    if ground.stand is not None and (meter is None or ground.meter_id == meter.id):
        return ground.stand
    return meter.initial if meter else 0


def _reasons(session: TenantSession, found: Period, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = select(ReadingChange.connection_id, ReadingChange.reason).where(
        ReadingChange.connection_id.in_(list(ids)), ReadingChange.month == found.month, ReadingChange.act == "reread"
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(ReadingChange.at, ReadingChange.id))}


def _serials(session: TenantSession, ids: list[UUID]) -> dict[UUID, str]:
    query = select(Mounted.id, Mounted.serial).where(Mounted.connection_id.in_(ids), Mounted.removed_on.is_(None))
    return {row[0]: row[1] for row in session.execute(query)}


def send(
    session: TenantSession,
    given: Mapping[str, str],
    upload: Any,
    *,
    kind: str,
    connection_id: UUID | None = None,
    member_id: UUID | None = None,
    sub: str | None = None,
    month: date | None = None,
) -> tuple[Outcome, Entry]:
    """Let in what somebody sent from a form: stand, client_id, month, read_at, note, and a photo.

    The same client_id again changes nothing and stores nothing. Raises Invalid with every fault, NotFound, recording.NoPeriod.
    """
    faults: list[FieldError] = []
    client_id = _uuid(given.get("client_id"))
    owner = connection_id or _uuid(given.get("connection"))
    if client_id is None:
        faults.append(FieldError("client_id", gettext("Muat ulang halaman ini, lalu kirim lagi.")))
    if owner is None or session.scalars(select(Connection.id).where(Connection.id == owner)).first() is None:
        raise NotFound
    stand = _stand(given.get("stand", ""), faults)
    wanted = month or _month(given.get("month", ""), faults)
    if faults or client_id is None or stand is None or wanted is None:
        raise Invalid(faults)
    entry = Entry(
        owner, wanted, stand, kind, client_id, _moment(given.get("read_at", "")), member_id,
        note=" ".join(given.get("note", "").split())[:_MOST_NOTE],
    )  # fmt: skip
    if client_id in queries.known(session, [client_id]):
        return Outcome(known=1), entry
    if upload is not None and upload.filename:
        entry = _with_photo(session, entry, upload, sub)
    return record(session, [entry]), entry


def _with_photo(session: TenantSession, entry: Entry, upload: Any, sub: str | None) -> Entry:
    file: File = store_file(session, upload, purpose=PURPOSE, kinds=_PHOTO, created_by=sub, field="photo")
    return replace(entry, photo_id=file.id)


def _stand(text: str, faults: list[FieldError]) -> int | None:
    if not text.strip():
        faults.append(FieldError("stand", gettext("Tulis angka di meter.")))
        return None
    try:
        return read_whole(text)
    except CellError as fault:
        faults.append(FieldError("stand", str(fault)))
        return None


def _month(text: str, faults: list[FieldError]) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        faults.append(FieldError("month", gettext("Ambil lagi rutenya, lalu kirim ulang.")))
        return None


def _moment(text: str) -> datetime:
    """When the phone says that it was read; now, when it says nothing sensible."""
    at = now()
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return at
    if said.tzinfo is None or not at - _OLDEST <= said <= at + timedelta(minutes=10):
        return at
    return said


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def reading_of(session: TenantSession, entry: Entry) -> Reading | None:
    """What counts now in an entry's month."""
    query = select(Reading).where(Reading.connection_id == entry.connection_id, Reading.month == entry.month)
    return session.scalars(query).one_or_none()


def walked_now(session: TenantSession) -> Period | None:
    """The month that readers walk: the earliest that is being read, else one being verified (for what is to be read again)."""
    query = select(Period).where(or_(Period.state == "reading", Period.state == "verifying")).order_by(Period.month)
    rows = list(session.scalars(query))
    return next((row for row in rows if row.state == "reading"), rows[0] if rows else None)
