"""Views of `/kelola/unduh`."""

from uuid import UUID

from flask import Response, g, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.admin import downloads, people
from balai.admin.routes import console
from balai.auth import check, require, signed_in
from balai.errors import Conflict, Invalid
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/unduh"


@console.get("/unduh")
@require("members.manage")
def exports_page() -> Response:
    """Archives so far and the form for a new one."""
    return _page(Form.of())


@console.get("/unduh/daftar")
@require("members.manage")
def exports_list() -> Response:
    """The list alone, asked again while an archive is being made."""
    return render("admin/exports_list.html", **_listed())


@console.post("/unduh")
@require("members.manage")
def order_export() -> AnyResponse:
    """Order an archive."""
    personal = "personal" in request.form
    if personal:
        check("cases.reveal")
    try:
        downloads.order_export(
            db.session(), personal=personal, reason=request.form.get("reason", ""), by=signed_in().sub
        )
    except Invalid as refused:
        return _page(Form.of(request.form, refused))
    except Conflict as refused:
        return _page(Form.of(request.form, Invalid.field("", refused.detail or str(refused.title))))
    flash(_("Unduhan sedang disiapkan. Halaman ini memberi tahu kalau sudah jadi."))
    return redirect(PAGE, 303)


@console.get("/unduh/<uuid:export_id>.zip")
@require("members.manage")
def fetch_export(export_id: UUID) -> AnyResponse:
    """The archive itself."""
    order, path = downloads.fetch(db.session(), g.tenant, export_id)
    if order.personal:
        check("cases.reveal")
    db.commit()
    name = f"balai-{g.tenant.slug}-{order.asked_at.astimezone(g.tenant.zone):%Y%m%d-%H%M}.zip"
    response = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@console.post("/unduh/<uuid:export_id>/hapus")
@require("members.manage")
def drop_export(export_id: UUID) -> AnyResponse:
    """Delete an archive before its day is over."""
    downloads.drop(db.session(), g.tenant, export_id)
    flash(_("Berkas unduhan dihapus."))
    return redirect(PAGE, 303)


def _listed() -> dict[str, object]:
    session = db.session()
    found = downloads.exports(session)
    return {
        "exports": found,
        "names": people.names(session),
        "making": any(order.state == "waiting" for order in found),
        "kept": downloads.KEPT,
    }


def _page(form: Form) -> Response:
    return render_form("admin/exports.html", form, may_reveal=signed_in().may("cases.reveal"), **_listed())
