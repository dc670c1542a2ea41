"""`/kelola/water/mutu`: samples in, what they say, and what is done about those beyond limits."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
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
from balai_water.notices import services as notices
from balai_water.quality import forms, incidents, regulations, services, words
from balai_water.quality.models import Incident, Sample
from balai_water.quality.parameters import PARAMETERS, advice_for
from balai_water.register.models import Zone

PATH: Final = "/kelola/water/mutu"
MENU: Final = (MenuItem(lazy_gettext("Mutu air"), "water_quality.overview", "droplets", "water.view", 67),)
blueprint = Blueprint("water_quality", __name__, url_prefix=PATH, template_folder="../templates")
_SHOWN: Final = 50


@blueprint.before_request
def _kept_nowhere() -> None:
    personal()


def may_warn() -> bool:
    """Whether the reader may enter samples and warn people."""
    principal = current_principal()
    return principal is not None and "water.warn" in principal.permissions


def _zones() -> list[Zone]:
    return list(session().scalars(select(Zone).where(Zone.active).order_by(Zone.name, Zone.key)))


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """What is open, every zone, the newest samples."""
    opened = session().scalars(select(Incident).where(Incident.state == "open").order_by(Incident.opened_at)).all()
    samples = session().scalars(select(Sample).order_by(Sample.taken_on.desc(), Sample.id.desc()).limit(_SHOWN)).all()
    known = regulations.all_of(session())
    names = {zone.id: zone.name for zone in session().scalars(select(Zone))}
    return render(
        "water/quality/overview.html", opened=opened, zones=services.of_zones(session(), _zones()), names=names,
        samples=[(sample, services.judged(sample, known)) for sample in samples], parameters=PARAMETERS, advice=words.ADVICE,
        may_warn=may_warn(), shown=_SHOWN,
    )  # fmt: skip


@blueprint.route("/baru", methods=["GET", "POST"])
@require("water.warn")
def new_sample() -> AnyResponse:
    """One sheet of a laboratory."""
    if request.method == "GET":
        return _sample_form(
            Form.of({"zona": request.args.get("zona", ""), "uji_ulang": request.args.get("uji_ulang", "")})
        )
    try:
        sheet = forms.read_form(request.form)
        sample, incident = services.add(session(), sheet, by=signed_in().member_id)
    except Invalid as invalid:
        session().rollback()
        return _sample_form(Form.of(request.form, forms.in_form(invalid)))
    if incident is not None and incident.state == "open":
        flash(
            gettext("Hasil uji disimpan. Ada yang di luar batas: putuskan apakah pelanggan perlu diberi tahu."), "warn"
        )
        return redirect(f"{PATH}/masalah/{incident.id}", 303)
    flash(gettext("Hasil uji disimpan."))
    return redirect(f"{PATH}/hasil/{sample.id}", 303)


def _sample_form(form: Form) -> Response:
    form.labels = {column.key: str(column.label) for column in forms.COLUMNS}
    now_valid = regulations.on(regulations.all_of(session()), months.today())
    return render_form(
        "water/quality/sample_new.html", form, zones=[(str(zone.id), zone.name) for zone in _zones()], parameters=PARAMETERS,
        regulation=now_valid, today=months.today(), columns=forms.COLUMNS, most=sheets.MOST_BYTES // 1024**2,
        lines=[message for name, message in form.errors.items() if name.startswith("baris")],
    )  # fmt: skip


@blueprint.post("/berkas")
@require("water.warn")
def upload() -> AnyResponse:
    """Many sheets at once, from CSV or XLSX: all of it or nothing."""
    file = request.files.get("berkas")
    try:
        data = file.stream.read(sheets.MOST_BYTES + 1) if file is not None else b""
        if not data:
            raise Invalid.field("berkas", gettext("Pilih dulu berkasnya."))
        number = forms.take_file(session(), data, by=signed_in().member_id)
    except Invalid as invalid:
        session().rollback()
        return _sample_form(Form.of({}, invalid))
    except TooLarge as refused:
        session().rollback()
        return _sample_form(Form.of({}, [FieldError("berkas", refused.detail or str(refused.title))]))
    flash(ngettext("%(num)s hasil uji disimpan.", "%(num)s hasil uji disimpan.", number))
    return redirect(PATH, 303)


@blueprint.get("/contoh.csv")
@require("water.warn")
def sample_file() -> Response:
    """The headings, to be filled in with a spreadsheet."""
    heading = ",".join(column.key for column in forms.COLUMNS)
    response = Response(f"\ufeff{heading}\r\n", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="mutu-air.csv"'
    return response


@blueprint.get("/hasil/<uuid:sample_id>")
@require("water.view")
def sample(sample_id: UUID) -> Response:
    """One sheet, every result beside its limit."""
    return _sample(services.sample_of(session(), sample_id), Form.of())


@blueprint.post("/hasil/<uuid:sample_id>/tarik")
@require("water.warn")
def withdraw(sample_id: UUID) -> AnyResponse:
    """Take back a sheet that was wrong."""
    found = services.sample_of(session(), sample_id)
    try:
        services.withdraw(session(), sample_id, reason=request.form.get("reason", ""), by=signed_in().member_id)
    except (Invalid, Conflict) as refused:
        session().rollback()
        return _sample(found, _refused(refused, "reason"))
    flash(gettext("Hasil uji ditarik dan tidak dihitung lagi."))
    return redirect(f"{PATH}/hasil/{sample_id}", 303)


def _refused(refused: Invalid | Conflict, field: str) -> Form:
    """The form again: a Conflict is about the whole of it."""
    told = refused if isinstance(refused, Invalid) else [FieldError(field, refused.detail or str(refused.title))]
    return Form.of(request.form, told)


def _sample(found: Sample, form: Form) -> Response:
    zone = session().scalars(select(Zone).where(Zone.id == found.zone_id)).one()
    judged = services.judged(found, regulations.all_of(session()))
    return render_form(
        "water/quality/sample.html",
        form,
        sample=found,
        zone=zone,
        judged=judged,
        verdicts=words.VERDICTS,
        may_warn=may_warn(),
    )


@blueprint.get("/masalah/<uuid:incident_id>")
@require("water.view")
def incident(incident_id: UUID) -> Response:
    """What is beyond its limits in a zone, and everything that was done about it."""
    found = incidents.find(session(), incident_id)
    return _incident(found, Form.of({"advice": advice_for(found.parameters)}))


@blueprint.post("/masalah/<uuid:incident_id>/peringatan")
@require("water.warn")
def warn(incident_id: UUID) -> AnyResponse:
    """Tell the zone's customers what to do with their water."""
    notices.allow_once_more(incident_id)
    try:
        told = incidents.warn(session(), incident_id, request.form.get("advice", ""), by=signed_in().member_id)
    except (Invalid, Conflict) as refused:
        session().rollback()
        return _incident(incidents.find(session(), incident_id), _refused(refused, "advice"))
    flash(gettext("Peringatan diumumkan. Pesan terkirim: %(number)s.", number=told))
    return redirect(f"{PATH}/masalah/{incident_id}", 303)


@blueprint.post("/masalah/<uuid:incident_id>/catatan")
@require("water.warn")
def note(incident_id: UUID) -> AnyResponse:
    """Write down what was done."""
    try:
        incidents.add_note(session(), incident_id, request.form.get("note", ""), by=signed_in().member_id)
    except Invalid as refused:
        session().rollback()
        return _incident(incidents.find(session(), incident_id), _refused(refused, "note"))
    flash(gettext("Catatan disimpan."))
    return redirect(f"{PATH}/masalah/{incident_id}", 303)


def _incident(found: Incident, form: Form) -> Response:
    zone = session().scalars(select(Zone).where(Zone.id == found.zone_id)).one()
    events: list[Any] = list(incidents.events_of(session(), found))
    return render_form(
        "water/quality/incident.html", form, incident=found, zone=zone, events=events, names=words.EVENTS, states=words.STATES,
        advice=words.ADVICE, parameters=PARAMETERS, left=incidents.still_failing(session(), found),
        reach=notices.reach(session(), found.id), may_warn=may_warn(),
    )  # fmt: skip
