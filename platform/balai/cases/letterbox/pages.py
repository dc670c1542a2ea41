"""`/kelola/serah-terima` and `/kelola/petugas/<id>/serah-terima`: hand over everything of a person who is transferred."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.cases.console import blueprint, id_of, person
from balai.cases.letterbox import handing, undoing
from balai.cases.letterbox.handing import DRAWINGS, Part
from balai.errors import Conflict, Forbidden, Invalid
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

LIST = "/kelola/serah-terima"


@blueprint.get("/serah-terima")
@require("cases.work")
def hand_overs() -> Response:
    """Whose work this reader may hand over."""
    return web.render("cases/console/hand_overs.html", people=handing.people(db.session(), person()))


@blueprint.get("/petugas/<uuid:member_id>/serah-terima")
@require("cases.work")
def ask_hand_over(member_id: UUID) -> Response:
    """What the person holds, and to whom it goes."""
    chosen = [p.key for p in handing.parts_of(db.session(), person(), _member(member_id).id)]
    return _page(member_id, Form.of({"bagian": chosen}))


@blueprint.post("/petugas/<uuid:member_id>/serah-terima")
@require("cases.work")
def hand_over(member_id: UUID) -> AnyResponse:
    """First what would move to whom, then (`aksi=serahkan`) the move itself."""
    session, given, who = db.session(), request.form, person()
    wish: dict[str, Any] = {
        "to": _uuid(given.get("ke")), "keys_": given.getlist("bagian"), "reason": given.get("alasan", ""),
    }  # fmt: skip
    _member(member_id)
    try:
        if given.get("aksi") != "serahkan":
            plan = handing.plan(session, who, member_id, **wish)
            return web.render("cases/console/hand_over_check.html", plan=plan, words=_words, here=_here(member_id))
        made = handing.hand_over(session, who, member_id, **wish)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return _page(member_id, Form.of(given, invalid))
    count = len(made.parts["cases"]) + len(made.parts["readers"])
    web.flash(ngettext("Diserahkan: %(num)s laporan.", "Diserahkan: %(num)s laporan.", count))
    return redirect(_here(member_id), 303)


@blueprint.post("/petugas/<uuid:member_id>/serah-terima/<uuid:act_id>/batal")
@require("cases.work")
def undo_hand_over(member_id: UUID, act_id: UUID) -> AnyResponse:
    """Take the last one back."""
    try:
        back, left = undoing.undo(db.session(), person(), act_id)
        db.commit()
    except Conflict as conflict:
        db.session().rollback()
        web.flash(conflict.detail or conflict.title, "warn")
        return redirect(_here(member_id), 303)
    web.flash(ngettext("%(num)s laporan dikembalikan.", "%(num)s laporan dikembalikan.", back))
    if left:
        words = _("%(num)s dilewati: sudah ada yang mengubahnya sesudah Anda.", num=left)
        web.flash(words, "warn")
    return redirect(_here(member_id), 303)


def _page(member_id: UUID, form: Form) -> Response:
    session, who = db.session(), person()
    member, undo = _member(member_id), undoing.undoable(session, who, member_id)
    try:
        parts = handing.parts_of(session, who, member_id)
    except Forbidden:
        if undo is None:
            raise
        parts = []  # a head has just handed everything over: only the way back is left to show
    form.labels = {"ke": _("Diserahkan kepada"), "bagian": _("Yang diserahkan"), "alasan": _("Alasan")}
    return web.render_form(
        "cases/console/hand_over.html", form, member=member, parts=[(p.key, *_words(p)) for p in parts], undo=undo,
        receivers=[(str(m.id), m.name) for m in handing.receivers(session, member_id)], here=_here(member_id), back=LIST,
    )  # fmt: skip


def _words(part: Part) -> tuple[str, str]:
    """(what it is, what of it moves)."""
    if part.key == DRAWINGS:
        return _("Rancangan layanan"), _("%(num)s rancangan: keputusan pimpinan dikirim ke penerima", num=part.drawings)
    told = []
    if part.leads:
        told.append(_("kepala unit"))
    if part.works:
        told.append(_("anggota unit"))
    told.append(ngettext("%(num)s laporan yang belum selesai", "%(num)s laporan yang belum selesai", part.cases))
    if part.secrets:
        told.append(_("%(num)s laporan sangat rahasia", num=part.secrets))
    return (part.unit.name if part.unit else _("Laporan di unit lain")), ", ".join(told)


def _member(member_id: UUID) -> Any:
    return handing.member_of(db.session(), member_id)


def _here(member_id: UUID) -> str:
    return f"/kelola/petugas/{member_id}/serah-terima"


def _uuid(text: str | None) -> UUID | None:
    return id_of(text) if text else None
