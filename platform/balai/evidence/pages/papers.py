"""Charts and papers: SVG images for the pages, the council's PDF, the auditor's PDF."""

from typing import Final
from uuid import UUID

from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.errors import NotFound
from balai.evidence import charts, small
from balai.evidence.models import AuditAnchor
from balai.evidence.needs import services as needs
from balai.evidence.pages import looks
from balai.evidence.pages.public import visible
from balai.evidence.pages.routes import console, portal
from balai.web import flash, render
from balai.web.i18n import gettext as _

# Drawings for one address in a minute: a page holds one of them, an office shares an address.
_CHARTS: Final = 60


@portal.get("/grafik/<owner>/<key>.svg")
def months_chart(owner: str, key: str) -> Response:
    """Asked and completed by month of one service."""
    web.allow("manfaat-grafik", allowed=_CHARTS, seconds=60)
    session, subject = db.session(), f"{owner}.{key}"
    shown, waiting = visible(session)
    row = next((r for r in (*shown, *waiting) if r.subject == subject), None)
    if row is None:
        raise NotFound
    found = looks.service(session, subject).months
    lines = [
        (_("Diminta (garis penuh)"), [m.asked for m in found]),
        (_("Selesai (garis putus-putus)"), [m.completed for m in found]),
    ]
    return _svg(charts.months(row.title, [f"{m.month:%m/%y}" for m in found], lines, narrow=_narrow()))


@portal.get("/grafik/kebutuhan.svg")
def needs_chart() -> Response:
    """Reports per topic; per 10,000 people where they are known."""
    web.allow("manfaat-grafik", allowed=_CHARTS, seconds=60)
    found = [need for need in needs.needs(db.session()) if need.asked >= small.LEAST]
    if not found:
        raise NotFound
    known = all(need.per is not None for need in found)
    title = _("Laporan setahun per 10.000 jiwa") if known else _("Laporan setahun")
    rows = [(need.topic.label, need.per if known and need.per else need.asked) for need in found]
    return _svg(charts.bars(title, rows, narrow=_narrow()))


def _narrow() -> bool:
    """Whether a phone asks; any other word means the wide drawing."""
    return request.args.get("lebar") == "hp"


def _svg(drawn: bytes) -> Response:
    response = Response(drawn, content_type="image/svg+xml")
    # Its own styles lie inside; opened by itself it still runs nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@console.get("/dewan.pdf")
@require("audit.read")
def council() -> Response:
    """One page for the council."""
    from balai.evidence.papers.council import draw

    web.allow("manfaat-pdf", allowed=10, seconds=60)
    return _pdf(draw(db.session(), g.tenant), f"manfaat-{g.tenant.slug}.pdf")


@console.get("/jangkar")
@require("audit.read")
def anchors() -> Response:
    """Every month's anchor, to be printed and kept elsewhere."""
    found = db.session().scalars(select(AuditAnchor).order_by(AuditAnchor.month.desc())).all()
    return render("evidence/anchors.html", anchors=found)


@console.post("/jangkar")
@require("audit.read")
def note_anchor() -> AnyResponse:
    """Note the head for the month that has ended, if the night hasn't yet."""
    from balai.evidence.papers.anchor import note

    web.allow("jangkar", allowed=6, seconds=60)
    note(db.session())
    db.commit()
    flash(_("Jangkar bulan lalu dicatat."))
    return redirect("/kelola/manfaat/jangkar", 303)


@console.get("/jangkar/<uuid:anchor_id>.pdf")
@require("audit.read")
def anchor_paper(anchor_id: UUID) -> Response:
    """The page to print."""
    from balai.evidence.papers.anchor import draw

    session = db.session()
    anchor = session.scalars(select(AuditAnchor).where(AuditAnchor.id == anchor_id)).first()
    if anchor is None:
        raise NotFound
    web.allow("manfaat-pdf", allowed=10, seconds=60)
    return _pdf(draw(session, g.tenant, anchor), f"jangkar-{g.tenant.slug}-{anchor.month:%Y-%m}.pdf")


def _pdf(data: bytes, name: str) -> Response:
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
