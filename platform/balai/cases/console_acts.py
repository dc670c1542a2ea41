"""What an officer does on the page of one case: steps, tasks, notes, files, publishing, redacting, revealing."""

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, files, web
from balai.auth import require
from balai.cases import acting, moving
from balai.cases.console import blueprint, case_of, id_of, page, person
from balai.cases.models import Case
from balai.cases.personal import masking
from balai.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from balai.web import Form
from balai.web.i18n import gettext as _


@blueprint.post("/laporan/<code>/langkah")
@require("cases.work")
def step(code: str) -> AnyResponse:
    """A step of the workflow."""
    given = request.form
    if "receiver" in given:
        from balai.cases.referral.pages import hand_on  # its own page, where what was typed comes back

        answer: AnyResponse = hand_on(code)
        return answer
    fields = {name: given[name] for name in given if name not in {"_kunci", "langkah", "seen"}}
    return do(
        code,
        lambda case: moving.move_case(
            db.session(), case.id, given.get("langkah", ""), person=person(), fields=fields, seen=seen()
        ),
        _("Tersimpan."),
    )


@blueprint.post("/laporan/<code>/tugas")
@require("cases.work")
def assign(code: str) -> AnyResponse:
    """Give it to a unit, a member of it, or take it oneself."""
    given, who = request.form, person()
    member = who.member_id if given.get("ambil") else id_of(given.get("member_id"))
    unit = None if given.get("ambil") else id_of(given.get("unit_id"))

    def act(case: Case) -> Any:
        # A member of the old unit can't come along to another one.
        chosen = None if unit and unit != case.unit_id else member
        words = given.get("pesan", "").strip()
        if words and not given.get("ambil"):  # before the case may leave this member's sight
            moving.require_fresh(db.session(), case, seen())
            acting.note(db.session(), case.id, words, person=who)
            return acting.assign(db.session(), case.id, person=who, unit_id=unit, member_id=chosen)
        return acting.assign(db.session(), case.id, person=who, unit_id=unit, member_id=chosen, seen=seen())

    return do(code, act, _("Tugas dibagi."))


@blueprint.post("/laporan/<code>/catatan")
@require("cases.work")
def note(code: str) -> AnyResponse:
    """An internal note."""
    text = request.form.get("note", "")
    return do(code, lambda case: acting.note(db.session(), case.id, text, person=person()), _("Catatan tersimpan."))


@blueprint.post("/laporan/<code>/berkas")
@require("cases.work")
def attach(code: str) -> AnyResponse:
    """Add photos, PDFs or voice notes."""
    uploads: list[Any] = [u for u in request.files.getlist("berkas") if u.filename][:5]

    def act(case: Case) -> Any:
        if not uploads:
            raise Invalid.field("berkas", _("Pilih berkasnya dulu."))
        stored = [
            files.store(
                db.session(),
                u.stream,
                purpose="case.attachment",
                filename=u.filename,
                kinds=files.STAFF,
                field="berkas",
            )
            for u in uploads
        ]
        return acting.attach(db.session(), case.id, [f.id for f in stored], person=person())

    return do(code, act, _("Berkas ditambahkan."))


@blueprint.post("/laporan/<code>/tampilkan")
@require("cases.work")
def publish(code: str) -> AnyResponse:
    """Show it on the public list, or take it off."""
    shown = request.form.get("tampil") == "ya"
    words = _("Sekarang tampil untuk umum.") if shown else _("Tidak lagi tampil untuk umum.")
    return do(code, lambda case: acting.publish(db.session(), case.id, person=person(), shown=shown), words)


@blueprint.post("/laporan/<code>/buka-lagi")
@require("cases.work")
def reopen(code: str) -> AnyResponse:
    """Bring a closed case back."""
    reason = request.form.get("reason", "")
    return do(code, lambda case: acting.reopen(db.session(), case.id, reason, person=person()), _("Dibuka lagi."))


@blueprint.post("/laporan/<code>/samarkan")
@require("cases.work")
def redact(code: str) -> AnyResponse:
    """Take out words or a file for good."""
    given = request.form
    return do(
        code,
        lambda case: acting.redact(
            db.session(),
            case.id,
            person=person(),
            reason=given.get("redact_reason", ""),
            field=given.get("field") or None,
            event_id=id_of(given.get("event_id")),
            file_id=id_of(given.get("file_id")),
        ),
        _("Isi disamarkan."),
    )


@blueprint.post("/laporan/<code>/kontak")
@require("cases.reveal")
def contact(code: str) -> Response:
    """Show the reporter's contact and masked answers once, for a stated reason."""
    case = case_of(code)
    try:
        found = masking.reveal(db.session(), case, person=person(), reason=request.form.get("reveal_reason", ""))
    except Invalid as invalid:
        return page(case, Form.of(request.form, Invalid.field("reveal_reason", invalid.errors[0].message)))
    except Conflict as restricted:
        return _again(code, Form.of(request.form), restricted)
    db.commit()
    return page(case, Form.of(), revealed=found)


def do(code: str, act: Any, done: str) -> AnyResponse:
    """Act on a case and come back to its page; what was refused is said there, with what was typed."""
    case = case_of(code)
    try:
        act(case)
        db.commit()
    except Invalid as invalid:
        return _again(code, Form.of(request.form, invalid))
    except (Conflict, Forbidden) as problem:
        return _again(code, Form.of(request.form), problem)
    web.flash(done)
    try:
        case_of(code)
    except NotFound:  # it went to a unit whose private cases this member doesn't see
        return redirect("/kelola/laporan", 303)
    return redirect(f"/kelola/laporan/{case.code}", 303)


def _again(code: str, form: Form, problem: Problem | None = None) -> Response:
    db.session().rollback()
    db.session().expire_all()
    if problem is not None:
        web.flash(f"{problem.title}. {problem.detail or ''}", "warn")
    response = page(case_of(code), form)
    if problem is not None:
        response.status_code = problem.status
    return response


def seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - a row number
