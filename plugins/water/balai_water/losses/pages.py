"""`/kelola/water/kehilangan`: the balance of a month with its year, and the figures that people enter for it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    FieldError,
    Form,
    Invalid,
    MenuItem,
    TooLarge,
    current_principal,
    flash,
    gettext,
    lazy_gettext,
    ngettext,
    personal,
    render,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water import months, sheets
from balai_water.losses import forms, services, words
from balai_water.losses.balance import TARGET_HOURS, TARGET_NRW_PERCENT, Balance

PATH: Final = "/kelola/water/kehilangan"
MENU: Final = (MenuItem(lazy_gettext("Kehilangan air"), "water_losses.overview", "gauge", "water.view", 66),)
blueprint = Blueprint("water_losses", __name__, url_prefix=PATH, template_folder="../templates")
_YEAR: Final = 12


@blueprint.before_request
def _kept_nowhere() -> None:
    personal()


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the balance. level: 0 to 2, as deep as it stands in the balance; litres None: not known."""

    label: Any
    litres: int | None
    level: int
    note: Any = ""


def terms(found: Balance) -> list[Term]:
    """The balance line by line, in the order of the International Water Association."""
    return [
        Term(gettext("Air masuk ke jaringan"), found.system_input, 0),
        Term(gettext("Pemakaian resmi"), found.authorised, 1),
        Term(gettext("Berekening"), found.billed, 2, gettext("ditagih, dengan atau tanpa meter")),
        Term(gettext("Tidak berekening"), found.unbilled, 2, gettext("resmi, tetapi tidak ditagih")),
        Term(gettext("Kehilangan air"), found.losses, 1),
        Term(gettext("Kehilangan semu"), found.apparent, 2, gettext("dipakai tetapi tidak tercatat")),
        Term(gettext("Kehilangan nyata"), found.real, 2, gettext("bocor dan meluap sebelum sampai ke meter")),
        Term(gettext("Air tak berekening"), found.nrw, 0, gettext("air masuk dikurangi yang berekening")),
    ]  # fmt: skip


def asked_month() -> date:
    """The month that the address names (`bulan=2026-07`), else the last whole one."""
    return months.asked(request.values.get("bulan", ""))


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """The balance of one month, zones beside each other, and the year until then."""
    month = asked_month()
    year = services.months_of(session(), months.shift(month, 1 - _YEAR), month)
    shown = year[-1]
    principal = current_principal()
    return render(
        "water/losses/overview.html", month=month, shown=shown, terms=terms(shown.whole), grades=words.GRADES,
        billed_by=words.BILLED_BY, year=year, target=TARGET_NRW_PERCENT, target_hours=TARGET_HOURS,
        before=months.shift(month, -1),
        after=months.shift(month, 1) if month < months.this_month() else None,
        may_enter=principal is not None and "water.warn" in principal.permissions,
    )  # fmt: skip


@blueprint.route("/isi", methods=["GET", "POST"])
@require("water.warn")
def enter() -> AnyResponse:
    """One table for all zones."""
    month, known = asked_month(), services.zones(session())
    if request.method == "GET":
        return _table(month, _stored_form(month, known))
    entries, faults = [], []
    for zone in known:
        entry, wrong = forms.read_entry(request.form, forms.SHORT, zone.id, month, f"{zone.id}-")
        entries.append(entry)
        faults += wrong
    try:
        changed = services.save(session(), entries, by=signed_in().member_id, faults=faults)
    except Invalid as invalid:
        return _table(month, Form.of(request.form, forms.in_form(invalid)))
    return _saved(month, changed)


def _stored_form(month: date, known: Any) -> Form:
    rows = {z.zone.id: z.entered for z in services.month_of(session(), month).zones if z.zone is not None}
    values: dict[str, Any] = {}
    for zone in known:
        values |= forms.shown(rows.get(zone.id), forms.SHORT, f"{zone.id}-")
    return Form.of(values)


def _table(month: date, form: Form) -> Response:
    known = services.zones(session())
    form.labels = {f"{zone.id}-{f.key}": f"{zone.name}, {f.label}" for zone in known for f in forms.SHORT}
    lines = [message for name, message in form.errors.items() if name.startswith("baris")]
    return render_form(
        "water/losses/enter.html", form, month=month, zones=known, fields=forms.SHORT, lines=lines, columns=forms.COLUMNS,
        before=months.shift(month, -1),
        after=months.shift(month, 1) if month < months.this_month() else None, most=sheets.MOST_BYTES // 1024**2,
    )  # fmt: skip


def _saved(month: date, changed: int) -> AnyResponse:
    told = ngettext("%(num)s zona disimpan.", "%(num)s zona disimpan.", changed)
    flash(told if changed else gettext("Tidak ada yang berubah."))
    return redirect(f"{PATH}?bulan={month:%Y-%m}", 303)


@blueprint.post("/berkas")
@require("water.warn")
def upload() -> AnyResponse:
    """Many months and zones at once, from CSV or XLSX: all of it or nothing."""
    month, file = asked_month(), request.files.get("berkas")
    try:
        data = file.stream.read(sheets.MOST_BYTES + 1) if file is not None else b""
        if not data:
            raise Invalid.field("berkas", gettext("Pilih dulu berkasnya."))
        changed = services.save(session(), forms.read_file(session(), data), by=signed_in().member_id)
    except Invalid as invalid:
        return _table(month, _with_faults(month, forms.in_file(invalid).errors))
    except TooLarge as refused:
        return _table(month, _with_faults(month, [FieldError("berkas", refused.detail or str(refused.title))]))
    return _saved(month, changed)


def _with_faults(month: date, faults: list[FieldError]) -> Form:
    form = _stored_form(month, services.zones(session()))
    for fault in faults:
        form.add(fault.field, fault.message)
    return form


@blueprint.get("/contoh.csv")
@require("water.warn")
def sample() -> Response:
    """The headings, to be filled in with a spreadsheet."""
    heading = ",".join(column.key for column in forms.COLUMNS)
    response = Response(f"\ufeff{heading}\r\n", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="pasokan-air.csv"'
    return response


@blueprint.route("/zona/<uuid:zone_id>", methods=["GET", "POST"])
@require("water.warn")
def zone(zone_id: UUID) -> AnyResponse:
    """Everything about one zone and month, also what the infrastructure leakage index needs."""
    month, found = asked_month(), services.zone_of(session(), zone_id)
    if request.method == "GET":
        shown = services.month_of(session(), month)
        row = next((z.entered for z in shown.zones if z.zone is not None and z.zone.id == zone_id), None)
        return _zone(found, month, Form.of(forms.shown(row, forms.FIELDS)))
    entry, faults = forms.read_entry(request.form, forms.FIELDS, zone_id, month)
    try:
        changed = services.save(session(), [entry], by=signed_in().member_id, faults=faults)
    except Invalid as invalid:
        return _zone(found, month, Form.of(request.form, forms.in_form(invalid)))
    return _saved(month, changed)


def _zone(found: Any, month: date, form: Form) -> Response:
    form.labels = {f.key: str(f.label) for f in forms.FIELDS}
    return render_form("water/losses/zone.html", form, zone=found, month=month, fields=forms.FIELDS)
