"""`/layanan/water/h/meter`: a household reads its own meter, with a photo. A reader's stand counts more than theirs."""

from typing import Final
from uuid import UUID, uuid4

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    NotFound,
    current_principal,
    flash,
    gettext,
    limit_use,
    personal,
    render_form,
    session,
)
from balai_water.cells import CellError, read_whole
from balai_water.readings import rounds, services
from balai_water.readings.models import Period
from balai_water.register import visitor
from balai_water.register.models import Connection

PATH: Final = "/layanan/water/h/meter"
HOME: Final = "/layanan/water/h/rumah"
_AN_HOUR = 20
blueprint = Blueprint("water_self", __name__, url_prefix=PATH, template_folder="../templates")


@blueprint.before_request
def _about_people() -> None:
    personal()


@blueprint.get("")
def start() -> AnyResponse:
    """To the connection, or to where one is opened."""
    held = visitor.held(session())
    return redirect(f"{PATH}/{held[0].connection.id}" if len(held) == 1 else HOME, 303)


def _mine(connection_id: UUID) -> Connection:
    found = next((h.connection for h in visitor.held(session()) if h.connection.id == connection_id), None)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/<uuid:connection_id>")
def ask(connection_id: UUID) -> Response:
    """The number, and a photo of the meter."""
    return _page(_mine(connection_id), Form.of({"client_id": str(uuid4())}))


def _page(connection: Connection, form: Form, *, odd: bool = False) -> Response:
    period = services.current_period(session())
    form.labels = {"stand": gettext("Angka meter"), "photo": gettext("Foto meter")}
    return render_form(
        "water/readings/self.html", form, connection=connection, period=period, odd=odd, path=PATH, home=HOME,
        stop=rounds.stop_of(session(), period, connection.id) if period else None,
    )  # fmt: skip


@blueprint.post("/<uuid:connection_id>")
def take(connection_id: UUID) -> AnyResponse:
    """Let it in; what is odd is asked about once."""
    opened, connection, period = session(), _mine(connection_id), services.current_period(session())
    if period is None or connection.state != "active":
        raise Conflict(gettext("Sekarang belum ada angka yang perlu dikirim."))
    limit_use("water.self_reading", allowed=_AN_HOUR, seconds=3600)
    warning = _warning(period, connection)
    if warning and request.form.get("sure") != "ya":
        faults = [FieldError("stand", gettext("%(warning)s Lihat lagi angkanya.", warning=warning))]
        return _page(connection, Form.of(request.form, faults), odd=True)
    who = current_principal()
    # The month is ours to say, and when it was read is now: nobody can outdo a reader by claiming to be later.
    given = {key: request.form.get(key, "") for key in ("client_id", "stand")}
    try:
        outcome, entry = rounds.send(
            opened, given, request.files.get("photo"), kind="self", connection_id=connection.id, month=period.month,
            sub=who.sub if who else None,
        )  # fmt: skip
    except (Invalid, Conflict) as problem:
        opened.rollback()
        errors = (
            problem.errors if isinstance(problem, Invalid) else [FieldError("", problem.detail or str(problem.title))]
        )
        return _page(_mine(connection_id), Form.of(request.form, errors))
    if outcome.known:
        opened.rollback()
    flash(_thanks(outcome, rounds.reading_of(opened, entry)))
    return redirect(f"{HOME}/{connection_id}", 303)


def _warning(period: Period, connection: Connection) -> str:
    try:
        stand = read_whole(request.form.get("stand", ""))
    except CellError:
        return ""  # said when it is taken
    return rounds.stop_of(session(), period, connection.id).warning(stand)


def _thanks(outcome: services.Outcome, reading: object) -> str:
    if outcome.second:
        return gettext("Terima kasih. Bulan ini meter Anda sudah dibaca petugas, jadi angka petugas yang dipakai.")
    if getattr(reading, "state", "") == "check":
        return gettext("Terima kasih. Angkanya kami lihat dulu sebelum ditagih.")
    return gettext("Terima kasih. Angka meter Anda sudah kami catat.")
