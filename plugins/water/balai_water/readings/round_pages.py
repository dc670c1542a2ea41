"""The reader's round: `/layanan/water/h/baca` on her phone, which works for days without a signal, and the same without scripts
under `/kelola/water/baca`.

The phone's page is the same for everybody and holds nothing about anybody: so the phone may keep it. Its list is fetched by
whoever has signed in, kept on the phone for a week at most, and goes with everything else when she signs out.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    MenuItem,
    NotFound,
    flash,
    gettext,
    lazy_gettext,
    now,
    personal,
    render,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water.cells import CellError, read_whole
from balai_water.readings import rounds
from balai_water.readings.rounds import Stop

PATH: Final = "/kelola/water/baca"
PHONE: Final = "/layanan/water/h/baca"
KEPT: Final = timedelta(days=7)
blueprint = Blueprint("water_round", __name__, url_prefix=PATH, template_folder="../templates")
phone = Blueprint("water_phone", __name__, url_prefix=PHONE, template_folder="../templates")
MENU = [MenuItem(lazy_gettext("Baca meter"), "water_round.overview", "gauge", "water.read_meters", 61)]


@phone.get("")
def phone_page() -> Response:
    """The page that the phone keeps: what it shows, the phone itself puts there."""
    return render(
        "water/readings/phone.html",
        form=Form.of(),
        list=f"{PATH}/rute.json",
        send=f"{PATH}/kirim",
        plain=PATH,
        days=KEPT.days,
    )


@blueprint.before_request
def _about_people() -> None:
    personal()


def _round() -> tuple[Any, list[Stop]]:
    who = signed_in()
    found = rounds.walked_now(session())
    return found, rounds.round_of(session(), found, who.member_id) if found else []


@blueprint.get("")
@require("water.read_meters")
def overview() -> Response:
    """Her doors as a list, for phones without scripts."""
    found, stops = _round()
    session().commit()  # that addresses were seen stands in the record
    done = sum(stop.state == "done" for stop in stops)
    return render("water/readings/round.html", period=found, stops=stops, done=done, path=PATH, phone=PHONE)


@blueprint.get("/rute.json")
@require("water.read_meters")
def list_stops() -> Response:
    """Her round for the phone to keep."""
    found, stops = _round()
    session().commit()
    shown = [
        {
            "id": str(stop.id), "number": stop.number, "address": stop.address, "route": stop.route, "serial": stop.serial,
            "digits": stop.digits, "previous": stop.previous, "usual": stop.usual, "state": stop.state, "stand": stop.stand,
            "why": stop.why,
        }
        for stop in stops
    ]  # fmt: skip
    answer: Response = jsonify(
        month=f"{found.month:%Y-%m}" if found else "",
        stops=shown,
        member=str(signed_in().member_id),
        at=now().isoformat(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/kirim")
@require("water.read_meters")
def to_phone() -> AnyResponse:
    """Where what waits on a phone leads back to."""
    return redirect(PHONE, 303)


@blueprint.post("/kirim")
@require("water.read_meters")
def take() -> AnyResponse:
    """A stand from the phone: JSON for the script that sends what waits, a page for a form."""
    who, opened, given = signed_in(), session(), request.form
    as_json = request.accept_mimetypes.best == "application/json"
    try:
        outcome, entry = rounds.send(
            opened, given, request.files.get("photo"), kind="reader", member_id=who.member_id, sub=who.sub
        )
    except (Invalid, Conflict) as problem:
        opened.rollback()
        errors = (
            problem.errors if isinstance(problem, Invalid) else [FieldError("", problem.detail or str(problem.title))]
        )
        if as_json:
            answer: Response = jsonify(errors={e.field: e.message for e in errors})
            answer.status_code = problem.status
            return answer
        return _stop(UUID(given["connection"]), Form.of(given, errors))
    if outcome.known:
        opened.rollback()  # a photo of the second copy is stored nowhere
    else:
        opened.commit()
    found = rounds.reading_of(opened, entry)
    if as_json:
        told = {"code": str(found.stand if found else entry.stand), "url": PHONE, "late": bool(outcome.late)}
        return jsonify(told | {"state": found.state if found else ""})
    flash(
        gettext("Bulan ini sudah ditutup; angkanya dicatat untuk petugas.") if outcome.late else gettext("Tersimpan.")
    )
    return redirect(_next_of(entry.connection_id), 303)


def _next_of(connection_id: UUID) -> str:
    _found, stops = _round()
    at = next((n for n, stop in enumerate(stops) if stop.id == connection_id), -1)
    following = next((s for s in (*stops[at + 1 :], *stops[: at + 1]) if s.state != "done"), None)
    return f"{PATH}/{following.id}" if following else PATH


@blueprint.get("/<uuid:connection_id>")
@require("water.read_meters")
def stop_page(connection_id: UUID) -> Response:
    """One door."""
    return _stop(connection_id, Form.of({"client_id": str(uuid4())}))


@blueprint.post("/<uuid:connection_id>")
@require("water.read_meters")
def look(connection_id: UUID) -> AnyResponse:
    """Warn of a jump before it is saved; what isn't odd is saved at once."""
    found = rounds.walked_now(session())
    if found is None:
        raise NotFound
    stop = rounds.stop_of(session(), found, connection_id)
    try:
        warning = stop.warning(read_whole(request.form.get("stand", "")))
    except CellError:
        warning = ""  # said when it is taken
    if warning and request.form.get("sure") != "ya":
        faults = [FieldError("stand", gettext("%(warning)s Lihat lagi angkanya.", warning=warning))]
        return _stop(connection_id, Form.of(request.form, faults), odd=True)
    return take()


def _stop(connection_id: UUID, form: Form, *, odd: bool = False) -> Response:
    found, who = rounds.walked_now(session()), signed_in()
    # A door's page holds an address. What was read is taken all the same: routes change while a phone has no signal.
    if found is None or (rounds.is_anothers(session(), connection_id, who.member_id) and not who.may("water.bill")):
        raise NotFound
    stop = rounds.stop_of(session(), found, connection_id)
    form.labels = {"stand": gettext("Angka meter"), "photo": gettext("Foto")}
    return render_form("water/readings/stop.html", form, period=found, stop=stop, odd=odd, path=PATH)
