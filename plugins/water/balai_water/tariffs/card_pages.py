"""`/kelola/water/kartu/<connection>`: a customer's own terms."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import FieldError, Form, Invalid, flash, gettext, render_form, require, session, signed_in
from balai_water.cells import CellError, read_whole
from balai_water.months import today
from balai_water.register.models import Connection
from balai_water.tariffs import cards, services
from balai_water.tariffs.reading import Card

PATH = "/kelola/water/kartu"
blueprint = Blueprint("water_cards", "balai_water", url_prefix=PATH, template_folder="templates")


@blueprint.get("/<uuid:connection_id>")
@require("water.bill")
def card_page(connection_id: UUID) -> Response:
    """The card of a connection, or an empty form."""
    connection = cards.find_connection(session(), connection_id)
    return _page(connection, Form.of(connection.card or {}))


def _page(connection: Connection, form: Form) -> Response:
    groups = services.groups_on(session(), today())
    return render_form(
        "water/tariffs/card.html", form, connection=connection, groups=list(groups.items()),
        group_label=groups.get(connection.group_key, ""),
    )  # fmt: skip


@blueprint.post("/<uuid:connection_id>")
@require("water.bill")
def save_card(connection_id: UUID) -> AnyResponse:
    """Keep it, or take it back."""
    given = request.form
    try:
        card = None if given.get("langkah") == "cabut" else _typed()
        cards.set_card(
            session(), connection_id, card, groups=services.groups_on(session(), today()), reason=given.get("reason", ""),
            member_id=signed_in().member_id,
        )  # fmt: skip
    except Invalid as invalid:
        session().rollback()
        return _page(cards.find_connection(session(), connection_id), Form.of(given, invalid))
    flash(gettext("Kartu tersimpan, dipakai mulai tagihan berikutnya.") if card else gettext("Kartu dicabut."))
    return redirect(f"{PATH}/{connection_id}", 303)


def _typed() -> Card:
    given, faults, numbers = request.form, [], {}
    for name in ("cubic_metres", "rate", "fixed"):
        text = given.get(name, "").strip()
        try:
            numbers[name] = read_whole(text.removeprefix("Rp").strip()) if text else None
        except CellError as fault:
            faults.append(FieldError(name, str(fault)))
    if faults:
        raise Invalid(faults)
    return Card(
        label=given.get("label", "").strip(), decree=given.get("decree", "").strip(), group=given.get("group", "") or None,
        cubic_metres=numbers["cubic_metres"] or 0, rate=numbers["rate"] or 0, fixed=numbers["fixed"],
    )  # fmt: skip
