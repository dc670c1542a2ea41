"""Views of `/kelola/petugas` for a time without access: asked once more with what it means, and the way back."""

from uuid import UUID

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.admin.member_pages import PAGE, faults_of
from balai.admin.routes import console
from balai.auth import members, require, suspending
from balai.cases.letterbox.leaving import alone_in
from balai.errors import Conflict, Invalid, Unavailable
from balai.web import Form, flash, render_form
from balai.web.i18n import gettext as _


@console.get("/petugas/<uuid:member_id>/tangguhkan")
@require("members.manage")
def ask_suspension(member_id: UUID) -> Response:
    """Ask once more, and say what suspending means."""
    return _ask(member_id)


@console.post("/petugas/<uuid:member_id>/tangguhkan")
@require("members.manage")
def suspend(member_id: UUID) -> AnyResponse:
    """Take access away for a time; what waited for the person waits for others."""
    try:
        member = suspending.suspend_member(db.session(), member_id)
    except (Conflict, Unavailable) as refused:
        db.session().rollback()
        return _ask(member_id, faults_of(refused))
    flash(_("%(name)s ditangguhkan dan sudah tidak bisa masuk.", name=member.name))
    return redirect(PAGE, 303)


@console.post("/petugas/<uuid:member_id>/aktifkan")
@require("members.manage")
def resume(member_id: UUID) -> AnyResponse:
    """Give access back, with the former roles and units."""
    try:
        member = suspending.resume_member(db.session(), member_id)
    except (Conflict, Unavailable) as refused:
        db.session().rollback()
        flash(refused.detail or str(refused.title), "warn")
        return redirect(PAGE, 303)
    flash(_("%(name)s bisa bekerja lagi. Bila ia kepala unit, pilih lagi di halaman Unit.", name=member.name))
    return redirect(PAGE, 303)


def _ask(member_id: UUID, refused: Invalid | None = None) -> Response:
    found = members.get_member(db.session(), member_id)
    alone = alone_in(db.session(), member_id)
    return render_form("admin/member_suspend.html", Form.of({}, refused), member=found, alone=alone)
