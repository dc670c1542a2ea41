"""`/layanan/water/h/tagihan`: what my water costs, line by line, how to pay, and where to say that it seems wrong."""

from uuid import UUID

from flask import Blueprint, Response, redirect
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import NotFound, invoice_path, personal, render, session
from balai_water.bills import services, settings, words
from balai_water.bills.services import Shown
from balai_water.register import visitor
from balai_water.register.models import Connection

PATH = "/layanan/water/h/tagihan"
blueprint = Blueprint("water_bills_portal", "balai_water", url_prefix=PATH, template_folder="templates")


@blueprint.before_request
def _about_a_household() -> None:
    personal()


@blueprint.get("")
def mine() -> Response:
    """Bills of every connection that the visitor has proven to be theirs."""
    rows = services.of_customers(session(), visitor.customers(session()))
    return render(
        "water/bills/mine.html", rows=rows, numbers=_numbers(rows), words=words, left=sum(row.left for row in rows),
        pay_at=settings.setting(session()).pay_at,
    )  # fmt: skip


def _numbers(rows: list[Shown]) -> dict[UUID, str]:
    ids = {row.bill.connection_id for row in rows}
    query = select(Connection.id, Connection.number).where(Connection.id.in_(ids))
    return {row[0]: row[1] for row in session().execute(query)}


def _own(bill_id: UUID) -> Shown:
    """A bill of the visitor; another's is not there."""
    bill = services.find_bill(session(), bill_id)
    if bill.customer_id not in visitor.customers(session()):
        raise NotFound
    return services.shown(session(), [bill])[0]


@blueprint.get("/<uuid:bill_id>")
def bill_page(bill_id: UUID) -> Response:
    """One of them."""
    shown, setting = _own(bill_id), settings.setting(session())
    return render(
        "water/bills/my_bill.html", shown=shown, bill=shown.bill, number=_numbers([shown])[shown.bill.connection_id],
        words=words, pay_at=setting.pay_at, account=settings.account_of(session(), setting.unit_id),
    )  # fmt: skip


@blueprint.get("/<uuid:bill_id>/bayar")
def pay(bill_id: UUID) -> AnyResponse:
    """To the invoice, opened: the secret stands in this answer only, and is exchanged for a cookie at once."""
    shown = _own(bill_id)
    if shown.invoice is None:
        raise NotFound
    return redirect(invoice_path(session(), shown.invoice), 303)
