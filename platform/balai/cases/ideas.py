"""`/usul`: published ideas and their official answers (unknown while no such service is on); `/saya`: one's own cases."""

from datetime import datetime
from typing import Any

from flask import Response, request

from balai import auth, cases, db, tenancy, web
from balai.cases import queries, visitor, wording
from balai.cases.portal import address, blueprint
from balai.errors import NotFound
from balai.tenancy import registry_scope
from balai.tenancy.queries import tenant_by_id

_TOPIC = "usul"


@blueprint.get("/usul")
def ideas() -> Response:
    """Published ideas, newest first, by keyset pages."""
    session = db.session()
    offered = [s for s in cases.services(session) if s.topic == _TOPIC]
    if not offered:
        raise NotFound
    service = offered[0]
    rows = queries.public_cases(session, service_id=service.id, before=_before(), limit=31)
    shown = [{"case": row, "badge": wording.badge(_Row(row), _label(row))} for row in rows[:30]]
    more = f"/usul?sebelum={rows[29].published_at.isoformat()}_{rows[29].code}" if len(rows) > 30 else None  # noqa: PLR2004 - a page
    return web.render("cases/portal/ideas.html", service=service, shown=shown, more=more, action=address(service))


@blueprint.get("/saya")
def mine() -> Response:
    """A signed-in citizen's cases here and in other regions; a browser's own ones without an account."""
    principal, session = auth.current(), db.session()
    person = visitor.holder()
    here = tenancy.current()
    rows = [{"case": r, "label": _label(r)} for r in queries.own_cases(session, person) if _of_citizens(r)]
    elsewhere: list[dict[str, Any]] = []
    if principal is not None and here is not None:
        elsewhere = _elsewhere(principal.sub, here.id)
    web.personal()
    return web.render("cases/portal/mine.html", rows=rows, elsewhere=elsewhere, signed_in=principal is not None)


def _of_citizens(row: Any) -> bool:
    """What a member asked of their own office stands in the console (`/kelola/layanan-pegawai`)."""
    return cases.rules_of(db.session(), row.service_id, row.service_version).audience == "public"


def _elsewhere(sub: str, here: int) -> list[dict[str, Any]]:
    found = [row for row in auth.my_cases(db.database(), sub) if row.tenant_id != here]
    with registry_scope() as registry:
        regions = {row.tenant_id: tenant_by_id(registry, row.tenant_id) for row in found}
    from flask import current_app

    settings = current_app.extensions["balai.settings"]
    return [
        {
            "code": row.code,
            "at": row.at,
            "region": region.name,
            "url": settings.public_url(settings.tenant_host(region.slug), f"/lacak/{row.code}"),
        }
        for row in found
        if (region := regions[row.tenant_id]) is not None
    ]


class _Row:
    """A public row for `wording.badge`."""

    def __init__(self, row: queries.PublicCase) -> None:
        self.outcome = row.outcome
        self.overdue_at = None
        self.waits_for = "staff"


def _label(row: Any) -> str:
    service = cases.rules_of(db.session(), row.service_id, row.service_version)
    return wording.state_label(wording.localise(service), row.state)


def _before() -> tuple[datetime, str] | None:
    at, _underscore, code = request.args.get("sebelum", "").partition("_")
    try:
        moment = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    return (moment, code) if code and moment.tzinfo else None
