"""Deadlines in working days over holidays, joint leave, year ends and zones."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.cases.workdays import Calendar, Week, named_holidays

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


# --- the region's own week and hours ---

WITA = ZoneInfo("Asia/Makassar")
SHORT = {day: (time(7, 30), time(16)) for day in range(4)} | {4: (time(7, 30), time(11, 30))}
HOURED = Calendar(WIB, weeks=(Week(date(2026, 1, 1), SHORT),))
SIX = Calendar(WIB, weeks=(Week(date(2026, 12, 1), dict.fromkeys(range(6))),))


@pytest.mark.parametrize("zone", [WIB, WITA, WIT], ids=["WIB", "WITA", "WIT"])
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ((2026, 12, 22, 9), 2, "2026-12-28 23:59:59"),  # the 24th is joint leave, the 25th Christmas, then a weekend
        ((2026, 12, 30, 9), 3, "2027-01-06 23:59:59"),  # over New Year
        ((2027, 12, 30, 23), 1, "2027-12-31 23:59:59"),
    ],
    ids=["christmas", "new-year", "last-day"],
)
def test_year_ends_in_every_zone(zone, start, days, due):
    assert local(Calendar(zone).after(datetime(*start, tzinfo=zone), days), zone) == due


def test_the_same_moment_is_another_day_in_another_zone():
    """23.30 on New Year's Eve in Jakarta is New Year in Makassar and Jayapura: a day that doesn't count as worked."""
    moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert [local(Calendar(zone).after(moment, 0), zone)[:10] for zone in (WIB, WITA, WIT)] == [
        "2026-12-31", "2027-01-04", "2027-01-04",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ((2026, 11, 24, 10), 3, "2026-11-27 11:30:00"),  # Friday closes early
        ((2026, 11, 24, 16), 1, "2026-11-25 16:00:00"),  # at closing time it is still today
        ((2026, 11, 24, 16, 1), 1, "2026-11-26 16:00:00"),  # a minute later it is tomorrow
        ((2026, 11, 27, 12), 1, "2026-11-30 16:00:00"),  # after Friday's closing: Saturday counts as no day
        ((2026, 11, 24, 17), 0, "2026-11-25 16:00:00"),
        ((2025, 12, 30, 17), 1, "2025-12-31 23:59:59"),  # before the week holds, hours aren't told
    ],
)
def test_hours(start, days, due):
    assert local(HOURED.after(datetime(*start, tzinfo=WIB), days)) == due


def test_a_week_holds_from_its_day_on():
    assert local(SIX.after(datetime(2026, 11, 27, 9, tzinfo=WIB), 1))[:10] == "2026-11-30", (
        "a Saturday in November is free"
    )
    assert local(SIX.after(datetime(2026, 12, 4, 9, tzinfo=WIB), 1))[:10] == "2026-12-05"
    assert not SIX.is_working(date(2026, 12, 25)), "a holiday stays one"


def test_an_own_working_sunday_has_the_first_day_s_hours():
    calendar = Calendar(WIB, {date(2026, 11, 29): True}, HOURED.weeks)
    assert local(calendar.after(datetime(2026, 11, 27, 9, tzinfo=WIB), 1)) == "2026-11-29 16:00:00"


@given(moments, moments, st.integers(0, 20))
def test_hours_keep_the_clock_running_forwards(one, other, days):
    early, late = sorted((one, other))
    assert HOURED.after(early, days) <= HOURED.after(late, days)


@given(moments, st.integers(1, 40))
def test_hours_count_back_too(start, days):
    due = HOURED.after(start, days)
    assert due >= start
    assert HOURED.between(start, due) == days


@given(moments, st.integers(1, 10), st.integers(0, 30))
def test_a_pause_never_shortens_a_deadline_with_hours(start, days, pause):
    due = HOURED.after(start, days)
    left = HOURED.between(start, due)
    assert HOURED.after(HOURED.after(start, pause), left) >= due


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_joint_leave_is_free_and_named(day):
    if day in named_holidays(day.year):
        assert not JAKARTA.is_working(day)
        assert named_holidays(day.year)[day]
