"""Views of `/kelola/data-pribadi`: the record of processing, to read, print and download."""

from flask import Response, g

from balai import audit, db
from balai.admin.privacy import record
from balai.admin.routes import console
from balai.auth import require
from balai.clock import now
from balai.web import render

PAGE = "/kelola/data-pribadi"


@console.get("/data-pribadi")
@require("audit.read")
def processing_page() -> Response:
    """What personal data this region holds, why, on which basis and how long."""
    return render("admin/privacy/record.html", lines=record.record_of(db.session(), g.tenant), at=now())


@console.get("/data-pribadi/catatan.csv")
@require("audit.read")
def processing_csv() -> Response:
    """The same as a sheet."""
    session = db.session()
    rows = "".join(record.as_csv(record.record_of(session, g.tenant)))
    audit.record(session, "privacy.record_downloaded")
    response = Response(rows, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="data-pribadi-{g.tenant.slug}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
