"""Views of `/kelola/daerah`."""

import io

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.admin import profile
from balai.admin.routes import console
from balai.auth import require
from balai.errors import Invalid, TooLarge
from balai.web import Form, flash, render, render_form
from balai.web.crest import MAX_BYTES
from balai.web.i18n import gettext as _

PAGE = "/kelola/daerah"


@console.get("/daerah")
@require("members.manage")
def region_page() -> Response:
    """Name, look, contact and crest of the region."""
    return _page(Form.of(profile.form_values(profile.read_profile(db.session()), g.tenant)))


@console.post("/daerah")
@require("members.manage")
def save_region() -> AnyResponse:
    """Save everything but the crest."""
    try:
        profile.save_profile(db.session(), g.tenant, request.form.to_dict())
    except Invalid as refused:
        return _page(Form.of(request.form, refused))
    flash(_("Tampilan daerah tersimpan. Halaman warga langsung mengikutinya."))
    return redirect(PAGE, 303)


@console.post("/daerah/lambang")
@require("members.manage")
def save_crest() -> AnyResponse:
    """Replace or remove the crest."""
    session = db.session()
    if "hapus" in request.form:
        profile.remove_crest(session, g.tenant)
        flash(_("Lambang dihapus."))
        return redirect(PAGE, 303)
    try:
        upload = request.files.get("crest")
        if upload is None or not upload.filename:
            raise Invalid.field("crest", _("Pilih gambar lambangnya dulu."))
        profile.replace_crest(session, g.tenant, io.BytesIO(upload.stream.read(MAX_BYTES + 1)))
    except (Invalid, TooLarge) as refused:
        session.rollback()
        errors = refused if isinstance(refused, Invalid) else Invalid.field("crest", refused.detail or refused.title)
        return _page(Form.of(profile.form_values(profile.read_profile(session), g.tenant), errors))
    flash(_("Lambang tersimpan."))
    return redirect(PAGE, 303)


@console.get("/daerah/warna")
@require("members.manage")
def colour_result() -> Response:
    """How the two colours being chosen look and read: the live part of the form, also usable on its own."""
    asked = request.args
    return render("admin/colours.html", result=profile.check_look(*(asked.get(name, "") for name in profile.COLOURS)))


def _page(form: Form) -> Response:
    result = profile.check_look(*(str(form.value(name)) for name in profile.COLOURS))
    return render_form("admin/profile.html", form, zones=list(profile.ZONES.items()), result=result)
