"""Forms of the inbox: bulk acts and their undoing; texts to answer with."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.cases import catalogue, wording
from balai.cases.console import blueprint, id_of, person
from balai.cases.officer import bulk, replies
from balai.cases.officer.pages import back_to_inbox, codes_given
from balai.errors import Conflict, Invalid
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

TEXTS = "/kelola/contoh-jawaban"


@blueprint.post("/laporan/borongan")
@require("cases.work")
def bulk_act() -> AnyResponse:
    """One act on every ticked case."""
    try:
        result = _act(request.form.get("tindakan", ""))
        db.commit()
    except Invalid as invalid:
        db.session().rollback()
        web.flash(invalid.errors[0].message, "warn")
        return redirect(back_to_inbox(), 303)
    if result.done:
        web.flash(ngettext("%(num)s laporan diubah.", "%(num)s laporan diubah.", result.done))
    _tell_skipped(result)
    return redirect(back_to_inbox(), 303)


def _act(kind: str) -> bulk.Result:
    session, who, codes, given = db.session(), person(), codes_given(), request.form
    if kind == "tugas":
        to, _colon, key = given.get("kepada", "").partition(":")
        member = who.member_id if to == "saya" else id_of(key) if to == "petugas" else None
        unit = id_of(key) if to == "unit" else None
        if member is None and unit is None:
            raise Invalid.field("kepada", _("Pilih dulu kepada siapa."))
        return bulk.assign(session, who, codes, unit_id=unit, member_id=member)
    if kind == "langkah":
        return bulk.step(session, who, codes, given.get("langkah", ""))
    if kind == "catatan":
        return bulk.note(session, who, codes, given.get("catatan", ""))
    if kind == "dibaca":
        return bulk.read(session, who, codes)
    raise Invalid.field("tindakan", _("Pilih dulu apa yang dilakukan."))


def _tell_skipped(result: bulk.Result) -> None:
    if not result.skipped:
        return
    reasons = dict.fromkeys(reason for _code, reason in result.skipped)
    words = ngettext("%(num)s dilewati.", "%(num)s dilewati.", len(result.skipped))
    codes = ", ".join(code for code, _reason in result.skipped[:5])
    web.flash(f"{words} {' '.join(reasons)} {codes}{' …' if len(result.skipped) > 5 else ''}", "warn")  # noqa: PLR2004 - as above


@blueprint.post("/laporan/borongan/<uuid:act_id>/batal")
@require("cases.work")
def undo_bulk(act_id: UUID) -> AnyResponse:
    """Take the last bulk act back."""
    try:
        result = bulk.undo(db.session(), person(), act_id)
        db.commit()
    except Conflict as conflict:
        db.session().rollback()
        web.flash(conflict.detail or conflict.title, "warn")
        return redirect(back_to_inbox(), 303)
    if result.done:
        web.flash(ngettext("%(num)s laporan dikembalikan.", "%(num)s laporan dikembalikan.", result.done))
    _tell_skipped(result)
    return redirect(back_to_inbox(), 303)


@blueprint.get("/contoh-jawaban")
@require("cases.work")
def reply_texts() -> Response:
    """All texts, and a form for a new one."""
    return _texts(Form.of())


@blueprint.route("/contoh-jawaban/<uuid:text_id>", methods=["GET", "POST"])
@require("cases.work")
def reply_text(text_id: UUID) -> AnyResponse:
    """One text: change or remove it."""
    if request.method == "POST":
        return _save(text_id)
    found = replies.text(db.session(), text_id)
    given = {name: getattr(found, name) for name in ("title", "body", "service_id", "demand")}
    return _texts(Form.of(given), text_id)


@blueprint.post("/contoh-jawaban")
@require("cases.work")
def new_reply_text() -> AnyResponse:
    """Make a text."""
    return _save(None)


def _save(text_id: UUID | None) -> AnyResponse:
    session, given = db.session(), request.form
    try:
        if text_id is not None and given.get("hapus"):
            replies.remove(session, person(), text_id)
            web.flash(_("Contoh jawaban dihapus."))
        else:
            known = frozenset(s.id for s in catalogue.services(session, audience=None, every=True))
            replies.save(session, person(), given=given, services=known, text_id=text_id)
            web.flash(_("Contoh jawaban disimpan."))
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _texts(Form.of(given, invalid), text_id)
    return redirect(TEXTS, 303)


def _texts(form: Form, text_id: UUID | None = None) -> Response:
    session, who = db.session(), person()
    services = [(s.id, wording.localise(s).title) for s in catalogue.services(session, audience=None, every=True)]
    return web.render_form(
        "cases/console/replies.html",
        form,
        texts=replies.all_texts(session),
        services=sorted(services, key=lambda s: s[1]),
        names=dict(services),
        demands=demand_names(),
        places=replies.PLACES,
        here=f"{TEXTS}/{text_id}" if text_id else TEXTS,
        text_id=text_id,
        may_edit=who.may("cases.assign"),
    )


def demand_names() -> dict[str, str]:
    """Where a text can be used."""
    return {
        "answer": _("Jawaban"), "question": _("Pertanyaan"), "reason": _("Alasan"), "note": _("Catatan untuk petugas"),
    }  # fmt: skip
