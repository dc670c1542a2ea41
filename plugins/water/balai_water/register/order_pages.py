"""`/kelola/water/permohonan`: what requests led to and the register still lacks; the officer adds number, group and meter."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import Case, Conflict, Form, Invalid, flash, gettext, personal, render, render_form, require, session
from balai_water.register import forms, orders, queries, services
from balai_water.register.models import Order
from balai_water.register.pages import by
from balai_water.register.services import By
from balai_water.register.tables import PRIORITY_WORDS

PATH = "/kelola/water/permohonan"
blueprint = Blueprint("water_orders", __name__, url_prefix=PATH, template_folder="../templates")


@blueprint.before_request
def _about_people() -> None:
    personal()


@blueprint.get("")
@require("water.serve")
def waiting() -> Response:
    """The list, oldest first."""
    opened = session()
    rows = queries.open_orders(opened)
    cases = {c.id: c for c in opened.scalars(select(Case).where(Case.id.in_([row.case_id for row in rows])))}
    names = {row.id: orders.person_of(opened, cases[row.case_id])["name"] for row in rows}
    places = queries.place_names(opened, {c.region for c in cases.values()})
    return render("water/register/orders.html", rows=rows, cases=cases, names=names, places=places)


@blueprint.route("/<uuid:order_id>", methods=["GET", "POST"])
@require("water.serve")
def complete(order_id: UUID) -> AnyResponse:
    """Fill in what is missing."""
    opened = session()
    order = orders.order_of(opened, order_id)
    case = opened.scalars(select(Case).where(Case.id == order.case_id)).one()
    if request.method == "GET":
        return _form(order, case, Form.of(_known(order, case)))
    who = By(by().member_id, case.id)
    try:
        if request.form.get("langkah") == "tidak_jadi":
            orders.drop(opened, order_id, reason=request.form.get("alasan", ""), by=who)
            flash(gettext("Permohonan ditandai tidak jadi."))
            return redirect(PATH, 303)
        connection_id = _complete(order, who)
    except (Invalid, Conflict) as problem:
        opened.rollback()
        faults = forms.own_names(problem) if isinstance(problem, Invalid) else Invalid.field("", problem.detail or "")
        order = orders.order_of(opened, order_id)
        case = opened.scalars(select(Case).where(Case.id == order.case_id)).one()
        return _form(order, case, Form.of(request.form, faults))
    flash(gettext("Tersimpan."))
    return redirect(f"/kelola/water/pelanggan/{connection_id}", 303)


def _complete(order: Order, who: By) -> UUID:
    opened, given = session(), request.form
    if order.kind == "connect":
        made = forms.connect(opened, given, by=who)
        orders.finish(opened, order, made.id, by=who)
        return made.id
    connection = services.by_number(opened, given.get("nomor", ""))
    if connection is None:
        raise Invalid.field("nomor", gettext("Nomor ini tidak ada di daftar."))
    orders.transfer(opened, order, connection, forms.person_of(forms.read_person(given)), by=who)
    return connection.id


def _known(order: Order, case: Case) -> dict[str, Any]:
    told = orders.answers_of(session(), case)
    person = orders.person_of(session(), case)
    return {
        "nama": person["name"], "telepon": person["phone"], "nik": person["nik"], "wilayah": case.region,
        "alamat": case.landmark or "", "lintang": case.latitude, "bujur": case.longitude,
        "nomor": told.get("nomor_sambungan", "") if order.kind == "transfer" else "",
    }  # fmt: skip


def _form(order: Order, case: Case, form: Form) -> Response:
    opened = session()
    return render_form(
        "water/register/order.html", forms.labelled(form), order=order, case=case, here=f"{PATH}/{order.id}", back=PATH,
        priorities=list(PRIORITY_WORDS.items()), **forms.choices(opened),
    )  # fmt: skip
