"""Changes of the region's calendar: checked, shown with what they do to running deadlines, then kept.

Only what lies ahead can be changed: a deadline that has passed was counted under the days that held then. A running deadline
keeps the number of working days that it began with; which day that is may change, and its pages say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.cases import catalogue, units
from balai.cases.clockwork import timers
from balai.cases.days import queries
from balai.cases.days.reading import DROP, MOST_ROWS, WORKING, Row
from balai.cases.models import OwnDay, WorkWeek
from balai.cases.workdays import Calendar, read_weeks
from balai.clock import now
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

_AHEAD: Final = timedelta(days=3 * 366)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Shift:
    """A deadline that falls on another moment."""

    code: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to running cases. count: deadlines that change; shown: some of them, none of secret cases."""

    count: int
    shown: tuple[Shift, ...]
    moments: tuple[tuple[UUID, datetime | None, datetime | None], ...]


def own_days(session: TenantSession) -> list[OwnDay]:
    """The region's own days, by date."""
    return list(session.scalars(select(OwnDay).order_by(OwnDay.day)))


def weeks(session: TenantSession) -> list[WorkWeek]:
    """Its working weeks, the newest first."""
    return list(session.scalars(select(WorkWeek).order_by(WorkWeek.since.desc())))


# --- days ---


def check_days(session: TenantSession, rows: Sequence[Row], *, field: str = "daftar") -> Calendar:
    """The calendar as it would be; raises Invalid with every row that makes no sense."""
    present = units.calendar(session)
    today, own = present.today(now()), dict(present.own)
    faults: list[str] = []
    seen: set[date] = set()
    for row in rows:
        words = _wrong(present, row, today, seen)
        if words:
            faults.append(_("Baris %(line)s: %(words)s", line=row.line, words=words) if row.line else words)
        seen.add(row.day)
        if row.kind == DROP:
            own.pop(row.day, None)
        else:
            own[row.day] = row.kind == WORKING
    if len([day for day in own if day >= today]) > MOST_ROWS:
        faults.append(_("Paling banyak %(most)s hari ke depan.", most=MOST_ROWS))
    if faults:
        raise Invalid([FieldError(field, "\n".join(faults[:20]))])
    return replace(present, own=own)


def _wrong(present: Calendar, row: Row, today: date, seen: set[date]) -> str:
    if row.day < today:
        return _("Hari yang sudah lewat tidak bisa diubah lagi.")
    if row.day > today + _AHEAD:
        return _("Terlalu jauh ke depan: paling lama tiga tahun.")
    if row.day in seen:
        return _("Tanggal ini sudah ada di atas.")
    return _pointless(present, row)


def _pointless(present: Calendar, row: Row) -> str:
    if row.kind == DROP:
        return "" if row.day in present.own else _("Hari ini tidak ada di daftar daerah.")
    usual = replace(present, own={}).is_working(row.day)
    if usual and row.kind == WORKING:
        return _("Hari ini memang sudah hari kerja.")
    if not usual and row.kind != WORKING:
        return _("Hari ini memang sudah libur.")
    return ""


def keep_days(session: TenantSession, rows: Sequence[Row], *, field: str = "daftar") -> Effect:
    """Keep days, move the deadlines that they change, write it down. Raises Invalid."""
    calendar = check_days(session, rows, field=field)
    effect = effect_of(session, calendar, lock=True)
    known = {row.day: row for row in own_days(session)}
    for row in rows:
        there = known.get(row.day)
        if row.kind == DROP:
            session.delete(there)
        elif there is None:
            session.add(OwnDay(day=row.day, name=row.name, working=row.kind == WORKING))
        else:
            there.name, there.working = row.name, row.kind == WORKING
    told = [{"day": row.day.isoformat(), "name": row.name, "kind": row.kind} for row in rows]
    _settle(session, effect, "days.changed", {"days": told})
    return effect


# --- week and hours ---


def check_week(session: TenantSession, since: date | None, days: Mapping[str, Any]) -> Calendar:
    """The calendar as it would be from `since` on, tomorrow at the earliest; raises Invalid."""
    present = units.calendar(session)
    today = present.today(now())
    if since is None or not today < since <= today + _AHEAD:
        raise Invalid.field("mulai", _("Pilih tanggal mulai, paling cepat besok."))
    others = [(row.since, row.days) for row in weeks(session) if row.since != since]
    return replace(present, weeks=read_weeks([*others, (since, days)]))


def keep_week(session: TenantSession, since: date | None, days: Mapping[str, Any]) -> Effect:
    """Keep a working week from a day on. Raises Invalid."""
    calendar = check_week(session, since, days)
    effect = effect_of(session, calendar, lock=True)
    there = session.scalars(select(WorkWeek).where(WorkWeek.since == since)).first()
    if there is None:
        session.add(WorkWeek(since=since, days=dict(days)))
    else:
        there.days = dict(days)
    _settle(session, effect, "week.changed", {"since": str(since), "days": dict(days)})
    return effect


def drop_week(session: TenantSession, since: date) -> Effect | None:
    """Take back a week that hasn't begun; None when there is none such."""
    there = session.scalars(select(WorkWeek).where(WorkWeek.since == since)).first()
    present = units.calendar(session)
    if there is None or since <= present.today(now()):
        return None
    effect = effect_of(session, replace(present, weeks=tuple(w for w in present.weeks if w.since != since)), lock=True)
    session.delete(there)
    _settle(session, effect, "week.changed", {"since": str(since), "days": None})
    return effect


def _settle(session: TenantSession, effect: Effect, action: str, data: dict[str, Any]) -> None:
    queries.rewrite(session, effect.moments)
    session.flush()
    units.remember_calendar(session, None)
    audit.record(session, action, subject_kind="region", subject_id="", data=data | {"deadlines": effect.count})


# --- what it does ---


def effect_of(session: TenantSession, calendar: Calendar, *, lock: bool = False) -> Effect:
    """What another calendar does to deadlines and timers that lie ahead."""
    present, at = units.calendar(session), now()
    shifts, moments = [], []
    for case in queries.ahead(session, at, lock=lock):
        due = _due(session, case, present, calendar, at)
        timer = _timer(session, case, calendar, at)
        if (due, timer) == (case.due_at, case.next_timer_at):
            continue
        moments.append((case.id, due, timer))
        if due != case.due_at:
            shifts.append((case, Shift(case.code, case.due_at, due)))
    shown = tuple(shift for case, shift in shifts if case.visibility != "secret")[:_SHOWN]
    return Effect(len(shifts), shown, tuple(moments))


def _due(session: TenantSession, case: Any, present: Calendar, calendar: Calendar, at: datetime) -> Any:
    if case.due_at is None or case.due_at <= at:
        return case.due_at
    flow = catalogue.rules_of(session, case.service_id, case.service_version).workflow
    if flow.state(case.state).sla_hours is not None:
        return case.due_at  # a law's hours know no holidays
    return calendar.after(case.state_since, present.between(case.state_since, case.due_at))


def _timer(session: TenantSession, case: Any, calendar: Calendar, at: datetime) -> Any:
    if case.next_timer_at is None or case.next_timer_at <= at:
        return case.next_timer_at
    service = catalogue.rules_of(session, case.service_id, case.service_version)
    waiting = timers(service, case.state)[case.timers_done :]
    return calendar.after(case.state_since, waiting[0].after_days) if waiting else None


def upcoming(rows: Iterable[OwnDay], today: date) -> list[OwnDay]:
    """Own days that can still be changed."""
    return [row for row in rows if row.day >= today]
