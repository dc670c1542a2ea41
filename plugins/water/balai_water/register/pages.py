"""`/kelola/water/pelanggan`: customers and connections, each with its history and everything that can be done."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    Form,
    Invalid,
    MenuItem,
    NotFound,
    TenantSession,
    current_principal,
    flash,
    gettext,
    lazy_gettext,
    personal,
    render,
    render_form,
    require,
    session,
)
from balai_water.register import customers, forms, queries, services
from balai_water.register.forms import id_of
from balai_water.register.models import Connection
from balai_water.register.services import STATE_WORDS, By
from balai_water.register.tables import PRIORITY_WORDS
from balai_water.register.wording import ACTS, EVENT_WORDS, POSSIBLE, STATE_KINDS

PATH = "/kelola/water/pelanggan"
blueprint = Blueprint("water_register", __name__, url_prefix="/kelola/water", template_folder="../templates")
MENU = [
    MenuItem(lazy_gettext("Pelanggan air"), "water_register.overview", "droplets", "water.view", 59),
    MenuItem(lazy_gettext("Sumber air lain"), "water_places.sources_page", "waves", "water.view", 69),
]


@blueprint.before_request
def _about_people() -> None:
    personal()


def by() -> By:
    """Whoever is asking, for the history."""
    who = current_principal()
    return By(who.member_id if who else None)


def _viewer() -> Any:
    return current_principal()


def filters_of() -> queries.Filters:
    """The list's filters as they stand in the address; what makes no sense counts as not given."""
    given = request.args
    state = given.get("keadaan", "")
    region = given.get("wilayah", "")
    return queries.Filters(
        text=given.get("q", "").strip()[:80],
        state=state if state in STATE_WORDS else "",
        zone_id=id_of(given.get("zona")),
        route_id=id_of(given.get("rute")),
        region=region if region.replace(".", "").isdigit() else "",
    )


@blueprint.get("/pelanggan")
@require("water.view")
def overview() -> Response:
    """The list."""
    opened, filters = session(), filters_of()
    rows = queries.connections(opened, filters, after=request.args.get("sesudah", "")[:60], limit=queries.PAGE + 1)
    shown = rows[: queries.PAGE]
    given = {k: v for k in ("q", "keadaan", "zona", "rute", "wilayah") if (v := request.args.get(k, ""))}
    following = f"?{urlencode({**given, 'sesudah': shown[-1][0].number})}" if len(rows) > len(shown) else None
    return render(
        "water/register/list.html", rows=[c for c, _customer in shown], form=Form.of(request.args),
        names=customers.names(opened, [customer for _connection, customer in shown], _viewer()),
        places=queries.place_names(opened, {c.region for c, _customer in shown}), states=STATE_WORDS, kinds=STATE_KINDS,
        zones=[(z.id, z.name) for z in queries.zones(opened)], routes=[(r.id, r.name) for r in queries.routes(opened)],
        count=queries.count(opened, filters), next=following, filtered=bool(given), orders=queries.count_open_orders(opened),
        may_serve=_viewer().may("water.serve"), query=urlencode(given),
    )  # fmt: skip


@blueprint.route("/pelanggan/baru", methods=["GET", "POST"])
@require("water.serve")
def new() -> AnyResponse:
    """A connection that stands nowhere yet; `pelanggan`: for a customer that does."""
    opened = session()
    if request.method == "GET":
        return _new_form(opened, Form.of(request.args))
    try:
        made = forms.connect(opened, request.form, by=by())
    except Invalid as invalid:
        opened.rollback()
        return _new_form(opened, Form.of(request.form, invalid))
    flash(gettext("Sambungan %(number)s tercatat.", number=made.number))
    return redirect(f"{PATH}/{made.id}", 303)


def _new_form(opened: TenantSession, form: Form) -> Response:
    known = id_of(form.value("pelanggan"))
    customer = customers.customer_of(opened, known) if known else None
    name = customers.names(opened, [customer], _viewer())[customer.id] if customer else ""
    return render_form(
        "water/register/new.html", forms.labelled(form), name=name, action=f"{PATH}/baru", back=PATH,
        priorities=list(PRIORITY_WORDS.items()),
        **forms.choices(opened),
    )  # fmt: skip


@blueprint.get("/pelanggan/<uuid:connection_id>")
@require("water.view")
def show(connection_id: UUID) -> Response:
    """One connection: whose it is, where, its meters, what happened to it."""
    return page(services.connection_of(session(), connection_id), Form.of())


def page(connection: Connection, form: Form, *, revealed: customers.Person | None = None) -> Response:
    """The connection's page; revealed: what is shown in full just now, for a reason."""
    opened, viewer = session(), _viewer()
    customer = customers.customer_of(opened, connection.customer_id)
    events = queries.history(opened, connection.id)
    zones = {row.id: row.name for row in queries.zones(opened, every=True)}
    routes = {row.id: row.name for row in queries.routes(opened, every=True)}
    return render_form(
        "water/register/connection.html", form, connection=connection,
        person=revealed or customers.person(opened, customer, connection, viewer), revealed=revealed is not None,
        place=queries.place_names(opened, {connection.region}).get(connection.region, connection.region),
        zone=zones.get(connection.zone_id) if connection.zone_id else None,
        route=routes.get(connection.route_id) if connection.route_id else None,
        meters=queries.meters(opened, connection.id), events=events, words=EVENT_WORDS,
        actors=queries.actors(opened, events), codes=queries.codes(opened, events), may_work=viewer.may("cases.work"),
        state=STATE_WORDS[connection.state], kind=STATE_KINDS[connection.state], priorities=PRIORITY_WORDS,
        others=[c for c in queries.of_customer(opened, customer.id) if c.id != connection.id],
        may_serve=viewer.may("water.serve"), may_reveal=viewer.may("cases.reveal"),
        acts=[(key, ACTS[key][0]) for key in POSSIBLE[connection.state]],
    )  # fmt: skip


@blueprint.post("/pelanggan/<uuid:connection_id>/buka")
@require("cases.reveal")
def unmask(connection_id: UUID) -> Response:
    """The customer's details in full, for a reason."""
    connection = services.connection_of(session(), connection_id)
    try:
        found = customers.unmask(session(), connection, _viewer(), request.form.get("reason", ""))
    except Invalid as invalid:
        return page(connection, Form.of(request.form, invalid))
    return page(services.connection_of(session(), connection_id), Form.of(), revealed=found)


@blueprint.route("/pelanggan/<uuid:connection_id>/ubah", methods=["GET", "POST"])
@require("water.serve")
def change(connection_id: UUID) -> AnyResponse:
    """Correct the customer's name and where the connection lies; contact details only when typed anew."""
    opened = session()
    connection = services.connection_of(opened, connection_id)
    customer = customers.customer_of(opened, connection.customer_id)
    if request.method == "GET":
        return _change_form(opened, connection, forms.filled(opened, connection, customer))
    given = request.form
    try:
        place = forms.read_place(opened, given)
        wanted = {"name": given.get("nama"), **{k: given.get(f) or None for k, f in _CONTACT.items()}}
        customers.change(opened, customer.id, {k: v for k, v in wanted.items() if v is not None})
        services.correct(opened, connection_id, by=by(), **place)
    except Invalid as invalid:
        opened.rollback()
        connection = services.connection_of(opened, connection_id)
        return _change_form(opened, connection, forms.labelled(Form.of(given, forms.own_names(invalid))))
    flash(gettext("Tersimpan."))
    return redirect(f"{PATH}/{connection_id}", 303)


_CONTACT = {"phone": "telepon", "email": "email", "nik": "nik"}


def _change_form(opened: TenantSession, connection: Connection, form: Form) -> Response:
    return render_form(
        "water/register/change.html", form, connection=connection, priorities=list(PRIORITY_WORDS.items()),
        **forms.choices(opened),
    )  # fmt: skip


@blueprint.route("/pelanggan/<uuid:connection_id>/langkah/<act>", methods=["GET", "POST"])
@require("water.serve")
def step(connection_id: UUID, act: str) -> AnyResponse:
    """One act on a connection, asked on a page of its own."""
    opened, given = session(), request.form
    connection = services.connection_of(opened, connection_id)
    if act not in ACTS:
        raise NotFound
    if request.method == "GET":
        return _step_form(connection, act, Form.of())
    try:
        _act(opened, connection_id, act, given)
    except (Invalid, Conflict) as problem:
        opened.rollback()
        faults = forms.own_names(problem) if isinstance(problem, Invalid) else Invalid.field("", problem.detail or "")
        return _step_form(services.connection_of(opened, connection_id), act, Form.of(given, faults))
    flash(gettext("Tersimpan."))
    return redirect(f"{PATH}/{connection_id}", 303)


def _step_form(connection: Connection, act: str, form: Form) -> Response:
    opened = session()
    return render_form(
        "water/register/step.html", forms.labelled(form), connection=connection, act=act, words=ACTS[act],
        state=STATE_WORDS[connection.state], meter=services.meter_of(opened, connection.id), groups=queries.groups(opened),
    )  # fmt: skip


def _act(opened: TenantSession, connection_id: UUID, act: str, given: Any) -> None:
    reason, who = given.get("alasan", ""), by()
    plain = {"henti": services.suspend, "putus": services.isolate, "sambung": services.reconnect}
    if act in plain:
        plain[act](opened, connection_id, reason=reason, by=who)
    elif act == "tutup":
        services.terminate(opened, connection_id, reason=reason, final=forms.read_final(given), by=who)
    elif act == "kelompok":
        services.regroup(opened, connection_id, forms.read_group(given), reason=reason, by=who)
    elif act == "meter":
        new, final = forms.read_meter(given)
        services.change_meter(opened, connection_id, new, final=final, reason=reason, by=who)
    else:
        customer = customers.add(opened, forms.person_of(forms.read_person(given)))
        services.transfer(opened, connection_id, customer.id, reason=reason, by=who)
