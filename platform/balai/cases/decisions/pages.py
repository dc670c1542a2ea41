"""Console: `/kelola/keputusan`. Write a decision down, find the reports and ideas that it answers, make it public."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db, web
from balai.auth import require
from balai.cases import catalogue, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.console import blueprint, member_names, person
from balai.cases.decisions import queries, services
from balai.cases.decisions.portal import before_of, following
from balai.errors import Conflict, Invalid, NotFound, Problem
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

HERE = "/kelola/keputusan"


@blueprint.get("/keputusan")
@require("plugins.switch")
def decisions_page() -> Response:
    """Every decision, newest first, drafts among them."""
    session = db.session()
    rows = queries.everything(session, services.ideas_of(session), before_of(request.args))
    names = member_names(session, {r.member_id for r in rows if r.member_id})
    shown = rows[: queries.PAGE]
    return web.render(
        "cases/decisions/list.html", rows=shown, kinds=services.KINDS, names=names, more=following(HERE, rows)
    )


@blueprint.get("/keputusan/baru")
@require("plugins.switch")
def new_decision() -> Response:
    """The empty form."""
    return _form(Form.of({"kind": request.args.get("jenis", "")}))


@blueprint.post("/keputusan/baru")
@require("plugins.switch")
def save_decision() -> AnyResponse:
    """Write it down; then the reports that it answers are looked for."""
    session, given = db.session(), request.form
    try:
        made = services.record(
            session, kind=given.get("kind", ""), title=given.get("title", ""), reason=given.get("reason", ""),
            person=person(), on=_day(given.get("on", "")),
        )  # fmt: skip
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _form(Form.of(given, invalid))
    return redirect(f"{HERE}/{made.id}", 303)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.field("on", _("Tulis tanggal, misalnya 2026-11-24.")) from None


@blueprint.get("/keputusan/<uuid:decision_id>")
@require("plugins.switch")
def decision(decision_id: UUID) -> Response:
    """One decision, what led to it, and a search for more."""
    return _page(decision_id, Form.of())


@blueprint.post("/keputusan/<uuid:decision_id>")
@require("plugins.switch")
def change_decision(decision_id: UUID) -> AnyResponse:
    """Other words."""
    given = request.form

    def act() -> str:
        services.change(db.session(), decision_id, title=given.get("title", ""), reason=given.get("reason", ""))
        return _("Tersimpan.")

    return _do(decision_id, act)


@blueprint.post("/keputusan/<uuid:decision_id>/laporan")
@require("plugins.switch")
def name_reports(decision_id: UUID) -> AnyResponse:
    """Name the ticked ones, or take them out."""
    codes, taken_out = _codes(), request.form.get("tindakan") == "lepas"

    def act() -> str:
        if taken_out:
            number = services.remove(db.session(), decision_id, codes)
            return ngettext("%(num)s dilepas.", "%(num)s dilepas.", number)
        number = services.add(db.session(), person(), decision_id, codes)
        return ngettext("%(num)s ditambahkan.", "%(num)s ditambahkan.", number)

    return _do(decision_id, act)


@blueprint.post("/keputusan/<uuid:decision_id>/umumkan")
@require("plugins.switch")
def announce_decision(decision_id: UUID) -> AnyResponse:
    """Make it public and tell those who reported."""

    def act() -> str:
        services.make_public(db.session(), person(), decision_id)
        return _("Diumumkan. Setiap pelapor mendapat satu pesan.")

    return _do(decision_id, act)


def _do(decision_id: UUID, act: Any) -> AnyResponse:
    session = db.session()
    try:
        words = act()
        db.commit()
    except Invalid as invalid:
        session.rollback()
        if [e.field for e in invalid.errors] != ["pilih"]:
            return _page(decision_id, Form.of(request.form, invalid))
        web.flash(invalid.errors[0].message, "warn")
    except Conflict as problem:
        session.rollback()
        web.flash(_told(problem), "warn")
    else:
        web.flash(words)
    return redirect(f"{HERE}/{decision_id}", 303)


def _told(problem: Problem) -> str:
    return problem.detail or problem.title


def _codes() -> list[str]:
    found = []
    for typed in request.form.getlist("pilih"):
        try:
            found.append(parse_code(typed))
        except CodeError:
            continue
    return found


def _form(form: Form) -> Response:
    return web.render_form("cases/decisions/new.html", form, kinds=list(services.KINDS.items()))


def _page(decision_id: UUID, form: Form) -> Response:
    session = db.session()
    known = queries.one(session, decision_id, services.ideas_of(session))
    if known is None:
        raise NotFound
    words, service = request.args.get("q", "").strip()[:80], request.args.get("layanan", "")[:100]
    led = queries.led(session, decision_id)
    there = {row.code for row in led}
    found = [row for row in services.search(session, person(), words, service_id=service) if row.code not in there]
    return web.render_form(
        "cases/decisions/one.html",
        form,
        decision=known,
        kinds=services.KINDS,
        led=[_line(row) for row in led],
        found=[_line(row) for row in found],
        words=words,
        search_form=Form.of({"q": words, "layanan": service}),
        searched=bool(words or service),
        services=sorted((s.id, wording.localise(s).title) for s in catalogue.services(session, every=True)),
    )


def _line(row: Any) -> dict[str, Any]:
    rules = wording.localise(cases.rules_of(db.session(), row.service_id, row.service_version))
    told = getattr(row, "told_at", None)
    return {"case": row, "service": rules.title, "state": wording.state_label(rules, row.state), "told": told}
