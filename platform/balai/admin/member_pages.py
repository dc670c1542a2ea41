"""Views of `/kelola/petugas`. A first password is on the answer to the POST itself and nowhere else: shown once."""

import csv
import io
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.admin import members
from balai.admin.routes import console
from balai.auth import members as auth_members
from balai.auth import require, rosters, signed_in, suspending
from balai.auth.directory import directory
from balai.auth.members import Invited
from balai.cases.letterbox.leaving import alone_in
from balai.errors import Conflict, Invalid, TooLarge, Unavailable
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/petugas"
_TEMPLATE: Final = "nama,email,peran\nSiti Aminah,siti@contoh.go.id,Petugas\n"
_FRESH: Final = {"roles": "officer"}


@console.get("/petugas")
@require("members.manage")
def members_page() -> Response:
    """Everybody who works for this region."""
    words = members.labels(auth_members.roles_offered(g.tenant))
    session = db.session()
    return render(
        "admin/members.html",
        lines=members.lines(session, words),
        suspended=suspending.suspended_members(session),
        mails=_mails(),
    )


@console.get("/petugas/undang")
@require("members.manage")
def invite_page() -> Response:
    """The form for one person, and the one for a list."""
    return _invite(Form.of(_FRESH))


@console.post("/petugas/undang")
@require("members.manage")
def invite() -> AnyResponse:
    """Invite one person."""
    form = request.form
    try:
        done = auth_members.invite_member(
            db.session(), form.get("email", ""), form.get("name", ""), form.getlist("roles")
        )
    except (Invalid, Conflict, Unavailable) as refused:
        db.session().rollback()
        return _invite(Form.of(form, faults_of(refused)))
    return _told(done)


@console.get("/petugas/contoh.csv")
@require("members.manage")
def list_template() -> Response:
    """A list to fill in with a spreadsheet."""
    response = Response(_TEMPLATE, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="petugas.csv"'
    return response


@console.post("/petugas/daftar")
@require("members.manage")
def preview_list() -> Response:
    """Read the uploaded list and show it, or what is wrong row by row, before anything happens."""
    upload = request.files.get("berkas")
    if upload is None or not upload.filename:
        return _invite(Form.of(_FRESH, Invalid.field("berkas", _("Pilih berkas daftarnya dulu."))))
    return _preview(upload.stream.read(rosters.MOST_BYTES + 1))


@console.post("/petugas/daftar/undang")
@require("members.manage")
def invite_list() -> Response:
    """Invite everybody of the confirmed list; answers row by row, passwords included where there is no mail."""
    raw = request.form.get("text", "").encode()
    session = db.session()
    try:
        results = rosters.invite_from_csv(session, g.tenant, raw)
    except (Invalid, TooLarge):
        return _preview(raw)
    except Unavailable as refused:
        session.rollback()
        return _invite(Form.of(_FRESH, faults_of(refused)))
    return render("admin/members_invited.html", results=results)


def _preview(raw: bytes) -> Response:
    """The table as it was understood; 422 with every fault by its line."""
    try:
        rows = rosters.read_table(g.tenant, raw)
    except TooLarge as refused:
        return _invite(Form.of(_FRESH, Invalid.field("berkas", refused.detail or str(refused.title))))
    except Invalid as refused:
        whole = [fault.message for fault in refused.errors if fault.field == "file"]
        if whole:
            return _invite(Form.of(_FRESH, Invalid.field("berkas", whole[0])))
        faults = [fault.message for fault in refused.errors]
        return render_form(
            "admin/members_preview.html", Form.of({}, refused), faults=faults, rows=[], text="", words={}
        )
    return render(
        "admin/members_preview.html",
        rows=rows,
        faults=[],
        text=_as_csv(rows),
        words=members.labels(auth_members.roles_offered(g.tenant)),
    )


def _as_csv(rows: Iterable[tuple[int, str, str, frozenset[str]]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("nama", "email", "peran"))
    writer.writerows((name, email, "+".join(sorted(roles))) for _line, name, email, roles in rows)
    return out.getvalue()


@console.get("/petugas/<uuid:member_id>")
@require("members.manage")
def member_page(member_id: UUID) -> Response:
    """One person: roles, invitation, removal."""
    return _member(member_id)


@console.post("/petugas/<uuid:member_id>/peran")
@require("members.manage")
def change_roles(member_id: UUID) -> AnyResponse:
    """Give exactly the chosen roles."""
    try:
        auth_members.change_roles(db.session(), member_id, request.form.getlist("roles"))
    except (Invalid, Conflict, Unavailable) as refused:
        db.session().rollback()
        return _member(member_id, Form.of(request.form, faults_of(refused, "roles")))
    flash(_("Peran diubah dan langsung berlaku."))
    return redirect(PAGE, 303)


@console.post("/petugas/<uuid:member_id>/kirim-ulang")
@require("members.manage")
def resend(member_id: UUID) -> AnyResponse:
    """The invitation once more."""
    try:
        done = auth_members.resend_invitation(db.session(), member_id)
    except (Conflict, Unavailable) as refused:
        db.session().rollback()
        return _member(member_id, Form.of({}, faults_of(refused)))
    return _told(done)


@console.get("/petugas/<uuid:member_id>/kode-baru")
@require("members.manage")
def ask_new_code(member_id: UUID) -> Response:
    """Ask once more before a lost phone's second factor is dropped."""
    return _ask_new_code(member_id)


@console.post("/petugas/<uuid:member_id>/kode-baru")
@require("members.manage")
def new_code(member_id: UUID) -> AnyResponse:
    """Drop the second factor: the person sets up a new one at the next sign-in."""
    try:
        member = auth_members.reset_second_factor(db.session(), member_id)
    except (Conflict, Unavailable) as refused:
        db.session().rollback()
        return _ask_new_code(member_id, faults_of(refused))
    flash(_("%(name)s memasang kode masuk baru saat masuk berikutnya.", name=member.name))
    return redirect(f"{PAGE}/{member_id}", 303)


@console.get("/petugas/<uuid:member_id>/keluarkan")
@require("members.manage")
def ask_removal(member_id: UUID) -> Response:
    """Ask once more, and say what removing means."""
    return _ask_removal(member_id)


@console.post("/petugas/<uuid:member_id>/keluarkan")
@require("members.manage")
def remove(member_id: UUID) -> AnyResponse:
    """Remove the person; their sessions here end at once."""
    try:
        gone = auth_members.remove_member(db.session(), member_id)
    except (Conflict, Unavailable) as refused:
        db.session().rollback()
        return _ask_removal(member_id, faults_of(refused))
    flash(_("%(name)s bukan petugas lagi di sini.", name=gone.name))
    return redirect(PAGE, 303)


def _told(done: Invited) -> AnyResponse:
    if done.password is not None:
        return render("admin/member_password.html", member=done.member, password=done.password)
    if done.warning:
        flash(done.warning, "warn")
    else:
        flash(_("Undangan untuk %(name)s sudah dikirim.", name=done.member.name))
    return redirect(PAGE, 303)


def _invite(form: Form) -> Response:
    return render_form(
        "admin/member_invite.html", form, roles=members.choices(g.tenant), mails=_mails(), most=rosters.MOST_ROWS
    )


def _member(member_id: UUID, form: Form | None = None) -> Response:
    session = db.session()
    found = auth_members.get_member(session, member_id)
    page = form or Form.of()
    if "roles" not in page.values:
        page.values.setlist("roles", list(found.roles))
    return render_form(
        "admin/member.html", page, member=found, email=auth_members.email_of(session, found),
        roles=members.choices(g.tenant), mails=_mails(), me=found.sub == signed_in().sub,
    )  # fmt: skip


def _ask_new_code(member_id: UUID, refused: Invalid | None = None) -> Response:
    found = auth_members.get_member(db.session(), member_id)
    return render_form("admin/member_code.html", Form.of({}, refused), member=found)


def _ask_removal(member_id: UUID, refused: Invalid | None = None) -> Response:
    found = auth_members.get_member(db.session(), member_id)
    alone = alone_in(db.session(), member_id)
    return render_form("admin/member_remove.html", Form.of({}, refused), member=found, alone=alone)


def faults_of(refused: Invalid | Conflict | Unavailable, name: str = "") -> Invalid:
    """A refusal as a form shows it."""
    return refused if isinstance(refused, Invalid) else Invalid.field(name, refused.detail or str(refused.title))


def _mails() -> bool:
    return directory().mails
