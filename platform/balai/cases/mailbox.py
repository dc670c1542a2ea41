"""`/lacak/<code>/pesan`: the reporter's message box, for everybody who holds the link, whether or not they gave an address.

Also says where staff messages about a case lead.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask import Blueprint, Flask, Response, g
from sqlalchemy import select

from balai import db, notify, web
from balai.cases import access, queries, visitor
from balai.cases.codes import CodeError, parse_code
from balai.cases.models import Case
from balai.errors import NotFound

blueprint = Blueprint("cases_mailbox", __name__, template_folder="templates")
_LOOKUPS_PER_TEN_MINUTES = 120


@blueprint.get("/lacak/<code>/pesan")
def show(code: str) -> Response:
    """Everything that we wrote to the reporter about this case."""
    if g.get("tenant") is None:
        raise NotFound
    web.count("cases.lookup", allowed=_LOOKUPS_PER_TEN_MINUTES, seconds=600)
    session = db.session()
    try:
        case = queries.by_code(session, parse_code(code))
    except CodeError:
        case = None
    if case is None or not access.is_reporter(visitor.reporter(case), case):
        raise NotFound
    web.personal()
    rows = [(m, *notify.text_of(session, m)) for m in notify.box(session, case.id)]
    response = web.render("cases/portal/mailbox.html", case=case, rows=rows)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def console_paths(session: db.TenantSession, ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Where staff messages about cases lead."""
    found = session.execute(select(Case.id, Case.code).where(Case.id.in_(list(ids))))
    return {row.id: f"/kelola/laporan/{row.code}" for row in found}


def init_app(app: Flask) -> None:
    """The page, and the way from a staff message to its case."""
    app.register_blueprint(blueprint)
    notify.lead_to(app, "case", console_paths)
