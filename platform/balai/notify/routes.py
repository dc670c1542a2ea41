"""Pages and callbacks outside the console: stop and resume news by mail's link, and what gateways tell afterwards."""

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.errors import NotFound, TooLarge
from balai.notify import receipts, refusals
from balai.web.i18n import gettext as _

blueprint = Blueprint("notify", __name__, template_folder="templates")
# Mail programs post from few addresses of their makers, gateways from one; tokens and signatures keep guessers out.
_STOPS_PER_TEN_MINUTES = 3000
_RECEIPTS_PER_MINUTE = 6000


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound


@blueprint.get(f"{refusals.PATH}/<token>")
def stop_page(token: str) -> Response:
    """What stops, what still comes, and one button."""
    session = db.session()
    index = _index(token)
    web.personal()
    response = web.render("notify/stop.html", stopped=refusals.is_refused(session, index), token=token)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post(f"{refusals.PATH}/<token>")
@web.exempt("the address is signed with the region's key; mail programs post here on their own (RFC 8058)")
def stop(token: str) -> AnyResponse:
    """Stop (also in one click from a mail program) or resume."""
    session, index = db.session(), _index(token)
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if not one_click and request.form.get("langkah") == "lanjut":
        refusals.resume(session, index)
    else:
        refusals.refuse(session, index, by="one-click" if one_click else "page")
    db.commit()
    return Response(_("Sudah berhenti."), mimetype="text/plain") if one_click else stop_page(token)


def _index(token: str) -> str:
    web.count("notify.stop", allowed=_STOPS_PER_TEN_MINUTES, seconds=600)
    index = refusals.index_from(db.session(), token)
    if index is None:
        raise NotFound
    return index


@blueprint.post("/kait/pesan/<channel>")
@web.exempt("a gateway's callback: signature or secret over the raw body, checked before anything is parsed")
def receipt(channel: str) -> AnyResponse:
    """204 understood, 401 not proven (also where no gateway is set up), 413 too long."""
    web.allow("notify.receipt", allowed=_RECEIPTS_PER_MINUTE, seconds=60)
    request.max_content_length = receipts.MOST_BYTES
    if (request.content_length or 0) > receipts.MOST_BYTES:
        raise TooLarge
    body = request.get_data(cache=False)
    try:
        receipts.take(db.session(), channel, request.headers, body)
    except receipts.NotProvenError:
        return Response(status=401)
    db.commit()
    return Response(status=204)
