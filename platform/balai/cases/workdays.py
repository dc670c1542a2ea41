"""Working days of a region: the Indonesian calendar with joint leave (cuti bersama), its own days, its own zone.

A deadline of n working days is the last second of the n-th working day after the day on which it began; the day itself doesn't
count, whatever the hour. That is how laws count ("paling lambat 5 hari kerja") and what a citizen can check on a calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SATURDAY = 5
_LAST_SECOND = time(23, 59, 59)
# A region that marks every day as free would otherwise be asked for ever.
_HORIZON = timedelta(days=3660)


@lru_cache(maxsize=32)
def national_holidays(year: int) -> frozenset[date]:
    """Public holidays and joint leave of a year; years that no decree covers yet hold the computed dates."""
    import holidays

    return frozenset(holidays.country_holidays("ID", years=year, categories=("public", "government")))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of one region. own: its own days, True = works on that day although it would be free."""

    zone: ZoneInfo
    own: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether offices are open."""
        if day in self.own:
            return self.own[day]
        return day.weekday() < _SATURDAY and day not in national_holidays(day.year)

    def today(self, at: datetime) -> date:
        """The day on which the moment `at` lies here."""
        return at.astimezone(self.zone).date()

    def after(self, at: datetime, days: int) -> datetime:
        """The deadline of `days` working days from `at`, in UTC; 0 = the end of this day, or of the next working one."""
        day, left, stop = self.today(at), days, self.today(at) + _HORIZON
        while left > 0 or not self.is_working(day):
            day += timedelta(days=1)
            left -= self.is_working(day)
            if day > stop:
                raise ValueError("no working day in ten years: check the region's own days")
        return datetime.combine(day, _LAST_SECOND, self.zone).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start` up to and with the day of `end`; 0 when it isn't later."""
        day, last, count = self.today(start), self.today(end), 0
        while day < last:
            day += timedelta(days=1)
            count += self.is_working(day)
        return count
