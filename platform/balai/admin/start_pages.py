"""View of `/kelola`: the start page of a region's console; on the apex host the operator's list of regions."""

from flask import Response, g

from balai import cases, db
from balai.admin import operator_pages, start
from balai.admin.routes import front
from balai.auth import require_staff, signed_in
from balai.web import render


@front.get("/kelola")
@require_staff
def start_page() -> Response:
    """What waits for the reader, and what is left to set up."""
    if g.get("tenant") is None:
        return operator_pages.regions_page()
    session, principal = db.session(), signed_in()
    person = cases.staff(session, principal)
    return render("admin/start.html", start=start.start(session, g.tenant, principal, person.units | person.heads))
