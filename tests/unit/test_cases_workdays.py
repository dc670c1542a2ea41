"""Deadlines in working days over holidays, joint leave, year ends and zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.cases.workdays import Calendar

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
JAKARTA = Calendar(WIB)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001


def local(moment, zone=WIB):
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ((2026, 11, 24, 10), 3, "2026-11-27"),  # Tuesday -> Friday
        ((2026, 11, 27, 23), 1, "2026-11-30"),  # Friday evening -> Monday
        ((2026, 11, 28, 9), 5, "2026-12-04"),  # filed on a Saturday
        ((2026, 12, 23, 9), 1, "2026-12-28"),  # Christmas, its joint leave and a weekend between
        ((2026, 12, 31, 9), 2, "2027-01-06"),  # New Year, and Isra Mi'raj on the 5th
        ((2026, 3, 17, 9), 1, "2026-03-25"),  # Nyepi and Idulfitri with joint leave: a week and more
        ((2026, 11, 24, 10), 0, "2026-11-24"),
        ((2026, 11, 28, 10), 0, "2026-11-30"),
    ],
)
def test_deadlines(start, days, due):
    assert local(JAKARTA.after(datetime(*start, tzinfo=WIB), days)) == f"{due} 23:59:59"


def test_the_zone_decides_which_day_it_is():
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 23.30 on Monday in Jakarta, 01.30 on Tuesday in Jayapura
    assert local(JAKARTA.after(late, 1)) == "2026-11-24 23:59:59"
    assert local(Calendar(WIT).after(late, 1), WIT) == "2026-11-25 23:59:59"


def test_own_days_count():
    calendar = Calendar(WIB, {date(2026, 11, 25): False, date(2026, 11, 28): True})
    start = datetime(2026, 11, 24, 9, tzinfo=WIB)
    assert local(calendar.after(start, 1))[:10] == "2026-11-26"
    assert local(calendar.after(start, 3))[:10] == "2026-11-28"


@given(moments, st.integers(0, 40))
def test_a_deadline_lies_on_a_working_day_and_counts_back(start, days):
    due = JAKARTA.after(start, days)
    assert due >= start.replace(microsecond=0)
    assert JAKARTA.is_working(JAKARTA.today(due))
    if days:
        assert JAKARTA.between(start, due) == days


@given(moments, moments, st.integers(0, 20))
def test_the_clock_never_runs_backwards(one, other, days):
    early, late = sorted((one, other))
    assert JAKARTA.after(early, days) <= JAKARTA.after(late, days)


@given(moments, st.integers(1, 10), st.integers(0, 30))
def test_a_pause_never_shortens_a_deadline(start, days, pause):
    due = JAKARTA.after(start, days)
    asked = JAKARTA.after(start, 0)
    left = JAKARTA.between(asked, due)
    resumed = JAKARTA.after(asked, pause)
    assert JAKARTA.after(resumed, left) >= due
