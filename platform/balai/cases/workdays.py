"""Working days of a region: the Indonesian calendar with joint leave (cuti bersama), its own days, week and hours, its own zone.

A deadline of n working days is the last second of the n-th working day after the day on which it began; the day itself doesn't
count, whatever the hour. That is how laws count ("paling lambat 5 hari kerja") and what a citizen can check on a calendar.
A region that tells its hours promises a little more exactly: the deadline falls on closing time, and what arrives after closing
counts as arrived on the next day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

_SATURDAY = 5
_LAST_SECOND = time(23, 59, 59)
# A region that marks every day as free would otherwise be asked for ever.
_HORIZON = timedelta(days=3660)
Hours = tuple[time, time] | None


@lru_cache(maxsize=32)
def national_holidays(year: int) -> frozenset[date]:
    """Public holidays and joint leave of a year; years that no decree covers yet hold the computed dates."""
    return frozenset(named_holidays(year))


@lru_cache(maxsize=32)
def named_holidays(year: int) -> dict[date, str]:
    """The same with their names, by day. Don't change the answer."""
    import holidays

    found = holidays.country_holidays("ID", years=year, categories=("public", "government"), language="id")
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Week:
    """A working week from a day on. days: weekday (0 = Monday) -> opening and closing time, None where hours aren't told."""

    since: date
    days: Mapping[int, Hours]


# Monday to Friday, hours not told: what holds until a region says otherwise.
USUAL: Final = Week(date.min, dict.fromkeys(range(_SATURDAY)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of one region. own: its own days, True = works on that day although it would be free; weeks: by day of
    beginning, the earliest first.
    """

    zone: ZoneInfo
    own: Mapping[date, bool] = field(default_factory=dict)
    weeks: tuple[Week, ...] = ()

    def is_working(self, day: date) -> bool:
        """Whether offices are open."""
        if day in self.own:
            return self.own[day]
        return day.weekday() in self.week_of(day).days and day not in national_holidays(day.year)

    def week_of(self, day: date) -> Week:
        """The working week that holds on this day."""
        for week in reversed(self.weeks):
            if week.since <= day:
                return week
        return USUAL

    def closing(self, day: date) -> time:
        """When a working day ends. An own working day on a weekday that is else free has the hours of the first working one."""
        days = self.week_of(day).days
        hours = days.get(day.weekday()) or (days[min(days)] if days and day.weekday() not in days else None)
        return hours[1] if hours else _LAST_SECOND

    def today(self, at: datetime) -> date:
        """The day on which the moment `at` lies here."""
        return at.astimezone(self.zone).date()

    def _arrived(self, at: datetime) -> date:
        """The day as which `at` counts: after closing time it is the next one."""
        here = at.astimezone(self.zone)
        day = here.date()
        late = self.weeks and self.is_working(day) and here.time() > self.closing(day)
        return day + timedelta(days=1) if late else day

    def after(self, at: datetime, days: int) -> datetime:
        """The deadline of `days` working days from `at`, in UTC; 0 = the end of this day, or of the next working one."""
        day = self._arrived(at)
        left, stop = days, day + _HORIZON
        while left > 0 or not self.is_working(day):
            day += timedelta(days=1)
            left -= self.is_working(day)
            if day > stop:
                raise ValueError("no working day in ten years: check the region's own days")
        return datetime.combine(day, self.closing(day), self.zone).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start` up to and with the day of `end`; 0 when it isn't later."""
        day, last, count = self._arrived(start), self.today(end), 0
        while day < last:
            day += timedelta(days=1)
            count += self.is_working(day)
        return count


def read_weeks(rows: Iterable[tuple[date, Mapping[str, Any]]]) -> tuple[Week, ...]:
    """Kept rows (day of beginning, days as in WorkWeek) as a calendar takes them."""
    return tuple(
        Week(since, {int(day): _hours(told) for day, told in days.items()})
        for since, days in sorted(rows, key=lambda row: row[0])
    )


def _hours(told: Any) -> Hours:
    return (parse_time(told[0]), parse_time(told[1])) if told else None


def parse_time(text: str) -> time:
    """The time of "07.30" or "7:30"; raises ValueError."""
    hour, _dot, minute = text.strip().replace(":", ".").partition(".")
    return time(int(hour), int(minute or 0))
