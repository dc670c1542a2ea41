"""`/perubahan`, "Anda melapor, kami ubah": what the region changed because of what people reported and proposed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from balai import cases, db, web
from balai.cases import wording
from balai.cases.decisions import queries, services
from balai.cases.shown.links import defang
from balai.cases.shown.portal import blueprint, moment_of
from balai.errors import NotFound


@blueprint.get("/perubahan")
def changes() -> Response:
    """Newest first, each with how many reports and ideas led to it."""
    session = db.session()
    rows = queries.announced(session, services.ideas_of(session), before_of(request.args))
    return web.render(
        "cases/decisions/public_list.html",
        rows=rows[: queries.PAGE],
        kinds=services.KINDS,
        more=following("/perubahan", rows),
    )


@blueprint.get("/perubahan/<uuid:decision_id>")
def change(decision_id: UUID) -> Response:
    """One of them, with those reports and ideas that are public themselves."""
    session = db.session()
    known = queries.one(session, decision_id, services.ideas_of(session))
    if known is None or known.announced_at is None:
        raise NotFound
    ideas = set(services.ideas_of(session))
    led = [
        {
            "url": f"/usul/{row.code}" if row.service_id in ideas else f"/lacak/{row.code}",
            "title": defang(row.summary),
            "service": wording.localise(cases.rules_of(session, row.service_id, row.service_version)).title,
            "at": row.filed_at,
        }
        for row in queries.led(session, decision_id, public=True, limit=50)
    ]
    return web.render("cases/decisions/public_one.html", decision=known, kinds=services.KINDS, led=led)


def before_of(given: Mapping[str, str]) -> tuple[datetime, UUID] | None:
    """The sort key in an address; None for anything made up."""
    at, _underscore, last = given.get("sebelum", "").partition("_")
    moment = moment_of(at)
    try:
        return (moment, UUID(last)) if moment is not None else None
    except ValueError:
        return None


def following(path: str, rows: Sequence[Any]) -> str | None:
    """Address of the next page; None on the last one."""
    if len(rows) <= queries.PAGE:
        return None
    last = rows[queries.PAGE - 1]
    return f"{path}?{urlencode({'sebelum': f'{last.decided_at.isoformat()}_{last.id}'})}"
