"""`/kelola/water/mutu/aturan`: limits by regulation; a utility adds the next one on the day it is published."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import Form, Invalid, flash, gettext, render_form, require, session, signed_in
from balai_water import months
from balai_water.quality import regulations
from balai_water.quality.pages import PATH, blueprint, may_warn
from balai_water.quality.parameters import PARAMETERS


@blueprint.get("/aturan")
@require("water.view")
def limits() -> Response:
    """Every regulation with its limits, newest first."""
    return _page(Form.of())


@blueprint.post("/aturan")
@require("water.warn")
def add_limits() -> AnyResponse:
    """One more."""
    try:
        regulations.add(session(), request.form, by=signed_in().member_id)
    except Invalid as invalid:
        session().rollback()
        return _page(Form.of(request.form, invalid))
    flash(gettext("Aturan disimpan. Contoh sejak tanggal itu dinilai dengan batas ini."))
    return redirect(f"{PATH}/aturan", 303)


@blueprint.post("/aturan/<uuid:regulation_id>/hapus")
@require("water.warn")
def remove_limits(regulation_id: UUID) -> AnyResponse:
    """Take away one that the utility added itself."""
    regulations.remove(session(), regulation_id)
    flash(gettext("Aturan dihapus."))
    return redirect(f"{PATH}/aturan", 303)


def _page(form: Form) -> Response:
    known = regulations.all_of(session())
    form.labels = {"nama": gettext("Nama aturan"), "berlaku": gettext("Berlaku sejak"), "sumber": gettext("Sumber")}
    form.labels |= {f"{p.key}-{side}": str(p.label) for p in PARAMETERS.values() for side in ("low", "high", "below")}
    return render_form(
        "water/quality/limits.html", form, known=list(reversed(known)), current=regulations.on(known, months.today()),
        parameters=PARAMETERS, may_warn=may_warn(),
    )  # fmt: skip
