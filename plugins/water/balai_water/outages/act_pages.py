"""What follows the announcement: who was told, another time, corrections, the end, a cancellation."""

from datetime import datetime
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    flash,
    gettext,
    map_tiles,
    now,
    record_audit,
    render,
    render_form,
    require,
    session,
    write_csv,
)
from balai_water.notices import queries as notice_queries
from balai_water.notices import services as notices
from balai_water.outages import forms, services, showing
from balai_water.outages.models import Outage
from balai_water.outages.pages import PATH, blueprint, forms_id, may_warn
from balai_water.outages.selection import Selection

PAGE = 100
_MOST_DOWNLOADED = 50_000


@blueprint.get("/<uuid:outage_id>")
@require("water.view")
def one_page(outage_id: UUID) -> AnyResponse:
    """An outage, what has been sent, and to whom."""
    outage = services.find(session(), outage_id)
    if outage.state == "draft":
        return redirect(f"{PATH}/{outage_id}/periksa" if may_warn() else PATH, 303)
    reach = notices.reach(session(), outage_id)
    picked = Selection.of(outage.selection)
    return render(
        "water/outages/one.html", outage=outage, words=showing.WORDS, may=may_warn(), reach=reach,
        coming=showing.is_coming(outage), late=showing.is_late(outage), tiles=map_tiles(),
        areas=showing.areas([(outage, picked, outage.places)]),
    )  # fmt: skip


@blueprint.get("/<uuid:outage_id>/dikabari")
@require("water.view")
def told_page(outage_id: UUID) -> Response:
    """Connections that were told, in the order in which they are, with masked addresses."""
    outage = services.find(session(), outage_id)
    reach = notices.reach(session(), outage_id)
    kinds = [one.kind for one in reach]
    kind = request.args.get("jenis", "")
    kind = kind if kind in kinds else (kinds[0] if kinds else "")
    state = request.args.get("keadaan", "")
    after = forms_id(request.args.get("sesudah", ""))
    found = notice_queries.lines(session(), outage_id, kind=kind, state=state, after=after, limit=PAGE + 1)
    more = f"{PATH}/{outage_id}/dikabari?jenis={kind}&keadaan={state}" if len(found) > PAGE else None
    return render(
        "water/outages/told.html", outage=outage, words=showing.WORDS, reach=reach, kind=kind, state=state,
        rows=showing.masked(session(), found[:PAGE]), more=f"{more}&sesudah={found[PAGE - 1].id}" if more else None,
    )  # fmt: skip


@blueprint.get("/<uuid:outage_id>/tak-terjangkau.csv")
@require("water.warn")
def unreached(outage_id: UUID) -> Response:
    """Connections of customers without phone and email: somebody must knock at their door."""
    services.find(session(), outage_id)
    rows = notice_queries.unreached(session(), outage_id, limit=_MOST_DOWNLOADED)
    record_audit(
        session(), "water.unreached_exported", subject_kind=services.SUBJECT, subject_id=outage_id, data={"rows": len(rows)}
    )  # fmt: skip
    session().commit()
    answer = Response("".join(write_csv(("nomor", "desa", "prioritas"), rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="tak-terjangkau-{outage_id.hex[-8:]}.csv"'
    return answer


@blueprint.get("/<uuid:outage_id>/ubah")
@require("water.warn")
def change_page(outage_id: UUID) -> AnyResponse:
    """Everything that was announced, to be corrected."""
    outage = services.find(session(), outage_id)
    if outage.state != "announced":
        return redirect(f"{PATH}/{outage_id}", 303)
    return _form(outage, forms.of_outage(outage))


def _form(outage: Outage, form: Form) -> Response:
    return render_form(
        "water/outages/form.html", form, outage=outage, choices=forms.choices(session()), words=showing.WORDS,
        tiles=map_tiles(),
    )  # fmt: skip


@blueprint.post("/<uuid:outage_id>/ubah")
@require("water.warn")
def change(outage_id: UUID) -> AnyResponse:
    """Correct it; only those for whom something changes hear of it."""
    outage = services.find(session(), outage_id)
    try:
        plan = forms.plan_of(session(), request.form)
        notices.allow_once_more(outage_id)
        sent = services.change(session(), outage_id, plan, tell_all=bool(request.form.get("tell_all")))
    except Invalid as invalid:
        session().rollback()
        return _form(services.find(session(), outage_id), forms.back(request.form, invalid))
    except Conflict as problem:
        return _refused(outage.id, problem)
    return _done(outage_id, sent)


@blueprint.get("/<uuid:outage_id>/perpanjang")
@require("water.warn")
def extend_page(outage_id: UUID) -> AnyResponse:
    """One field: when water is expected back."""
    outage = services.find(session(), outage_id)
    return _act(outage, "extend", Form.of({"ends_at": forms.local(outage.ends_at)}))


@blueprint.post("/<uuid:outage_id>/perpanjang")
@require("water.warn")
def extend(outage_id: UUID) -> AnyResponse:
    """Another time; those who were told before hear of it, those newly touched too."""
    try:
        ends_at = _moment("ends_at")
        notices.allow_once_more(outage_id)
        sent = services.extend(session(), outage_id, ends_at)
    except Invalid as invalid:
        return _wrong(outage_id, "extend", invalid)
    except Conflict as problem:
        return _refused(outage_id, problem)
    return _done(outage_id, sent)


@blueprint.get("/<uuid:outage_id>/akhiri")
@require("water.warn")
def end_page(outage_id: UUID) -> AnyResponse:
    """One field: since when water is back."""
    return _act(services.find(session(), outage_id), "end", Form.of({"ended_at": forms.local(now())}))


@blueprint.post("/<uuid:outage_id>/akhiri")
@require("water.warn")
def end(outage_id: UUID) -> AnyResponse:
    """Water is back: those who were told before hear of it."""
    try:
        sent = services.end(session(), outage_id, _moment("ended_at") or now())
    except Invalid as invalid:
        return _wrong(outage_id, "end", invalid)
    except Conflict as problem:
        return _refused(outage_id, problem)
    return _done(outage_id, sent)


@blueprint.get("/<uuid:outage_id>/batalkan")
@require("water.warn")
def cancel_page(outage_id: UUID) -> AnyResponse:
    """Ask once more."""
    return _act(services.find(session(), outage_id), "cancel", Form.of({}))


@blueprint.post("/<uuid:outage_id>/batalkan")
@require("water.warn")
def cancel(outage_id: UUID) -> AnyResponse:
    """It won't happen: those who were told hear of it."""
    try:
        sent = services.cancel(session(), outage_id)
    except Conflict as problem:
        return _refused(outage_id, problem)
    return _done(outage_id, sent)


def _moment(name: str) -> datetime | None:
    try:
        return forms.moment(request.form.get(name, ""))
    except ValueError:
        raise Invalid([FieldError(name, gettext("Tulis tanggal dan jam."))]) from None


def _act(outage: Outage, act: str, form: Form) -> AnyResponse:
    if outage.state != "announced":
        return redirect(f"{PATH}/{outage.id}", 303)
    return render_form("water/outages/act.html", form, outage=outage, act=act, words=showing.WORDS)


def _wrong(outage_id: UUID, act: str, invalid: Invalid) -> AnyResponse:
    session().rollback()
    return _act(services.find(session(), outage_id), act, Form.of(request.form, invalid))


def _refused(outage_id: UUID, problem: Conflict) -> AnyResponse:
    session().rollback()
    flash(problem.detail or problem.title, "warn")
    return redirect(f"{PATH}/{outage_id}", 303)


def _done(outage_id: UUID, sent: int) -> AnyResponse:
    session().commit()
    if sent:
        flash(gettext("Tersimpan. %(count)s pesan sedang dikirim.", count=sent))
    else:
        flash(gettext("Tersimpan. Tidak ada pesan baru: tidak ada yang berubah bagi pelanggan."))
    return redirect(f"{PATH}/{outage_id}", 303)
