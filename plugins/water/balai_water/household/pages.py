"""`/layanan/water/h/rumah`: my water, and where to turn without a tap."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import Form, Invalid, NotFound, current_principal, flash, gettext, personal, render, render_form, session
from balai_water.bills import settings
from balai_water.bills import words as bill_words
from balai_water.household import services
from balai_water.outages import showing
from balai_water.outages.words import place_words
from balai_water.quality.words import ADVICE
from balai_water.register import visitor

PATH = "/layanan/water/h/rumah"
blueprint = Blueprint("water_household", __name__, url_prefix=PATH, template_folder="../templates")


@blueprint.before_request
def _about_people() -> None:
    personal()


@blueprint.get("")
def start() -> AnyResponse:
    """My connections, or the two questions that open one; and what to do without any."""
    held = visitor.held(session())
    if len(held) == 1 and "lain" not in request.args:
        return redirect(f"{PATH}/{held[0].connection.id}", 303)
    return _start(Form.of(), held)


def _start(form: Form, held: list[visitor.Held]) -> Response:
    form.labels = {"nomor": gettext("Nomor sambungan"), "telepon": gettext("Nomor HP")}
    return render_form(
        "water/household/start.html", form, numbers=[(h.connection.id, h.connection.number) for h in held],
        signed_in=current_principal() is not None,
    )  # fmt: skip


@blueprint.post("")
def open_connection() -> AnyResponse:
    """Show that it is mine."""
    given = request.form
    try:
        connection, cookie = visitor.prove(session(), given.get("nomor", ""), given.get("telepon", ""))
    except Invalid as invalid:
        session().rollback()
        return _start(Form.of({"nomor": given.get("nomor", "")}, invalid), visitor.held(session()))
    answer: Response = redirect(f"{PATH}/{connection.id}", 303)  # type: ignore[assignment]
    return visitor.remember(answer, cookie)


@blueprint.get("/<uuid:connection_id>")
def home(connection_id: UUID) -> Response:
    """Use, bills, outages, quality of one connection."""
    opened = session()
    held = {h.connection.id: h for h in visitor.held(opened)}
    if connection_id not in held:
        raise NotFound
    found = services.home(opened, held[connection_id])
    return render(
        "water/household/home.html", home=found, connection=found.connection, many=len(held) > 1, words=bill_words,
        pay_at=settings.setting(opened).pay_at, outage_words=showing.WORDS, place_words=place_words, advice=ADVICE,
        group_of=showing.group_of, late=showing.is_late,
    )  # fmt: skip


@blueprint.post("/lupakan")
def forget() -> AnyResponse:
    """This phone is no longer mine."""
    flash(gettext("Sambungan tidak lagi tersimpan di HP ini."))
    answer: Response = redirect(PATH, 303)  # type: ignore[assignment]
    return visitor.forget(session(), answer)
