"""The life of a month: opened, read, verified, closed. Closed is for good; what is learnt later goes to the next month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai.api import Conflict, NotFound, TenantSession, gettext, lazy_gettext, new_id, now, record_audit
from balai_water.readings import queries
from balai_water.readings.book import Book, Entry, here
from balai_water.readings.models import Period
from balai_water.readings.recording import Outcome, reason_of, record

# From where to where a month may go by hand; closing has a way of its own.
MOVES: Final = {"open": ("reading",), "reading": ("verifying",), "verifying": ("reading",), "closed": ()}


class NotReady(Conflict):
    """409: something is missing before a month can be closed."""

    slug, title = "bulan-belum-lengkap", lazy_gettext("Bulan ini belum bisa ditutup")


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands between a month and its closing. earlier: the first month before it that is still open."""

    unread: int
    check: int
    refused: int
    earlier: date | None

    def __bool__(self) -> bool:
        return bool(self.unread or self.check or self.refused or self.earlier)


def period(session: TenantSession, month: date) -> Period | None:
    """A month, None when nobody has opened it."""
    return session.scalars(select(Period).where(Period.month == month)).one_or_none()


def find_period(session: TenantSession, month: date) -> Period:
    """A month; NotFound."""
    found = period(session, month)
    if found is None:
        raise NotFound
    return found


def current_period(session: TenantSession) -> Period | None:
    """The month that readers walk now, else the earliest that isn't closed, else None."""
    waiting = list(session.scalars(select(Period).where(Period.state != "closed").order_by(Period.month)))
    return next((p for p in waiting if p.state == "reading"), waiting[0] if waiting else None)


def next_month(session: TenantSession) -> date:
    """The month to be opened next: after the latest, or this one."""
    latest = session.scalars(queries.periods().limit(1)).first()
    if latest is not None:
        return after(latest.month)
    return now().astimezone(here()).date().replace(day=1)


def after(month: date) -> date:
    """The first day of the month behind one."""
    return (month + timedelta(days=32)).replace(day=1)


def open_period(session: TenantSession, month: date, *, member_id: UUID | None = None) -> Period:
    """Open a month; again does nothing. Conflict when it lies before a closed one, or far in the future."""
    month = month.replace(day=1)
    periods = queries.lock_periods(session, alone=True)
    found = period(session, month)
    if found is not None:
        return found
    if any(state == "closed" and each > month for each, state in periods.items()):
        raise Conflict(gettext("Bulan sesudahnya sudah ditutup. Catat di bulan berikutnya."))
    if month > after(after(now().date())):
        raise Conflict(gettext("Bulan ini masih terlalu jauh."))
    made = Period(id=new_id(), month=month, opened_by=member_id)
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:  # two people at once: the index lets one through
        raise Conflict(gettext("Bulan ini baru saja dibuka. Muat ulang halamannya.")) from error
    record_audit(session, "water.period_opened", subject_kind="water_period", subject_id=made.id, data=_data(month))
    return made


def move(session: TenantSession, month: date, to: str) -> Period:
    """Let a month be read, verified or read again. Raises NotFound, Conflict."""
    queries.lock_periods(session, alone=True)
    found = find_period(session, month)
    session.refresh(found)
    if to == found.state:
        return found
    if to not in MOVES[found.state]:
        raise Conflict(gettext("Bulan ini tidak bisa dipindahkan ke tahap itu."))
    if to == "verifying":
        reckon(session, month)
        session.refresh(found)
    before, found.state = found.state, to
    data = _data(month) | {"from": before, "to": to}
    record_audit(session, "water.period_moved", subject_kind="water_period", subject_id=found.id, data=data)
    session.flush()
    return found


def missing(session: TenantSession, month: date) -> Missing:
    """What is missing before a month can be closed."""
    found = queries.counts(session, month)
    earlier = session.scalars(
        select(Period.month).where(Period.month < month, Period.state != "closed").order_by(Period.month)
    ).first()
    return Missing(found["unread"], found["check"], found["refused"], earlier)


def close(session: TenantSession, month: date, *, member_id: UUID | None = None) -> Period:
    """Close a month for good: its figures are reckoned once more, from the register as it is now. Raises NotFound, NotReady."""
    periods = queries.lock_periods(session, alone=True)
    found = find_period(session, month)
    session.refresh(found)
    if found.state == "closed":
        return found
    if found.state == "open":
        raise NotReady(gettext("Bulan ini belum dibaca."))
    reckon(session, month, periods)
    lacks = missing(session, month)
    if lacks:
        raise NotReady(gettext("Masih ada yang kurang; lihat daftarnya."))
    found.state, found.closed_at, found.closed_by = "closed", now(), member_id
    data = _data(month) | queries.counts(session, month)
    record_audit(session, "water.period_closed", subject_kind="water_period", subject_id=found.id, data=data)
    session.flush()
    return found


def reckon(session: TenantSession, month: date, periods: dict[date, str] | None = None) -> int:
    """Reckon everything from a month on anew, closed months excepted, as after a change of meters. How many connections."""
    periods = periods or queries.lock_periods(session, alone=True)
    ids = list(session.scalars(queries.read_since(month)))
    Book.of(session, periods, ids, month).settle()
    session.expire_all()
    return len(ids)


def estimate_missing(session: TenantSession, month: date, *, reason: str, member_id: UUID | None = None) -> Outcome:
    """Estimate every connection that is due and has no reading: the mean of its last three months, trued up by the next stand."""
    words = reason_of(reason)
    find_period(session, month)
    at = now()
    entries = [
        Entry(each, month, None, "estimate", uuid4(), at, member_id=member_id, note=words)
        for each in session.scalars(queries.unread(month))
    ]
    outcome = record(session, entries)
    data = _data(month) | {"count": len(entries), "reason": words}
    record_audit(session, "water.readings_estimated", subject_kind="water_period", subject_id=str(month), data=data)
    return outcome


def open_months(session: TenantSession) -> Sequence[date]:
    """Months that take readings, the latest first."""
    return session.scalars(select(Period.month).where(Period.state != "closed").order_by(Period.month.desc())).all()


def _data(month: date) -> dict[str, str | int]:
    return {"month": f"{month:%Y-%m}"}
