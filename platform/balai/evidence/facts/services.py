"""Roll up what is new, or work out all open months again."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from balai.cases import catalogue, units
from balai.cases.workdays import Calendar
from balai.clock import now
from balai.db import TenantSession
from balai.evidence.facts import queries
from balai.evidence.needs.reading import read_new
from balai.evidence.needs.topics import declared_pairs, of_declared

# A month takes corrections for so long after its end.
STAYS_OPEN: Final = timedelta(days=90)
_SPARE_DAYS: Final = 3
_KEPT_CALENDARS: Final = 64


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a roll-up did: how many (service, month) were counted again, the first month that is still open."""

    cells: int
    open_from: date


def roll_up(session: TenantSession) -> Rolled | None:
    """Take in everything that was committed to the timeline since the last time, then close the months whose time is up.

    None when another process is at it. Safe against transactions that commit late: only those below the oldest running one are
    taken, the others come next time. A changed calendar of working days makes it a rebuild.
    """
    if not queries.lock(session):
        return None
    calendar = units.calendar(session)
    known = queries.state(session)
    print_ = _print_of(calendar)
    until = queries.horizon(session)
    # After a restore into another cluster the numbers begin anew: then nothing can be said about what is new.
    if known is None or known.calendar != print_ or known.until_xact > until:
        return _whole(session, calendar, known, until)
    if not queries.anything(session, known.until_xact, until):
        # In most regions most hours bring nothing: then nothing is written either, unless a month's time is up.
        if _first_open(calendar, known.open_from) == known.open_from:
            return Rolled(0, known.open_from)
        return _keep(session, calendar, known.open_from, until, 0)
    queries.hurry(session)
    cells = queries.take_in(session, _given(session, calendar), known.open_from, since=known.until_xact, until=until)
    read_new(session)
    queries.count_cells(session, cells)
    queries.count_years(session, _years(cells))
    return _keep(session, calendar, known.open_from, until, len(cells))


def rebuild(session: TenantSession) -> Rolled:
    """Work out every open month again from the timeline alone; closed months stay as they were published."""
    queries.lock(session)
    return _whole(session, units.calendar(session), queries.state(session), queries.horizon(session))


def _whole(session: TenantSession, calendar: Calendar, known: queries.State | None, until: int) -> Rolled:
    open_from = known.open_from if known else queries.FIRST_MONTH
    queries.drop_open(session, open_from)
    queries.take_in(session, _given(session, calendar), open_from, since=None, until=until)
    read_new(session)
    cells = queries.open_cells(session, open_from)
    queries.count_cells(session, cells)
    queries.count_years(session, queries.open_years(session, open_from))
    return _keep(session, calendar, open_from, until, len(cells))


def _keep(session: TenantSession, calendar: Calendar, open_from: date, until: int, cells: int) -> Rolled:
    at = now()
    # Closing comes after counting, so that a region's whole history is booked under its own months the first time.
    open_from = _first_open(calendar, open_from)
    queries.keep_state(session, queries.State(until, open_from, _print_of(calendar)), at)
    return Rolled(cells, open_from)


def _first_open(calendar: Calendar, open_from: date) -> date:
    return max(open_from, (calendar.today(now()) - STAYS_OPEN).replace(day=1))


def _years(cells: list[tuple[str, date]]) -> list[tuple[str, int]]:
    return sorted({(service, month.year) for service, month in cells})


def _given(session: TenantSession, calendar: Calendar) -> queries.Given:
    first = queries.first_event(session)
    start = date(calendar.today(first or now()).year, 1, 1) - timedelta(days=1)
    end = calendar.today(now()) + timedelta(days=_SPARE_DAYS)
    before = _before(_Keyed(calendar, _words_of(calendar)), start, end)
    topics = {s.id: topic for s in catalogue.registered().values() if (topic := of_declared(s.topic))}
    return queries.Given(str(calendar.zone), start, before, declared_pairs(), topics)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A calendar that a cache can tell apart: regions without days of their own share one."""

    calendar: Calendar
    key: str

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.key == self.key


@lru_cache(maxsize=_KEPT_CALENDARS)
def _before(keyed: _Keyed, start: date, end: date) -> str:
    """Array text: how many working days lie before each day from `start` to `end`, and one entry more."""
    found, count, day = [], 0, start
    while day <= end:
        found.append(count)
        count += keyed.calendar.is_working(day)
        day += timedelta(days=1)
    found.append(count)
    return "{" + ",".join(map(str, found)) + "}"


@lru_cache(maxsize=_KEPT_CALENDARS)
def _digest(text: str) -> str:
    return hashlib.sha256(f"{text} holidays {version('holidays')}".encode()).hexdigest()[:16]


def _words_of(calendar: Calendar) -> str:
    return f"{calendar.zone} {sorted(calendar.own.items())} {calendar.weeks}"


def _print_of(calendar: Calendar) -> str:
    return _digest(_words_of(calendar))


def month_of(calendar: Calendar, at: datetime) -> date:
    """First day of the month in which a moment lies here."""
    return calendar.today(at).replace(day=1)
