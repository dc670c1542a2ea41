"""`/kelola/water/pembacaan/satu/<id>`: one reading with its photo and the months before, and what can be decided about it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    NotFound,
    Problem,
    TenantSession,
    file_response,
    find_file,
    flash,
    gettext,
    list_members,
    personal,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water.cells import CellError, read_whole
from balai_water.readings import deciding, services, showing, wording
from balai_water.readings.models import Reading
from balai_water.readings.pages import PATH, may_verify, told
from balai_water.register.services import connection_of

ONE = f"{PATH}/satu"
blueprint = Blueprint("water_reading", __name__, url_prefix=ONE, template_folder="../templates")


@blueprint.before_request
def _about_people() -> None:
    personal()


@blueprint.get("/<uuid:reading_id>")
@require("water.view")
def show(reading_id: UUID) -> Response:
    """One reading."""
    return _page(services.find_reading(session(), reading_id), Form.of())


def _page(reading: Reading, form: Form) -> Response:
    opened = session()
    period = services.find_period(opened, reading.month)
    form.labels = {f"reason_{act}": gettext("Alasan") for act in _ACTS} | {
        "stand": gettext("Angka meter"),
        "use": gettext("Pemakaian"),
    }
    return render_form(
        "water/readings/one.html", form, reading=reading, connection=connection_of(opened, reading.connection_id),
        period=period, closed=period.state == "closed", months=showing.months_of(opened, reading.connection_id),
        changes=showing.changes_of(opened, reading), corrections=showing.corrections_of(opened, reading.connection_id),
        names={m.id: m.name for m in list_members(opened)}, words=wording, may=may_verify(), path=f"{ONE}/{reading.id}",
        agreeable=reading.state != "accepted" and reading.stand is not None and not deciding.NEVER_AGREED & set(reading.flags),
    )  # fmt: skip


@blueprint.get("/<uuid:reading_id>/foto")
@require("water.view")
def photo(reading_id: UUID) -> Response:
    """The photo that came with it."""
    reading = services.find_reading(session(), reading_id)
    if reading.photo_id is None:
        raise NotFound
    return file_response(session(), find_file(session(), reading.photo_id))


@blueprint.post("/<uuid:reading_id>/<act>")
@require("water.bill")
def decide(reading_id: UUID, act: str) -> AnyResponse:
    """`terima`, `perbaiki`, `ulang`, `taksir`; `susulan`: a closed month."""
    opened = session()
    reading = services.find_reading(opened, reading_id)
    decision = _ACTS.get(act)
    if decision is None:
        raise NotFound
    month = reading.month
    try:
        decision(opened, reading_id, reason=request.form.get(f"reason_{act}", ""), member_id=signed_in().member_id)
    except (Invalid, Conflict) as problem:
        opened.rollback()
        return _page(services.find_reading(opened, reading_id), Form.of(request.form, _named(problem, act)))
    flash(gettext("Tersimpan."))
    back = f"{PATH}/{month:%Y-%m}/antrean" if act != "susulan" else f"{ONE}/{reading_id}"
    return redirect(back, 303)


def _named(problem: Problem, act: str) -> list[FieldError]:
    """Each form of the page has a field of its own for its reason."""
    field = f"reason_{act}"
    return [FieldError(field if e.field == "reason" else e.field, e.message) for e in told(problem, field)]


def _whole(field: str, *, required: bool) -> int | None:
    text = request.form.get(field, "").strip()
    if not text:
        if required:
            raise Invalid.field(field, gettext("belum diisi."))
        return None
    try:
        return read_whole(text)
    except CellError as fault:
        raise Invalid([FieldError(field, str(fault))]) from fault


def _correct(opened: TenantSession, reading_id: UUID, **who: Any) -> None:
    services.correct(opened, reading_id, _whole("stand", required=True) or 0, **who)


def _estimate(opened: TenantSession, reading_id: UUID, **who: Any) -> None:
    services.put_estimate(opened, reading_id, use=_whole("use", required=False), **who)


def _afterwards(opened: TenantSession, reading_id: UUID, **who: Any) -> None:
    right_use = _whole("use", required=True) or 0
    services.correct_closed(opened, reading_id, right_use=right_use, stand=_whole("stand", required=False), **who)


_ACTS: dict[str, Any] = {
    "terima": services.accept,
    "perbaiki": _correct,
    "ulang": services.send_back,
    "taksir": _estimate,
    "susulan": _afterwards,
}
