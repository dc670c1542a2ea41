"""Numbers, money and dates as Indonesians write them, in the region's zone."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, g

from balai import clock
from balai.web import formats
from balai.web.i18n import force_language

MOMENT = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "time", "day"),
    [
        ("Asia/Jakarta", "23.05 WIB", "24 November 2026"),
        ("Asia/Pontianak", "23.05 WIB", "24 November 2026"),
        ("Asia/Makassar", "00.05 WITA", "25 November 2026"),
        ("Asia/Jayapura", "01.05 WIT", "25 November 2026"),
    ],
)
def test_time_is_the_regions_own(zone: str, time: str, day: str) -> None:
    with Flask("test").test_request_context():
        g.tenant = SimpleNamespace(timezone=zone)
        assert formats.jam(MOMENT) == time
        assert formats.tanggal(MOMENT) == day
        assert formats.waktu(MOMENT) == f"{day}, {time}"


def test_days_have_names() -> None:
    assert formats.hari(date(2026, 11, 24)) == "Selasa, 24 November 2026"
    assert formats.bulan(date(2026, 8, 1)) == "Agustus 2026"
    assert formats.tanggal(date(2026, 8, 17), short=True) == "17 Agu 2026"


def test_money_and_numbers() -> None:
    assert formats.rupiah(1_250_000) == "Rp1.250.000"
    assert formats.rupiah(-500) == "-Rp500"
    assert formats.angka(1234.56, 1) == "1.234,6"
    assert formats.persen(0.876) == "88%"
    assert formats.ukuran(340_000) == "340 KB"
    assert formats.ukuran(2_140_000) == "2,1 MB"


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=20), "baru saja"),
        (timedelta(minutes=5), "5 menit lalu"),
        (timedelta(hours=3), "3 jam lalu"),
        (timedelta(hours=23, minutes=30), "kemarin"),
        (timedelta(days=4), "4 hari lalu"),
        (timedelta(days=90), "26 Agustus 2026"),
    ],
)
def test_how_long_ago(ago: timedelta, text: str) -> None:
    with clock.frozen(MOMENT):
        assert formats.lalu(MOMENT - ago) == text


def test_durations_have_one_unit() -> None:
    assert formats.lama(timedelta(days=4, hours=2)) == "4 hari"
    assert formats.lama(40 * 60) == "40 menit"
    assert formats.lama(3 * 3600) == "3 jam"


def test_nothing_is_written_for_nothing() -> None:
    assert [f(None) for f in formats.FILTERS.values()] == [""] * len(formats.FILTERS)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        formats.jam(datetime(2026, 1, 1, 12, 0))  # noqa: DTZ001 - that is the point


def test_another_language_has_its_own_way() -> None:
    with force_language("en"):
        assert formats.tanggal(date(2026, 8, 17)) == "17 August 2026"
        assert formats.rupiah(1_250_000) == "Rp1,250,000"
