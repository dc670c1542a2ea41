"""The drawing board as pages share it: who may, tabs, faults beside the place, saving with everything typed kept."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import Member
from balai.cases.drawing import checking, services
from balai.cases.drawing.models import Drawing
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases_drawing", __name__, url_prefix="/kelola", template_folder="templates")
ROOT = "/kelola/layanan/susun"
Again = Callable[[Form], Response]


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def either(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view is for whoever draws services or publishes them."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = auth.signed_in()
        if not (who.may("services.draw") or who.may("services.publish")):
            raise Forbidden(_("Menyusun layanan adalah hak petugas, menerbitkannya hak pimpinan."))
        return view(*args, **kwargs)

    return guarded


def member() -> UUID | None:
    """The member who is asking."""
    return auth.signed_in().member_id


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Members by name."""
    wanted = {i for i in ids if i}
    query = select(Member.id, Member.name).where(Member.id.in_(wanted))
    return {row.id: row.name for row in db.session().execute(query)} if wanted else {}


def address(drawing: Drawing, tail: str = "") -> str:
    """Path of a page of a drawing."""
    return f"{ROOT}/{drawing.id}{tail}"


def drawing_of(drawing_id: UUID) -> Drawing:
    """The drawing of this page; NotFound otherwise."""
    return services.drawing_of(db.session(), drawing_id)


def page(template: str, drawing: Drawing, form: Form, tab: str, **context: Any) -> Response:
    """A page of the board, with tabs and the list of what is missing."""
    found = checking.notes(drawing)
    return web.render_form(
        f"cases/drawing/{template}.html",
        form,
        drawing=drawing,
        here=address(drawing),
        board_tabs=tabs(drawing, tab),
        notes=found,
        spots=lambda *spot: checking.at(found, *spot),
        may_draw=auth.signed_in().may("services.draw"),
        **context,
    )


def tabs(drawing: Drawing, tab: str) -> list[tuple[str, str, bool]]:
    """Tabs of the board: (label, path, whether it is this one); a leader gets those that are for deciding."""
    first = [("umum", _("Umum"))] if drawing.kind == "new" else [("ubah", _("Waktu dan teks"))]
    middle = [("formulir", _("Formulir")), *([("alur", _("Alur"))] if drawing.kind == "new" else [])]
    names = [
        *first, *middle, ("pratinjau", _("Pratinjau")), ("coba", _("Coba")), ("terbit", _("Terbitkan")),
        ("riwayat", _("Riwayat")),
    ]  # fmt: skip
    draws = auth.signed_in().may("services.draw")
    shown = [pair for pair in names if draws or pair[0] in {"pratinjau", "terbit", "riwayat"}]
    return [(label, address(drawing, f"/{key}"), key == tab) for key, label in shown]


def seen() -> int | None:
    """The step that the page showed, from its hidden field."""
    text = request.form.get("seq", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - a counter, no number to overflow on


def save(drawing_id: UUID, change: services.Change, *, back: str, again: Again) -> AnyResponse:
    """Apply a change and go on; what needs correcting comes back with everything typed. `?periksa` only answers the checks."""
    if "periksa" in request.args:
        return _check(drawing_id, change)
    return attempt(lambda: _saved(drawing_id, change), back=back, again=again)


def _saved(drawing_id: UUID, change: services.Change) -> None:
    services.edit(db.session(), drawing_id, change, member=member(), seen=seen())
    web.flash(_("Tersimpan."))


def attempt(act: Callable[[], None], *, back: str, again: Again) -> AnyResponse:
    """Do it and go on, or show the page again: 422 for what needs correcting, 409 for what isn't possible now."""
    session = db.session()
    try:
        act()
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return again(Form.of(request.form, invalid))
    except Conflict as conflict:
        session.rollback()
        session.expire_all()
        shown = again(Form.of(request.form, [FieldError("", conflict.detail or conflict.title)]))
        shown.status_code = 409
        return shown
    return redirect(back, 303)


def _check(drawing_id: UUID, change: services.Change) -> Response:
    """What the checks would say about the form as it stands; nothing is kept."""
    drawing = drawing_of(drawing_id)
    document = deepcopy(drawing.document)
    typing: list[str] = []
    try:
        change(document)
    except Invalid as invalid:
        typing = [e.message for e in invalid.errors]
    found = checking.notes(drawing, document)
    return web.render("cases/drawing/panel.html", notes=found, typing=typing)
