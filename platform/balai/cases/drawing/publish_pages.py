"""Preview, try-out, publication, history: from a drawing to a service that people use."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.cases import catalogue, queries, visitor
from balai.cases.drawing import asking, checking, path, services, trying
from balai.cases.drawing.board import ROOT, address, attempt, blueprint, drawing_of, either, member, names_of, page
from balai.cases.drawing.words import states_of_drawings
from balai.errors import Conflict, Invalid
from balai.web import Form
from balai.web.i18n import gettext as _

_HERE = "/layanan/susun/<uuid:drawing_id>"


@blueprint.get(f"{_HERE}/pratinjau")
@either
def preview(drawing_id: UUID) -> Response:
    """The form as people will see it, and the path."""
    drawing = drawing_of(drawing_id)
    values = checking.whole(drawing)
    try:
        service = checking.service_of(drawing)
    except Invalid as invalid:
        web.flash(invalid.errors[0].message, "warn")
        return page("preview_none", drawing, Form.of(), "pratinjau")
    return asking.show_form(
        "preview", service, Form.of(), **_board(drawing, "pratinjau"), path=path.draw(values["workflow"])
    )


def _board(drawing: Any, tab: str) -> dict[str, Any]:
    """What `board.page` gives its templates, for pages that also show a form."""
    from balai.cases.drawing import board

    found = checking.notes(drawing)
    return {
        "drawing": drawing,
        "here": address(drawing),
        "board_tabs": board.tabs(drawing, tab),
        "notes": found,
        "spots": lambda *spot: checking.at(found, *spot),
        "may_draw": auth.signed_in().may("services.draw"),
    }


@blueprint.get(f"{_HERE}/coba")
@require("services.draw")
def try_out(drawing_id: UUID) -> Response:
    """The form with the test mark, and the test cases so far."""
    return _try(drawing_id, asking.empty_form())


def _try(drawing_id: UUID, form: Form, kept: Any = None) -> Response:
    drawing, session = drawing_of(drawing_id), db.session()
    tried = trying.tried_cases(session, drawing)
    try:
        service = trying.trial(session, drawing, member())
    except Conflict as faulty:
        shown = page("try_none", drawing, Form.of(), "coba", tried=tried, why=faulty.detail)
        shown.status_code = 200 if request.method == "GET" else 409
        return shown
    return asking.show_form("try", service, form, kept, **_board(drawing, "coba"), tried=tried)


@blueprint.post(f"{_HERE}/coba")
@require("services.draw")
def send_try(drawing_id: UUID) -> AnyResponse:
    """File a marked test case; both sides of it are open to whoever tries."""
    drawing = drawing_of(drawing_id)
    try:
        service = trying.trial(db.session(), drawing, member())
    except Conflict:
        return _try(drawing_id, Form.of(request.form))
    filed = asking.take(service, is_test=True, again=lambda form, kept: _try(drawing_id, form, kept))
    if isinstance(filed, Response):
        return filed
    web.flash(_("Uji coba terkirim. Tidak dihitung di mana pun."))
    answer: Any = redirect(f"/kelola/laporan/{filed.code}", 303)
    return visitor.remember(answer, filed.code, filed.link_secret)


@blueprint.get(f"{_HERE}/terbit")
@either
def publication(drawing_id: UUID) -> Response:
    """What is missing, the request, the leader's decision, closing."""
    return _publication(drawing_id, Form.of())


def _publication(drawing_id: UUID, form: Form) -> Response:
    drawing, session = drawing_of(drawing_id), db.session()
    who = auth.signed_in()
    names = names_of([drawing.asked_by, drawing.decided_by])
    setting = catalogue.setting_of(session, drawing.service_id)
    return page(
        "publication", drawing, form, "terbit", state=states_of_drawings()[drawing.state],
        asker=names.get(drawing.asked_by, ""), decider=names.get(drawing.decided_by, ""),
        may_publish=who.may("services.publish"), running=setting.state if setting else "on",
        path=path.draw(checking.whole(drawing)["workflow"]), tried=trying.tried_cases(session, drawing),
        version=_version(session, drawing.service_id) if drawing.published_number else None,
        public_page=_public_page(drawing),
    )  # fmt: skip


def _version(session: db.TenantSession, service_id: str) -> int | None:
    newest = queries.newest_version(session, service_id)
    return newest.version if newest else None


def _public_page(drawing: Any) -> str:
    owner, _dot, key = drawing.service_id.partition(".")
    audience = checking.whole(drawing).get("audience")
    return f"/kelola/layanan/{owner}/{key}" if audience == "staff" else f"/layanan/{owner}/{key}"


def _decide(drawing_id: UUID, act: Any, said: str) -> AnyResponse:
    def done() -> None:
        act()
        web.flash(said)

    back = address(drawing_of(drawing_id), "/terbit")
    return attempt(done, back=back, again=lambda form: _publication(drawing_id, form))


@blueprint.post(f"{_HERE}/terbit/minta")
@require("services.draw")
def ask(drawing_id: UUID) -> AnyResponse:
    """The officer asks."""
    note = request.form.get("note", "")
    return _decide(
        drawing_id,
        lambda: services.ask(db.session(), drawing_id, note, member=member()),
        _("Permintaan sampai ke pimpinan."),
    )


@blueprint.post(f"{_HERE}/terbit/terbitkan")
@require("services.publish")
def publish(drawing_id: UUID) -> AnyResponse:
    """The leader says yes."""
    return _decide(
        drawing_id,
        lambda: services.publish(db.session(), drawing_id, member=member()),
        _("Layanan terbit. Yang sudah berjalan tetap memakai aturan lama."),
    )


@blueprint.post(f"{_HERE}/terbit/tolak")
@require("services.publish")
def refuse(drawing_id: UUID) -> AnyResponse:
    """The leader says no, and why."""
    reason = request.form.get("reason", "")
    return _decide(
        drawing_id,
        lambda: services.refuse(db.session(), drawing_id, reason, member=member()),
        _("Dikembalikan kepada petugas dengan alasannya."),
    )


@blueprint.post(f"{_HERE}/terbit/buka")
@require("services.publish")
def set_open(drawing_id: UUID) -> AnyResponse:
    """Close, take away, open again."""
    given = request.form
    return _decide(
        drawing_id,
        lambda: services.set_open(db.session(), drawing_id, given.get("state", ""), given.get("close_reason", "")),
        _("Tersimpan."),
    )


@blueprint.route(f"{_HERE}/buang", methods=["GET", "POST"])
@require("services.draw")
def discard(drawing_id: UUID) -> AnyResponse:
    """A question on a page of its own, then gone."""
    drawing = drawing_of(drawing_id)
    if request.method == "GET":
        return web.render("cases/drawing/discard.html", drawing=drawing, here=address(drawing))

    def act() -> None:
        services.discard(db.session(), drawing_id)
        web.flash(_("Draf dibuang."))

    return attempt(act, back=ROOT, again=lambda form: _publication(drawing_id, form))


@blueprint.get(f"{_HERE}/riwayat")
@either
def history(drawing_id: UUID) -> Response:
    """Every kept state, newest first."""
    return _history(drawing_id, Form.of())


def _history(drawing_id: UUID, form: Form) -> Response:
    drawing, session = drawing_of(drawing_id), db.session()
    kept = services.history(session, drawing)
    return page("history", drawing, form, "riwayat", steps=kept, names=names_of(s.by_member for s in kept))


@blueprint.post(f"{_HERE}/riwayat/<int:number>")
@require("services.draw")
def take_back(drawing_id: UUID, number: int) -> AnyResponse:
    """An earlier state again."""

    def act() -> None:
        services.take_back(db.session(), drawing_id, number, member=member())
        web.flash(_("Kembali ke keadaan sebelumnya. Yang tadi tetap ada di riwayat."))

    back = address(drawing_of(drawing_id), "/riwayat")
    return attempt(act, back=back, again=lambda form: _history(drawing_id, form))


@blueprint.post(f"{_HERE}/riwayat/bersih")
@require("services.draw")
def reset(drawing_id: UUID) -> AnyResponse:
    """Of a plugin's service: as it came."""

    def act() -> None:
        services.reset(db.session(), drawing_id, member=member())
        web.flash(_("Semua perubahan dibuang dari draf. Berlaku setelah diterbitkan."))

    back = address(drawing_of(drawing_id), "/riwayat")
    return attempt(act, back=back, again=lambda form: _history(drawing_id, form))
