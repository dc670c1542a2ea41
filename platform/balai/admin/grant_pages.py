"""Views of `/kelola/izin-pengelola`: the region lets the operator look, for a while."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import audit, db
from balai.admin import grants, people
from balai.admin.routes import console
from balai.auth import require, signed_in
from balai.errors import Invalid
from balai.web import Form, flash, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/izin-pengelola"


@console.get("/izin-pengelola")
@require("members.manage")
def grants_page() -> Response:
    """Permits so far, what the operator looked at, and the form for a new one."""
    return _page(Form.of({"hours": "8"}))


@console.post("/izin-pengelola")
@require("members.manage")
def give_grant() -> AnyResponse:
    """Give a permit."""
    raw = request.form.get("hours", "")
    hours = int(raw) if raw.isdecimal() and len(raw) < 4 else 0  # noqa: PLR2004 - three digits are more than enough
    try:
        grants.give_grant(db.session(), hours=hours, reason=request.form.get("reason", ""), by=signed_in().sub)
    except Invalid as refused:
        return _page(Form.of(request.form, refused))
    flash(_("Izin diberikan. Anda bisa mencabutnya kapan saja."))
    return redirect(PAGE, 303)


@console.post("/izin-pengelola/<uuid:grant_id>/cabut")
@require("members.manage")
def end_grant(grant_id: UUID) -> AnyResponse:
    """Take a permit back."""
    grants.end_grant(db.session(), grant_id, by=signed_in().sub)
    flash(_("Izin dicabut. Pengelola Balai tidak bisa lagi melihat data daerah."))
    return redirect(PAGE, 303)


def _page(form: Form) -> Response:
    session = db.session()
    return render_form(
        "admin/grants.html",
        form,
        grants=grants.grants(session),
        looks=audit.entries(session, action="operator.looked", limit=20),
        names=people.names(session),
        hours=[(str(h), _("%(n)s jam", n=h)) for h in grants.HOURS],
    )
