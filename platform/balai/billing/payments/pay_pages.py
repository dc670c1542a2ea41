"""`/tagihan/<number>/bayar`: how a citizen pays. Choose a way, see the number or the QR, reload to see whether the money came."""

from uuid import UUID

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.billing import settings, visitor
from balai.billing.models import Invoice
from balai.billing.payments import orders
from balai.billing.payments.models import PaymentOrderRow
from balai.billing.payments.providers import own_qris
from balai.clock import now
from balai.errors import Conflict, NotFound, Unavailable
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("billing_pay", __name__, url_prefix="/tagihan", template_folder="templates")
_ORDERS_PER_HOUR = 30  # of one invoice: each is a request to the provider


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def _path(invoice: Invoice) -> str:
    return f"/tagihan/{invoice.number}/bayar"


@blueprint.get("/<number>/bayar")
def choose(number: str) -> AnyResponse:
    """Ways to pay, online and at a counter."""
    moved = visitor.exchange(number, f"/tagihan/{number}/bayar")
    return moved if moved is not None else _choose(visitor.opened(number), Form.of({}))


def _choose(invoice: Invoice, form: Form, status: int = 200) -> Response:
    session = db.session()
    page = web.render_form(
        "billing/payments/choose.html", form, invoice=invoice, path=_path(invoice), ways=orders.ways(session, invoice),
        waiting=orders.open_orders(session, invoice), offline=settings.how_to_pay(session),
    )  # fmt: skip
    page.status_code = status if status != 200 else page.status_code  # noqa: PLR2004 - HTTP
    return page


@blueprint.post("/<number>/bayar")
def order(number: str) -> AnyResponse:
    """Get a number or a QR for the way that was chosen."""
    invoice = visitor.opened(number)
    web.count("billing.order", f"{invoice.tenant_id}|{invoice.id}", allowed=_ORDERS_PER_HOUR, seconds=3600)
    try:
        row = orders.order(db.session(), invoice, request.form.get("cara", ""))
    except (Conflict, Unavailable) as problem:
        form = Form.of({})
        form.add("cara", problem.detail or problem.title)
        return _choose(invoice, form, problem.status)
    except NotFound:
        form = Form.of({})
        form.add("cara", _("Pilih salah satu cara bayar."))
        return _choose(invoice, form)
    return redirect(f"{_path(invoice)}/{row.id}", 303)


def _order(number: str, order_id: str) -> tuple[Invoice, PaymentOrderRow]:
    invoice = visitor.opened(number)
    try:
        return invoice, orders.order_of(db.session(), invoice, UUID(order_id))
    except ValueError:
        raise NotFound from None


@blueprint.get("/<number>/bayar/<order_id>")
def order_page(number: str, order_id: str) -> Response:
    """The number or the QR, how much, until when; and whether the money has come. Where scripts run it asks by itself."""
    invoice, row = _order(number, order_id)
    state = state_of(invoice, row)
    return web.render(
        "billing/payments/order.html", invoice=invoice, order=row, state=state, path=_path(invoice),
        merchant=own_qris.merchant_of(row.qr) if row.qr else "",
        confirmed_by_statement=row.provider == own_qris.PROVIDER.key,
    )  # fmt: skip


@blueprint.get("/<number>/bayar/<order_id>/keadaan")
def news(number: str, order_id: str) -> Response:
    """Asked every few seconds while somebody waits: 204 as long as nothing is new, else the page shall load again."""
    waiting = state_of(*_order(number, order_id)) == "waiting"
    return Response(status=204 if waiting else 200, headers={} if waiting else {"HX-Refresh": "true"})


def state_of(invoice: Invoice, row: PaymentOrderRow) -> str:
    """paid, part, cancelled, expired, changed or waiting: by the invoice, never by what anybody's phone shows."""
    if invoice.state in {"paid", "cancelled"}:
        return invoice.state
    if row.state == "paid":
        return "part"
    if row.state != "waiting" or row.until <= now():
        return "expired"
    return "waiting" if row.rupiah == invoice.outstanding else "changed"


@blueprint.get("/<number>/bayar/<order_id>/qr.png")
def picture(number: str, order_id: str) -> Response:
    """The QR as a picture; gone when there is nothing to pay with it any more."""
    invoice, row = _order(number, order_id)
    if not row.qr or state_of(invoice, row) != "waiting":
        raise NotFound
    return Response(orders.picture(row.qr), mimetype="image/png", headers={"Cache-Control": "no-store"})
