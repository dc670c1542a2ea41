"""`/layanan/water/h/tagihan`: what my water costs, line by line, and where to say that it seems wrong."""

from uuid import UUID

from flask import Blueprint, Response, redirect
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import NotFound, personal, render, session
from balai_water.bills import services, settings, words
from balai_water.bills.services import Shown
from balai_water.register import visitor
from balai_water.register.models import Connection

blueprint = Blueprint(
    "water_bills_portal", "balai_water", url_prefix="/layanan/water/h/tagihan", template_folder="templates"
)


@blueprint.get("")
def mine() -> AnyResponse:
    """My bills over all my connections."""
    personal()
    customers = visitor.customers(session())
    if not customers:
        return redirect("/layanan/water/h/rumah", 303)
    rows = services.of_customers(session(), customers)
    return render(
        "water/bills/mine.html", rows=rows, numbers=_numbers(rows), words=words, left=sum(row.left for row in rows),
        pay_at=settings.setting(session()).pay_at,
    )  # fmt: skip


def _numbers(rows: list[Shown]) -> dict[UUID, str]:
    ids = {row.bill.connection_id for row in rows}
    query = select(Connection.id, Connection.number).where(Connection.id.in_(ids))
    return {row[0]: row[1] for row in session().execute(query)}


@blueprint.get("/<uuid:bill_id>")
def bill_page(bill_id: UUID) -> Response:
    """One of them; another's is not there."""
    personal()
    bill = services.find_bill(session(), bill_id)
    if bill.customer_id not in visitor.customers(session()):
        raise NotFound
    shown, setting = services.shown(session(), [bill])[0], settings.setting(session())
    return render(
        "water/bills/my_bill.html", shown=shown, bill=bill, number=_numbers([shown])[bill.connection_id], words=words,
        pay_at=setting.pay_at, account=settings.account_of(session(), setting.unit_id),
    )  # fmt: skip
