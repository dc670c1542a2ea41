"""`/kelola/water/tempat` and `/sumber`: zones, readers' routes, and every safe source beside the pipes."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Form,
    Invalid,
    NotFound,
    current_principal,
    flash,
    gettext,
    personal,
    record_audit,
    render,
    render_form,
    require,
    session,
)
from balai_water import sheets
from balai_water.register import forms, queries
from balai_water.register.models import Route, Source, Zone
from balai_water.register.tables import SOURCE_WORDS, SOURCES, judge_place, write_source
from balai_water.sheets import Column

PATH = "/kelola/water"
blueprint = Blueprint("water_places", __name__, url_prefix=PATH, template_folder="../templates")
_KINDS: dict[str, type[Zone] | type[Route]] = {"zona": Zone, "rute": Route}


@blueprint.before_request
def _about_people() -> None:
    personal()


def _columns() -> tuple[Column, ...]:
    return (
        Column("kode", gettext("Kode"), "code", most=20),
        Column("nama", gettext("Nama"), most=80),
        Column("aktif", gettext("Dipakai"), "yes", required=False),
    )


@blueprint.get("/tempat")
@require("water.view")
def places() -> Response:
    """Zones and routes with how many connections each has."""
    opened = session()
    return render(
        "water/register/places.html", zones=queries.zones(opened, every=True), routes=queries.routes(opened, every=True),
        by_zone=queries.counts_by_zone(opened), by_route=queries.counts_by_route(opened), readers=_readers(),
        may_serve=_may_serve(),
    )  # fmt: skip


def _may_serve() -> bool:
    who = current_principal()
    return who is not None and who.may("water.serve")


def _readers() -> dict[UUID, str]:
    return queries.readers(session())


@blueprint.route("/tempat/<kind>/baru", methods=["GET", "POST"])
@require("water.serve")
def add_place(kind: str) -> AnyResponse:
    """One more zone or route."""
    return _place(kind, _model(kind)(active=True), Form.of({"aktif": "ya"}))


@blueprint.route("/tempat/<kind>/<uuid:place_id>", methods=["GET", "POST"])
@require("water.serve")
def change_place(kind: str, place_id: UUID) -> AnyResponse:
    """A zone or route: another name, another reader, no longer in use."""
    model = _model(kind)
    found = session().scalars(select(model).where(model.id == place_id)).first()
    if found is None:
        raise NotFound
    values = {"kode": found.key, "nama": found.name, "aktif": "ya" if found.active else "tidak"}
    return _place(kind, found, Form.of(values | {"petugas": getattr(found, "member_id", None)}))


def _model(kind: str) -> Any:
    if kind not in _KINDS:
        raise NotFound
    return _KINDS[kind]


def _place(kind: str, row: Any, shown: Form) -> AnyResponse:
    opened, given = session(), request.form
    if request.method == "POST":
        try:
            _save_place(kind, row, given)
        except Invalid as invalid:
            opened.rollback()
            shown = Form.of(given, invalid)
        else:
            flash(gettext("Tersimpan."))
            return redirect(f"{PATH}/tempat", 303)
    return render_form(
        "water/register/place.html", shown, kind=kind, readers=list(_readers().items()), here=request.path,
        back=f"{PATH}/tempat",
    )  # fmt: skip


def _save_place(kind: str, row: Any, given: Any) -> None:
    opened, model = session(), _model(kind)
    values = sheets.read_form(given, _columns())
    twin = select(model.id).where(model.key == values["kode"])
    if row.id is not None:
        twin = twin.where(model.id != row.id)
    if opened.scalars(twin).first() is not None:
        raise Invalid.field("kode", gettext("Kode ini sudah dipakai."))
    row.key, row.name, row.active = values["kode"], values["nama"], values["aktif"] is not False
    if model is Route:
        chosen = forms.id_of(given.get("petugas"))
        if chosen is not None and chosen not in _readers():
            raise Invalid.field("petugas", gettext("Pilih salah satu."))
        row.member_id = chosen
    opened.add(row)
    opened.flush()
    record_audit(
        opened, "water.place_saved", subject_kind=f"water_{'zone' if model is Zone else 'route'}", subject_id=row.id,
        data={"code": row.key, "name": row.name},
    )  # fmt: skip


# --- other safe sources ---


@blueprint.get("/sumber")
@require("water.view")
def sources_page() -> Response:
    """Everything that isn't a connection, and how many households have safe water by which way."""
    opened = session()
    kind = request.args.get("jenis", "")
    rows = queries.sources(opened, kind=kind if kind in SOURCE_WORDS else "")
    return render(
        "water/register/sources.html", rows=rows, form=Form.of(request.args), words=SOURCE_WORDS,
        places=queries.place_names(opened, {row.region for row in rows}), households=queries.households(opened),
        may_serve=_may_serve(),
    )  # fmt: skip


@blueprint.route("/sumber/baru", methods=["GET", "POST"])
@require("water.serve")
def add_source() -> AnyResponse:
    """One more source."""
    return _source(Source(active=True), Form.of())


@blueprint.route("/sumber/<uuid:source_id>", methods=["GET", "POST"])
@require("water.serve")
def change_source(source_id: UUID) -> AnyResponse:
    """A source: this year's count, or no longer safe."""
    found = session().scalars(select(Source).where(Source.id == source_id)).first()
    if found is None:
        raise NotFound
    shown = Form.of(
        {
            "jenis": found.kind, "nama": found.name, "wilayah": found.region, "keluarga": found.households, "tahun": found.year,
            "sumber_angka": found.counted_by, "catatan": found.note, "lintang": found.latitude, "bujur": found.longitude,
        }
    )  # fmt: skip
    return _source(found, shown)


def _source(row: Source, shown: Form) -> AnyResponse:
    opened, given = session(), request.form
    if request.method == "POST":
        try:
            _save_source(row, given)
        except Invalid as invalid:
            opened.rollback()
            shown = Form.of(given, invalid)
        else:
            flash(gettext("Tersimpan."))
            return redirect(f"{PATH}/sumber", 303)
    shown.labels = {column.key: str(column.label) for column in SOURCES}
    return render_form(
        "water/register/source.html", shown, words=list(SOURCE_WORDS.items()), here=request.path, active=row.active,
        is_new=row.id is None, back=f"{PATH}/sumber", villages=forms.choices(opened)["villages"],
    )  # fmt: skip


def _save_source(row: Source, given: Any) -> None:
    opened = session()
    if given.get("langkah") == "hentikan" and row.id is not None:
        row.active = False
    else:
        values = sheets.read_form(given, SOURCES)
        faults = list(judge_place(values, queries.own_places(opened)))
        if faults:
            raise Invalid.field(*faults[0])
        write_source(row, values)
    opened.add(row)
    opened.flush()
    record_audit(
        opened, "water.source_saved", subject_kind="water_source", subject_id=row.id,
        data={"name": row.name, "count": row.households, "state": "on" if row.active else "off"},
    )  # fmt: skip
