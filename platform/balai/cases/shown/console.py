"""The moderators' queue: what citizens wrote for the public, looked at one by one before anybody else reads it."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db, web
from balai.auth import require
from balai.cases import wording
from balai.cases.console import blueprint, case_of, id_of, person
from balai.cases.models import Case
from balai.cases.shown import queries, services, words
from balai.cases.tracking import region_words
from balai.errors import Conflict, Forbidden, Invalid
from balai.web import Form
from balai.web.i18n import gettext as _

QUEUE = "/kelola/laporan/tampil"


@blueprint.get("/laporan/tampil")
@require("cases.work")
def moderation() -> Response:
    """What waits, newest first."""
    session = db.session()
    rows = services.waiting(session, person(), before=id_of(request.args.get("sebelum")))
    shown = rows[: queries.PAGE]
    return web.render(
        "cases/shown/queue.html",
        rows=[
            (row, wording.localise(cases.rules_of(session, row.service_id, row.service_version)).title) for row in shown
        ],
        more=f"{QUEUE}?sebelum={shown[-1].id}" if len(rows) > queries.PAGE else None,
    )


@blueprint.get("/laporan/<code>/tampil")
@require("cases.work")
def moderate(code: str) -> Response:
    """One of them: as written, and as the public will read it."""
    return _page(case_of(code), Form.of())


@blueprint.post("/laporan/<code>/tampil")
@require("cases.work")
def decide(code: str) -> AnyResponse:
    """Publish with these words, or refuse with a reason; then the next one."""
    session, given, case = db.session(), request.form, case_of(code)
    refused = given.get("tampil") == "tidak"
    try:
        if refused:
            services.refuse(session, case.id, person=person(), reason=given.get("reason", ""))
        else:
            title, body = given.get("title", ""), given.get("body", "")
            services.publish(session, case.id, person=person(), title=title, body=body)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _page(case_of(code), Form.of(given, invalid))
    except (Conflict, Forbidden) as problem:
        session.rollback()
        web.flash(problem.detail or problem.title, "warn")
        return redirect(f"/kelola/laporan/{case.code}", 303)
    web.flash(_("Tidak ditampilkan; pengirimnya diberi tahu.") if refused else _("Sekarang tampil untuk umum."))
    return redirect(_next(), 303)


def _next() -> str:
    waiting = services.waiting(db.session(), person())
    return f"/kelola/laporan/{waiting[0].code}/tampil" if waiting else QUEUE


def _page(case: Case, form: Form) -> Response:
    session = db.session()
    rules = wording.localise(cases.rules(session, case))
    proposed = queries.words(session, case.id) or words.propose(case, rules)
    return web.render_form(
        "cases/shown/moderate.html",
        form,
        case=case,
        service=rules,
        proposed=proposed,
        answers=wording.answers(rules, case, {}, region_words(session, case.region)),
        place=region_words(session, case.region),
    )
