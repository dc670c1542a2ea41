"""Views of `/kelola/data-pribadi/kebocoran`: a breach, its 72 hours, and the letter to those it concerns."""

from datetime import datetime
from uuid import UUID

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.admin.routes import console
from balai.auth import require, signed_in
from balai.clock import now
from balai.errors import Conflict, Invalid
from balai.privacy import breaches
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/data-pribadi/kebocoran"


@console.get("/data-pribadi/kebocoran")
@require("audit.read")
def breaches_page() -> Response:
    """All breaches, and the form for a new one."""
    return _page(Form.of())


@console.post("/data-pribadi/kebocoran")
@require("members.manage")
def report_breach() -> AnyResponse:
    """Start the clock."""
    given = request.form
    try:
        made = breaches.report_breach(
            db.session(),
            noticed_at=_moment(given.get("noticed_at", "")),
            story=given.get("story", ""),
            kinds=given.get("kinds", ""),
            measures=given.get("measures", ""),
            people=given.get("people", ""),
            by_member=signed_in().member_id,
        )
    except Invalid as refused:
        return _page(Form.of(given, refused))
    flash(_("Tercatat. Waktunya berjalan sejak kejadian diketahui."), "warn")
    return redirect(f"{PAGE}/{made.id}", 303)


@console.get("/data-pribadi/kebocoran/<uuid:breach_id>")
@require("audit.read")
def breach_page(breach_id: UUID) -> Response:
    """One breach: hours left, what is still to do, the letter."""
    session = db.session()
    found = breaches.find_breach(session, breach_id)
    story, measures = breaches.words_of(session, found)
    return render_form(
        "admin/privacy/breach.html",
        Form.of({"measures": measures}),
        breach=found,
        story=story,
        measures=measures,
        until=breaches.deadline(found),
        at=now(),
        may_act=signed_in().may("members.manage"),
    )


@console.post("/data-pribadi/kebocoran/<uuid:breach_id>/<any(people,authority,measures,close):what>")
@require("members.manage")
def change_breach(breach_id: UUID, what: str) -> AnyResponse:
    """Somebody was told, more is known, or it is over."""
    session = db.session()
    found = breaches.find_breach(session, breach_id)
    try:
        if what == "measures":
            breaches.save_measures(session, found, request.form.get("measures", ""))
        elif what == "close":
            breaches.close_breach(session, found)
        else:
            breaches.note_told(session, found, what)
    except Conflict as refused:
        flash(refused.detail or "", "warn")
    else:
        flash(_("Tersimpan."))
    return redirect(f"{PAGE}/{breach_id}", 303)


@console.get("/data-pribadi/kebocoran/<uuid:breach_id>/surat")
@require("audit.read")
def breach_letter(breach_id: UUID) -> Response:
    """The notice as the law wants it: which data, when and how, what is done. To be printed or copied."""
    session = db.session()
    found = breaches.find_breach(session, breach_id)
    story, measures = breaches.words_of(session, found)
    return render("admin/privacy/breach_letter.html", breach=found, story=story, measures=measures)


def _moment(typed: str) -> datetime | None:
    """A local date and time of a browser's field, as an aware moment; None when it isn't one."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=g.tenant.zone)


def _page(form: Form) -> Response:
    return render_form(
        "admin/privacy/breaches.html",
        form,
        rows=[(b, breaches.deadline(b)) for b in breaches.breaches(db.session())],
        at=now(),
        may_act=signed_in().may("members.manage"),
    )
