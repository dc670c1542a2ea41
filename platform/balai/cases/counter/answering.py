"""`/lacak/<code>/milik`: whoever a case was taken down for says "Betul ini laporan saya" or "Bukan saya"."""

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.cases import queries, visitor
from balai.cases.codes import CodeError, parse_code
from balai.cases.counter import services
from balai.cases.models import Case
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases_counter_answer", __name__, url_prefix="/lacak", template_folder="../templates")
_PER_HOUR = 60


def question(session: TenantSession, case: Case, *, own: bool) -> str | None:
    """For the tracking page: None = nothing to ask; "" = not answered yet; else what was answered."""
    return services.said(session, case) if own and case.assisted else None


@blueprint.post("/<code>/milik")
def answer(code: str) -> AnyResponse:
    """The link secret (or the account) proves who is asked; everybody else gets the page of an unknown address."""
    if g.get("tenant") is None:
        raise NotFound
    web.count("cases.milik", allowed=_PER_HOUR, seconds=3600)
    session = db.session()
    try:
        case = queries.by_code(session, parse_code(code))
    except CodeError:
        raise NotFound from None
    given = request.form.get("jawaban", "")
    if case is None or given not in {"ya", "bukan"}:
        raise NotFound
    plain, person, mine = case.code, visitor.reporter(case), given == "ya"
    try:
        services.say(session, case.id, mine=mine, words=request.form.get("pesan", ""), person=person)
    except (Invalid, Conflict) as problem:
        session.rollback()
        told = problem.errors[0].message if isinstance(problem, Invalid) else problem.detail
        web.flash(told or problem.title, "warn")
        return _back(plain)
    db.commit()
    web.flash(
        _("Terima kasih sudah memastikan.") if mine else _("Terima kasih. Unit yang menangani sudah kami beri tahu.")
    )
    return _back(plain)


def _back(code: str) -> AnyResponse:
    return redirect(f"/lacak/{code}", 303)
