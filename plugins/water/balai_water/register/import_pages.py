"""`/kelola/water/impor/<kind>`: a table is looked at, then taken in; `/ekspor/<kind>`: the register as a table."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Forbidden,
    Form,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    current_principal,
    flash,
    gettext,
    neutralise,
    personal,
    record_audit,
    render_form,
    require_staff,
    session,
)
from balai_water.register import exports, imports
from balai_water.register.forms import id_of
from balai_water.register.models import Import
from balai_water.register.pages import by, filters_of
from balai_water.register.tables import Kind
from balai_water.sheets import MOST_BYTES, MOST_TOLD

PATH = "/kelola/water/impor"
blueprint = Blueprint("water_imports", __name__, url_prefix="/kelola/water", template_folder="../templates")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LEAST_REASON = 5


@blueprint.before_request
def _about_people() -> None:
    personal()


def _kind(key: str) -> Kind:
    """The kind of table, for somebody who may bring it."""
    kind, who = imports.kind_of(key), current_principal()
    if who is None or not who.may(kind.permission):
        raise Forbidden
    return kind


@blueprint.get("/impor/<kind>")
@require_staff
def upload_page(kind: str) -> Response:
    """What belongs into the table, a field for it, what came before."""
    return _upload(_kind(kind), Form.of())


def _upload(kind: Kind, form: Form) -> Response:
    return render_form(
        "water/register/import.html",
        form,
        kind=kind,
        rows=imports.recent(session(), kind),
        most=MOST_BYTES // 1024 // 1024,
    )


@blueprint.get("/impor/<kind>/contoh.csv")
@require_staff
def sample(kind: str) -> Response:
    """The headings, to be filled in with a spreadsheet."""
    text = "\ufeff" + ";".join(neutralise(column.key) for column in _kind(kind).columns) + "\r\n"
    response = Response(text, content_type=_MEDIA["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


@blueprint.post("/impor/<kind>")
@require_staff
def upload(kind: str) -> AnyResponse:
    """Look at a file; nothing of it is written."""
    wanted, opened, file = _kind(kind), session(), request.files.get("berkas")
    data = file.stream.read(MOST_BYTES + 1) if file is not None else b""
    who = current_principal()
    try:
        if not data:
            raise Invalid.field("berkas", gettext("Pilih dulu berkasnya."))
        name = (file.filename if file else "") or ""
        made = imports.check(opened, wanted, name, data, member_id=who.member_id if who else None)
    except (Invalid, Conflict, TooLarge) as problem:
        opened.rollback()
        return _upload(wanted, Form.of({}, _told(problem, "berkas")))
    return redirect(f"{PATH}/{kind}/{made.id}", 303)


def _told(problem: Problem, field: str) -> list[FieldError]:
    if isinstance(problem, Invalid) and problem.errors:
        return problem.errors
    return [FieldError(field, problem.detail or str(problem.title))]


def _import(kind: str, text: str) -> Import:
    _kind(kind)
    wanted = id_of(text)
    made = imports.import_of(session(), wanted) if wanted else None
    if made is None or made.kind != kind:
        raise NotFound
    return made


@blueprint.get("/impor/<kind>/<uuid:import_id>")
@require_staff
def import_page(kind: str, import_id: UUID) -> Response:
    """What a file would bring, or has brought."""
    return _shown(_import(kind, str(import_id)), Form.of())


def _shown(made: Import, form: Form) -> Response:
    reading, problem = None, made.problem
    if made.state == "checked":
        try:
            reading = imports.plan(session(), made)
        except Problem as fault:  # what it refers to has changed meanwhile
            problem = _told(fault, "")[0].message
    return render_form(
        "water/register/import_one.html", form, kind=imports.kind_of(made.kind), row=made, reading=reading, problem=problem,
        told=reading.told() if reading else [], most=MOST_TOLD,
    )  # fmt: skip


@blueprint.post("/impor/<kind>/<uuid:import_id>")
@require_staff
def take(kind: str, import_id: UUID) -> AnyResponse:
    """Take it in."""
    made, opened = _import(kind, str(import_id)), session()
    try:
        made = imports.confirm(opened, import_id, only_good=request.form.get("tanpa") == "ya", by=by())
    except (Invalid, Conflict) as problem:
        opened.rollback()
        return _shown(_import(kind, str(import_id)), Form.of(request.form, _told(problem, "")))
    queued = made.state == "queued"
    flash(
        gettext("Tabelnya sedang dimasukkan. Muat ulang halaman ini nanti.")
        if queued
        else gettext("Tabelnya sudah masuk.")
    )
    return redirect(f"{PATH}/{kind}/{import_id}", 303)


# --- out again ---


@blueprint.route("/ekspor/<kind>", methods=["GET", "POST"])
@require_staff
def export(kind: str) -> AnyResponse:
    """Which file, and whether with what is personal; then the file."""
    who, given = current_principal(), request.form
    if kind not in exports.WRITERS or who is None:
        raise NotFound
    if not who.may("water.view"):
        raise Forbidden
    if request.method == "GET":
        return _ask(kind, Form.of({"jenis": "xlsx"}))
    full, media, reason = "pribadi" in given, given.get("jenis", ""), " ".join(given.get("alasan", "").split())[:300]
    faults = []
    if media not in _MEDIA:
        faults.append(FieldError("jenis", gettext("Pilih salah satu.")))
    if full and not who.may("cases.reveal"):
        raise Forbidden(gettext("Anda tidak punya hak melihat data pelanggan."))
    if full and len(reason) < _LEAST_REASON:
        faults.append(FieldError("alasan", gettext("Tulis untuk apa data pelanggan dipakai.")))
    if faults:
        return _ask(kind, Form.of(given, faults))
    return _file(kind, media, full=full, reason=reason)


def _ask(kind: str, form: Form) -> Response:
    who: Any = current_principal()
    form.labels = {"jenis": gettext("Jenis berkas"), "alasan": gettext("Untuk apa data pelanggan dipakai")}
    return render_form(
        "water/register/export.html", form, kind=imports.kind_of(kind), personal_too=kind == "sambungan",
        may_reveal=who.may("cases.reveal"), here=request.full_path.rstrip("?"),
    )  # fmt: skip


def _file(kind: str, media: str, *, full: bool, reason: str) -> Response:
    opened = session()
    data: dict[str, Any] = {"kind": kind, "personal": full} | ({"reason": reason} if full else {})
    record_audit(opened, "water.exported", data=data)
    opened.commit()  # the record stands before the first row leaves
    made = exports.WRITERS[kind](opened, filters_of(), full=full)
    response = Response(stream_with_context(exports.file_of(made, media)), content_type=_MEDIA[media])
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.{media}"'
    response.headers["Cache-Control"] = "no-store"
    return response
