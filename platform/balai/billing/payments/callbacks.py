"""`/kait/billing/<provider>`: what providers tell. The signature over the raw bytes comes before anything of them is read;
whatever is refused looks the same from outside. What is proven is kept and answered; a job books it right after.
"""

import logging

import msgspec
from flask import Blueprint, Response, g, request

from balai import db, web
from balai.audit import acting_as
from balai.audit.actors import Actor
from balai.billing.payments import gateways, inbox, taking, tasks
from balai.billing.payments.taking import sane
from balai.contracts import PaymentAccount, PaymentCall, PaymentFault, PaymentProvider
from balai.errors import NotFound, TooLarge

log = logging.getLogger(__name__)
blueprint = Blueprint("billing_callbacks", __name__, url_prefix="/kait/billing")
MOST_BYTES = 32 * 1024
_PER_MINUTE = 60_000  # one process, one address: a provider posts all its customers' payments from few


@blueprint.post("/<provider>")
@blueprint.post("/<provider>/<path:rest>")
@web.exempt("a payment provider's callback: its signature over the raw body is checked before anything is parsed")
def told(provider: str, rest: str = "") -> Response:
    """200 kept for good (also the second time), 400 proven and unreadable, 401 not proven, 413 too long.

    The address names the region once more: a bank signs it for all its clients with one key, and what it told one of them must
    not be believed by another.
    """
    if g.get("tenant") is None:
        raise NotFound
    web.allow("billing.callback", allowed=_PER_MINUTE, seconds=60)
    request.max_content_length = MOST_BYTES
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge
    call = _call()
    session = db.session()
    made = next((p for p in gateways.providers(session) if p.key == provider and p.verify is not None), None)
    account = gateways.account(session, made) if made is not None else None
    here = rest.partition("/")[0] == g.tenant.slug
    if not here or made is None or account is None or not _is_proven(made, account, call):
        return _answer(made, call, 401)
    # Only from here on is anything of it believed.
    with acting_as(Actor("system", f"billing.{made.key}")):
        status = _take(made, account, call)
    return _answer(made, call, status)


def _call() -> PaymentCall:
    """The request, raw. A header that came twice is no header: of two signatures none is *the* signature."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        low = name.lower()
        headers[low] = "" if low in headers else value
    return PaymentCall(request.method, request.path, headers, request.get_data(cache=False))


def _is_proven(made: PaymentProvider, account: PaymentAccount, call: PaymentCall) -> bool:
    assert made.verify is not None  # noqa: S101 - asked by the caller
    try:
        return made.verify(account, call) is True
    except Exception:
        # A provider's slip must not let anybody in, nor tell that there is one.
        log.exception("provider %s failed on verifying a callback", made.key)
        return False


def _take(made: PaymentProvider, account: PaymentAccount, call: PaymentCall) -> int:
    session = db.session()
    try:
        notice = sane(made.read(account, call)) if made.read is not None else None
    except PaymentFault:
        taking.note_unreadable(session, made.key, call.body)
        db.commit()
        return 400
    if notice is not None:
        inbox.keep(session, made.key, notice, call.body, then=tasks.book_told)
        if notice.state == "pending" and made.ask is not None:
            tasks.ask_soon(session, made.key, notice.order)
        # The provider never tells again what was answered with 200: not before it is on disk.
        db.commit()
    return 200


def _answer(made: PaymentProvider | None, call: PaymentCall, status: int) -> Response:
    body = made.answer(call, status == 200) if made is not None and status in {200, 401} else {}  # noqa: PLR2004 - HTTP
    response = Response(msgspec.json.encode(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
