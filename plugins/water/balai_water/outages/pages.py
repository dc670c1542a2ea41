"""`/kelola/water/gangguan`: the officer's two minutes. Write down what happened, look whom it touches, send."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    Form,
    Invalid,
    MenuItem,
    flash,
    gettext,
    lazy_gettext,
    map_tiles,
    render,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water.outages import forms, queries, services, showing
from balai_water.outages.models import STATES, Outage
from balai_water.outages.selection import Selection

PATH = "/kelola/water/gangguan"
blueprint = Blueprint("water_outages", "balai_water", url_prefix=PATH, template_folder="templates")
MENU = [MenuItem(lazy_gettext("Gangguan air"), "water_outages.list_page", "siren", "water.view", 60)]
PAGE = 50
# Hospitals, dialysis, clinics: this many are named on the preview.
NAMED = 40


def may_warn() -> bool:
    """Whether the reader may announce."""
    return "water.warn" in signed_in().permissions


@blueprint.get("")
@require("water.view")
def list_page() -> Response:
    """Outages, newest first: those that run, or all."""
    state = request.args.get("keadaan", "")
    state = state if state in STATES else ""
    before = forms_id(request.args.get("sebelum", ""))
    rows = services.listed(session(), state=state, before=before, limit=PAGE + 1)
    more = f"{PATH}?keadaan={state}&sebelum={rows[PAGE - 1].id}" if len(rows) > PAGE else None
    return render(
        "water/outages/list.html", rows=rows[:PAGE], more=more, state=state, words=showing.WORDS, may=may_warn(),
        late=showing.is_late,
    )  # fmt: skip


def forms_id(text: str) -> UUID | None:
    """An id from an address, None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@blueprint.get("/baru")
@require("water.warn")
def new_page() -> Response:
    """The form, as if it had begun just now."""
    return _form(forms.blank())


def _form(form: Form, outage: Outage | None = None) -> Response:
    return render_form(
        "water/outages/form.html", form, outage=outage, choices=forms.choices(session()), words=showing.WORDS,
        tiles=map_tiles(),
    )  # fmt: skip


@blueprint.post("/baru")
@require("water.warn")
def write() -> AnyResponse:
    """Keep a draft and show whom it touches."""
    try:
        outage = services.prepare(session(), forms.plan_of(session(), request.form), member=signed_in().member_id)
    except Invalid as invalid:
        return _form(forms.back(request.form, invalid))
    session().commit()
    return redirect(f"{PATH}/{outage.id}/periksa", 303)


@blueprint.get("/<uuid:outage_id>/tulis")
@require("water.warn")
def rewrite_page(outage_id: UUID) -> AnyResponse:
    """A draft once more."""
    outage = services.find(session(), outage_id)
    if outage.state != "draft":
        return redirect(f"{PATH}/{outage_id}/ubah", 303)
    return _form(forms.of_outage(outage), outage)


@blueprint.post("/<uuid:outage_id>/tulis")
@require("water.warn")
def rewrite(outage_id: UUID) -> AnyResponse:
    """The draft as it was written anew."""
    outage = services.find(session(), outage_id)
    try:
        plan = forms.plan_of(session(), request.form)
        services.prepare(session(), plan, member=signed_in().member_id, outage_id=outage_id)
    except Invalid as invalid:
        return _form(forms.back(request.form, invalid), outage)
    except Conflict as problem:
        return _back(outage_id, problem)
    session().commit()
    return redirect(f"{PATH}/{outage_id}/periksa", 303)


@blueprint.get("/<uuid:outage_id>/periksa")
@require("water.warn")
def preview_page(outage_id: UUID) -> AnyResponse:
    """Whom a draft touches, who is told first, what is sent."""
    outage = services.find(session(), outage_id)
    if outage.state != "draft":
        return redirect(f"{PATH}/{outage_id}", 303)
    picked = Selection.of(outage.selection)
    found = queries.places(session(), picked)
    places = services.places_words(session(), found)
    return render(
        "water/outages/preview.html", outage=outage, words=showing.WORDS, places=places, tiles=map_tiles(),
        count=sum(place.count for place in found), reachable=sum(place.reachable for place in found),
        first=showing.first(session(), queries.first(session(), picked, limit=NAMED)),
        message=showing.message(session(), outage, places), areas=showing.areas([(outage, picked, places)]),
    )  # fmt: skip


@blueprint.post("/<uuid:outage_id>/kirim")
@require("water.warn")
def send(outage_id: UUID) -> AnyResponse:
    """Make it public and tell everybody; pressed twice, it is sent once."""
    try:
        sent = services.announce(session(), outage_id)
    except Invalid as invalid:
        session().rollback()
        return _form(_again(outage_id, invalid), services.find(session(), outage_id))
    except Conflict as problem:
        session().rollback()
        return _back(f"{outage_id}/periksa", problem)
    session().commit()
    flash(gettext("Diumumkan. %(count)s pesan sedang dikirim.", count=sent))
    return redirect(f"{PATH}/{outage_id}", 303)


def _again(outage_id: UUID, invalid: Invalid) -> Form:
    return forms.back(forms.of_outage(services.find(session(), outage_id)).values, invalid)


def _back(path: UUID | str, problem: Conflict) -> AnyResponse:
    flash(problem.detail or problem.title, "warn")
    return redirect(f"{PATH}/{path}", 303)


@blueprint.post("/<uuid:outage_id>/buang")
@require("water.warn")
def discard(outage_id: UUID) -> AnyResponse:
    """Throw a draft away."""
    try:
        services.discard(session(), outage_id)
    except Conflict as problem:
        return _back(outage_id, problem)
    session().commit()
    flash(gettext("Rancangan dibuang."))
    return redirect(PATH, 303)
