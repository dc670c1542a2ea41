"""The slip that somebody takes home: code, promised date, whom to call, and a QR that opens their own view. A6, also on paper."""

import io

import segno
from flask import Response

from balai import cases, db, web
from balai.auth import require
from balai.cases import queries, telling, units, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.counter import slips
from balai.cases.counter.pages import blueprint, layout
from balai.cases.models import Case
from balai.cases.personal import terms
from balai.errors import NotFound

# Wide enough to be read from bad paper: at 32 mm of print a module is more than half a millimetre.
_SCALE = 8


@blueprint.get("/slip/<code>")
@require("cases.file_for")
def slip(code: str) -> Response:
    """The slip of a case that this sign-in has just filed; NotFound for every other."""
    session = db.session()
    case, _secret = _own(code)
    service = wording.localise(cases.rules(session, case))
    return web.render(
        "cases/counter/slip.html",
        layout=layout(),
        case=case,
        service=service,
        unit=units.unit(session, case.unit_id),
        contact_notice=terms.contact_sentence() if case.contact_name or case.contact_phone else "",
        issuer=telling.region_name(session),
        host=telling.tracking_url(session, case).partition("://")[2].partition("/")[0],
    )


@blueprint.get("/slip/<code>/qr.png")
@require("cases.file_for")
def code_picture(code: str) -> Response:
    """The QR of the reporter's own link."""
    case, secret = _own(code)
    body = io.BytesIO()
    segno.make(telling.tracking_url(db.session(), case, secret), error="m", micro=False).save(
        body, kind="png", scale=_SCALE, border=2
    )
    return Response(body.getvalue(), mimetype="image/png", headers={"Cache-Control": "no-store"})


def _own(code: str) -> tuple[Case, str]:
    try:
        case = queries.by_code(db.session(), parse_code(code))
    except CodeError:
        raise NotFound from None
    secret = slips.secret_of(case) if case is not None and case.assisted else None
    if case is None or secret is None:
        raise NotFound
    return case, secret
