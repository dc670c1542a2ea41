"""`/kelola/instansi-lain`: the region's list of other bodies, kept by those who arrange services."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.cases.console import blueprint, person
from balai.cases.referral import bodies
from balai.errors import Invalid, TooLarge
from balai.web import Form
from balai.web.i18n import gettext as _

HERE = "/kelola/instansi-lain"
_FIELDS = ("name", "purpose", "phone", "address", "url", "email")


@blueprint.get("/instansi-lain")
@require("cases.work")
def other_bodies() -> Response:
    """The list, for everybody who may have to send somebody there."""
    return _page(Form.of())


@blueprint.post("/instansi-lain")
@require("services.draw")
def add_body() -> AnyResponse:
    """A new entry."""
    return _save(None)


@blueprint.route("/instansi-lain/<uuid:body_id>", methods=["GET", "POST"])
@require("services.draw")
def other_body(body_id: UUID) -> AnyResponse:
    """Change one entry, or offer it no longer."""
    if request.method == "POST":
        return _save(body_id)
    entry = bodies.body(db.session(), body_id)
    given = {name: getattr(entry, name) for name in _FIELDS} | {"topics": ", ".join(map(str, entry.topics))}
    return _page(Form.of(given), entry)


@blueprint.post("/instansi-lain/awal")
@require("services.draw")
def start_list() -> AnyResponse:
    """The usual bodies, to be completed."""
    bodies.add_starters(db.session(), person())
    db.commit()
    web.flash(_("Daftar awal ditambahkan. Lengkapi kontaknya: yang tanpa kontak belum bisa dipilih."))
    return redirect(HERE, 303)


@blueprint.post("/instansi-lain/impor")
@require("services.draw")
def import_bodies() -> AnyResponse:
    """A CSV file, taken in as a whole or not at all."""
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Invalid.field("file", _("Pilih berkasnya dulu."))
        added, changed = bodies.import_csv(db.session(), person(), upload.stream.read(2**20 + 1))
        db.commit()
    except (Invalid, TooLarge) as refused:
        db.session().rollback()
        found = refused if isinstance(refused, Invalid) else Invalid.field("file", refused.detail or "")
        return _page(Form.of({}, Invalid.field("file", " ".join(e.message for e in found.errors))))
    web.flash(_("%(added)s ditambah, %(changed)s diubah.", added=added, changed=changed))
    return redirect(HERE, 303)


def _save(body_id: UUID | None) -> AnyResponse:
    session, given = db.session(), request.form
    entry = bodies.body(session, body_id) if body_id else None
    try:
        if body_id and given.get("pakai"):
            bodies.retire(session, person(), body_id, back=given["pakai"] == "ya")
        else:
            bodies.save(session, person(), given, body_id=body_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _page(Form.of(given, invalid), entry)
    web.flash(_("Tersimpan."))
    return redirect(HERE, 303)


def _page(form: Form, entry: Any = None) -> Response:
    who = person()
    return web.render_form(
        "cases/referral/bodies.html",
        form,
        bodies=bodies.all_bodies(db.session(), retired=True),
        entry=entry,
        here=f"{HERE}/{entry.id}" if entry else HERE,
        may_edit=who.may("services.draw"),
        columns=", ".join(bodies.COLUMNS),
    )
