"""Views of `/kelola/audit`."""

from urllib.parse import urlencode

from flask import Response, g, redirect, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from balai import audit as record
from balai import db, plugins
from balai.admin import audit, deed_words, people
from balai.admin.deeds import DEEDS
from balai.admin.routes import console
from balai.auth import require
from balai.web import allow, flash, render
from balai.web.i18n import gettext as _

PAGE = "/kelola/audit"


@console.get("/audit")
@require("audit.read")
def audit_page() -> Response:
    """One page of the record, filtered."""
    session = db.session()
    asked = audit.Filter.of(request.args)
    found = audit.page(session, asked, g.tenant.zone)
    following = _address(PAGE, asked.query(sebelum=found.following)) if found.following else None
    return render(
        "admin/audit.html",
        asked=asked,
        entries=found.entries,
        following=following,
        first=_address(PAGE, asked.query()) if asked.before else None,
        download=_address(f"{PAGE}/catatan.csv", asked.query()),
        seals=audit.seals(session),
        names=people.names(session),
        areas=_areas(),
        actor_kinds=audit.ACTOR_KINDS,
        members=people.names_by_id(session),
        deeds=DEEDS,
        kind=deed_words.kind,
        details=deed_words.details,
    )


@console.get("/audit/catatan.csv")
@require("audit.read")
def audit_csv() -> Response:
    """The filtered record as CSV. The download itself is an entry."""
    allow("audit-csv", allowed=10, seconds=60)
    session = db.session()
    asked = audit.Filter.of(request.args)
    record.record(session, "audit.downloaded", data={"filter": asked.query()})
    db.commit()
    rows = audit.as_csv(session, asked, g.tenant.zone, people.names(session))
    response = Response(stream_with_context(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{g.tenant.slug}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@console.post("/audit/periksa")
@require("audit.read")
def check_seals() -> AnyResponse:
    """Walk the whole chain and say whether anything was changed."""
    allow("audit-verify", allowed=5, seconds=60)
    verdict = record.verify(db.session())
    if verdict.ok:
        text = _("Utuh: %(n)s catatan cocok seluruhnya, tidak ada yang diubah.", n=verdict.entries)
        flash(text)
    else:
        flash(_("Tidak utuh: %(fault)s. Hubungi pengelola Balai.", fault=verdict.fault), "bad")
    return redirect(PAGE, 303)


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _areas() -> dict[str, object]:
    titles = {f"{p.name}.": p.manifest.titles["id"] for p in plugins.manager().installed if p.manifest}
    return {**audit.AREAS, **titles}
