"""`/kelola/hari-kerja`: the region's holidays, working days, week and hours; every change is shown with its effect first."""

from datetime import date
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.cases import catalogue, units
from balai.cases.console import blueprint
from balai.cases.days import reading, services
from balai.cases.workdays import USUAL, named_holidays
from balai.clock import now
from balai.errors import Invalid
from balai.web import Form, formats
from balai.web.i18n import gettext as _

HERE = "/kelola/hari-kerja"
_DAYS = range(7)


@blueprint.get("/hari-kerja")
@require("members.manage")
def days_page() -> Response:
    """A year's holidays and own days, the week, and forms for changes."""
    return _page(Form.of())


@blueprint.post("/hari-kerja/hari")
@require("members.manage")
def change_days() -> AnyResponse:
    """One day, or a list typed or as a file: first what it does, then (`aksi=simpan`) the change."""
    given, session = request.form, db.session()
    try:
        rows, field = _rows(given)
        if given.get("aksi") != "simpan":
            effect = services.effect_of(session, services.check_days(session, rows, field=field))
            return _check(effect, f"{HERE}/hari", {"daftar": reading.as_text(rows)}, rows=rows)
        done = services.keep_days(session, rows, field=field)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return _page(Form.of(given, invalid))
    return _done(done)


def _rows(given: Any) -> tuple[list[reading.Row], str]:
    """(rows, the field that faults belong to)."""
    upload = request.files.get("berkas")
    if upload is not None and upload.filename:
        return reading.read_list(upload.stream.read(reading.MOST_BYTES + 1), field="berkas"), "berkas"
    if "daftar" in given:
        return reading.read_list(given["daftar"]), "daftar"
    one = reading.read_one(given.get("tanggal", ""), given.get("nama", ""), given.get("jenis", ""))
    return [one], "tanggal"


@blueprint.post("/hari-kerja/minggu")
@require("members.manage")
def change_week() -> AnyResponse:
    """The working week from a day on: first what it does, then the change."""
    given, session = request.form, db.session()
    since = _date(given.get("mulai"))
    try:
        days = reading.read_week(given)
        if given.get("aksi") != "simpan":
            effect = services.effect_of(session, services.check_week(session, since, days))
            kept = {"mulai": str(since)}
            for day, hours in days.items():
                kept |= {f"hari.{day}": "ya"} | dict(zip((f"buka.{day}", f"tutup.{day}"), hours or (), strict=False))
            return _check(effect, f"{HERE}/minggu", kept, week=days, since=since)
        done = services.keep_week(session, since, days)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return _page(Form.of(given, invalid))
    return _done(done)


@blueprint.post("/hari-kerja/minggu/batal")
@require("members.manage")
def drop_week() -> AnyResponse:
    """A week that hasn't begun is taken back."""
    since = _date(request.form.get("mulai"))
    done = services.drop_week(db.session(), since) if since else None
    if done is None:
        web.flash(_("Minggu kerja ini sudah berlaku atau sudah tidak ada."), "warn")
        return redirect(HERE, 303)
    db.commit()
    return _done(done)


def _done(effect: services.Effect) -> AnyResponse:
    web.flash(_("Tersimpan. Laporan yang batasnya berubah: %(num)s.", num=effect.count))
    return redirect(HERE, 303)


def _check(effect: services.Effect, action: str, kept: dict[str, str], **more: Any) -> Response:
    shown = {"rows": [], "week": None, "since": None} | more
    return web.render(
        "cases/console/days_check.html", effect=effect, action=action, kept=kept, kinds=_kinds(), back=HERE,
        weekdays=_weekdays(), **shown,
    )  # fmt: skip


def _page(form: Form) -> Response:
    session = db.session()
    calendar = units.calendar(session)
    today = calendar.today(now())
    year = _year(today)
    own = {row.day: row for row in services.own_days(session)}
    listed = sorted(named_holidays(year).keys() | {d for d in own if d.year == year})
    week = calendar.week_of(today)
    if "mulai" not in form.values:
        for day, hours in week.days.items():
            told = [f"{t:%H.%M}" for t in hours] if hours else ["", ""]
            form.values.update({f"hari.{day}": "ya", f"buka.{day}": told[0], f"tutup.{day}": told[1]})
    form.labels = {"tanggal": _("Tanggal"), "nama": _("Nama hari"), "mulai": _("Berlaku mulai"), "daftar": _("Daftar")}
    return web.render_form(
        "cases/console/days.html",
        form,
        year=year,
        today=today,
        days=[(day, own[day].name if day in own else named_holidays(year)[day], own.get(day)) for day in listed],
        week=week,
        usual=week is USUAL,
        coming=[row for row in services.weeks(session) if row.since > today],
        weekdays=_weekdays(),
        kinds=list(_kinds().items())[:2],
        zone=formats.jam(now()).rpartition(" ")[2],
        zone_name=catalogue.tenant_of(session).timezone,
    )


def _year(today: date) -> int:
    told = request.args.get("tahun", "")
    return int(told) if told.isdecimal() and abs(int(told) - today.year) <= 3 else today.year  # noqa: PLR2004 - as far as days can be set


def _kinds() -> dict[str, str]:
    return {reading.FREE: _("Libur"), reading.WORKING: _("Hari kerja"), reading.DROP: _("Dihapus dari daftar")}


def _weekdays() -> list[tuple[int, str]]:
    names = (_("Senin"), _("Selasa"), _("Rabu"), _("Kamis"), _("Jumat"), _("Sabtu"), _("Minggu"))
    return [(day, names[day]) for day in _DAYS]


def _date(text: str | None) -> date | None:
    try:
        return reading.parse_day(text) if text else None
    except ValueError:
        return None
