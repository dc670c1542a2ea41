"""How numbers, money, dates and durations are written, in the reader's language and the region's time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.numbers import format_decimal, format_percent
from flask import g, has_request_context

from balai.clock import now
from balai.web.i18n import SOURCE, gettext, language, ngettext

# The three Indonesian zones by the offset that holds all year; elsewhere the zone's own abbreviation is shown.
_ZONE_NAMES = {7: "WIB", 8: "WITA", 9: "WIT"}
_DAY = 24 * 3600


def tanggal(value: date | datetime | None, *, short: bool = False) -> str:
    """24 November 2026, or 24 Nov 2026. Datetimes are shown in the region's zone; None is an empty text."""
    if value is None:
        return ""
    day = _local(value).date() if isinstance(value, datetime) else value
    return babel_date(day, "d MMM y" if short else "d MMMM y", locale=_locale())


def hari(value: date | datetime | None) -> str:
    """Selasa, 24 November 2026."""
    if value is None:
        return ""
    day = _local(value).date() if isinstance(value, datetime) else value
    return babel_date(day, "EEEE, d MMMM y", locale=_locale())


def bulan(value: date | None) -> str:
    """November 2026."""
    return babel_date(value, "MMMM y", locale=_locale()) if value is not None else ""


def jam(value: datetime | None) -> str:
    """14.05 WIB."""
    if value is None:
        return ""
    local = _local(value)
    pattern = "HH.mm" if _locale().language == SOURCE else "HH:mm"
    return f"{babel_datetime(local, pattern, tzinfo=local.tzinfo, locale=_locale())} {_zone_name(local)}"


def waktu(value: datetime | None) -> str:
    """24 November 2026, 14.05 WIB."""
    return f"{tanggal(value)}, {jam(value)}" if value else ""


def iso(value: date | datetime | None) -> str:
    """For the `datetime` attribute of <time>."""
    if value is None:
        return ""
    return _local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def lalu(value: datetime | None) -> str:
    """Baru saja, 5 menit lalu, 3 jam lalu, kemarin, 4 hari lalu; after 30 days the date."""
    if value is None:
        return ""
    seconds = int((now() - value).total_seconds())
    days = (_local(now()).date() - _local(value).date()).days
    if seconds < 0 or days > 30:  # noqa: PLR2004 - a month
        return tanggal(value)
    if seconds < 60:  # noqa: PLR2004 - a minute
        return gettext("baru saja")
    if seconds < 3600:  # noqa: PLR2004 - an hour
        return ngettext("%(num)s menit lalu", "%(num)s menit lalu", seconds // 60)
    if days == 0:
        return ngettext("%(num)s jam lalu", "%(num)s jam lalu", seconds // 3600)
    return gettext("kemarin") if days == 1 else ngettext("%(num)s hari lalu", "%(num)s hari lalu", days)


def lama(value: timedelta | float | None) -> str:
    """A duration in one unit: 40 menit, 3 jam, 4 hari. Numbers are seconds."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 5400:  # noqa: PLR2004 - 90 minutes
        return ngettext("%(num)s menit", "%(num)s menit", max(1, round(seconds / 60)))
    if seconds < 1.5 * _DAY:
        return ngettext("%(num)s jam", "%(num)s jam", round(seconds / 3600))
    return ngettext("%(num)s hari", "%(num)s hari", round(seconds / _DAY))


def angka(value: float | None, digits: int = 0) -> str:
    """1.234 or 1.234,5 (`digits` places at most)."""
    if value is None:
        return ""
    pattern = "#,##0" + (f".{'#' * digits}" if digits else "")
    return format_decimal(value, format=pattern, locale=_locale())


def rupiah(value: int | None) -> str:
    """Rp1.250.000 (whole rupiah, the Indonesian spelling: no space, no sen)."""
    if value is None:
        return ""
    sign = "-" if value < 0 else ""
    return f"{sign}Rp{format_decimal(abs(value), format='#,##0', locale=_locale())}"


def persen(value: float | None, digits: int = 0) -> str:
    """0.276 -> 28%."""
    if value is None:
        return ""
    return format_percent(value, format="#,##0" + (f".{'#' * digits}" if digits else "") + "%", locale=_locale())


def ukuran(value: int | None) -> str:
    """File size in bytes -> 340 KB, 2,1 MB."""
    if value is None:
        return ""
    if value < 1_000_000:  # noqa: PLR2004 - a megabyte
        return f"{angka(max(1, round(value / 1000)))} KB"
    return f"{angka(value / 1_000_000, 1)} MB"


FILTERS = {
    f.__name__: f for f in (tanggal, hari, bulan, jam, waktu, iso, lalu, lama, angka, rupiah, persen, ukuran)
}  # fmt: skip


def zone() -> ZoneInfo:
    """Time zone of the region whose page this is; Jakarta's where there is none."""
    tenant = g.get("tenant") if has_request_context() else None
    return ZoneInfo(tenant.timezone if tenant is not None else "Asia/Jakarta")


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime: times in Balai are aware")
    return value.astimezone(UTC).astimezone(zone())


def _zone_name(local: datetime) -> str:
    offset = local.utcoffset() or timedelta()
    indonesian = str(local.tzinfo).startswith("Asia/") and _ZONE_NAMES.get(round(offset.total_seconds() / 3600))
    return indonesian or local.tzname() or ""


def _locale() -> Locale:
    try:
        return Locale.parse(language())
    except (UnknownLocaleError, ValueError):
        return Locale.parse(SOURCE)
