"""`/kelola/water/pembacaan`: months, how far the routes are, what somebody must look at before a month is closed."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    MenuItem,
    NotFound,
    Problem,
    flash,
    gettext,
    lazy_gettext,
    list_members,
    ngettext,
    record_audit,
    render,
    render_form,
    require,
    session,
    signed_in,
    write_csv,
)
from balai_water.months import local_day
from balai_water.readings import queries, services, showing, wording
from balai_water.readings.deciding import NEVER_AGREED

PATH = "/kelola/water/pembacaan"
blueprint = Blueprint("water_readings", __name__, url_prefix=PATH, template_folder="../templates")
MENU = [MenuItem(lazy_gettext("Pembacaan meter"), "water_readings.overview", "gauge", "water.view", 61)]
_WORDS = {"months": wording.PERIOD_WORDS, "kinds": wording.PERIOD_KINDS}


def month_of(text: str) -> date:
    """A month of an address ("2026-11"); NotFound."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound from None


def may_verify() -> bool:
    """Whether whoever asks decides about readings."""
    return signed_in().may("water.bill")


def told(problem: Problem, field: str) -> list[FieldError]:
    """What is wrong, for a form."""
    if isinstance(problem, Invalid) and problem.errors:
        return problem.errors
    return [FieldError(field, problem.detail or str(problem.title))]


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """All months, and the one to open next."""
    rows = list(session().scalars(queries.periods().limit(36)))
    counts = {row.month: queries.counts(session(), row.month) for row in rows if row.state != "closed"}
    return render(
        "water/readings/overview.html", rows=rows, counts=counts, next=services.next_month(session()), may=may_verify(),
        **_WORDS,
    )  # fmt: skip


@blueprint.post("")
@require("water.bill")
def open_next() -> AnyResponse:
    """Open the next month."""
    month = services.next_month(session())
    services.open_period(session(), month, member_id=signed_in().member_id)
    return redirect(f"{PATH}/{month:%Y-%m}", 303)


@blueprint.get("/<month>")
@require("water.view")
def period_page(month: str) -> Response:
    """A month: how far each route is, what is missing before it can be closed."""
    return _period(month_of(month), Form.of())


def _period(month: date, form: Form) -> Response:
    opened = session()
    period = services.find_period(opened, month)
    form.labels = {"reason": gettext("Alasan")}
    return render_form(
        "water/readings/period.html", form, period=period, counts=queries.counts(opened, month),
        routes=showing.routes(opened, month), readers={m.id: m.name for m in list_members(opened)},
        missing=services.missing(opened, month), late=showing.late(opened, month), may=may_verify(), path=f"{PATH}/{month:%Y-%m}",
        **_WORDS,
    )  # fmt: skip


@blueprint.post("/<month>/<act>")
@require("water.bill")
def act_on_period(month: str, act: str) -> AnyResponse:
    """`baca`, `periksa`: the month's next step; `taksir`: everything unread; `tutup`: for good."""
    wanted, member_id, opened = month_of(month), signed_in().member_id, session()
    services.find_period(opened, wanted)
    try:
        if act in {"baca", "periksa"}:
            services.move(opened, wanted, {"baca": "reading", "periksa": "verifying"}[act])
        elif act == "taksir":
            done = services.estimate_missing(opened, wanted, reason=request.form.get("reason", ""), member_id=member_id)
            flash(ngettext("%(num)s sambungan ditaksir.", "%(num)s sambungan ditaksir.", done.new + done.replaced))
        elif act == "tutup":
            services.close(opened, wanted, member_id=member_id)
            flash(gettext("Bulan ini ditutup. Tagihannya bisa dibuat."))
        else:
            raise NotFound
    except (Invalid, Conflict) as problem:
        opened.rollback()
        return _period(wanted, Form.of(request.form, told(problem, "reason" if act == "taksir" else "")))
    return redirect(f"{PATH}/{wanted:%Y-%m}", 303)


@blueprint.get("/<month>/antrean")
@require("water.view")
def queue(month: str) -> Response:
    """What waits for somebody's look."""
    return _queue(month_of(month), Form.of())


def _queue(month: date, form: Form) -> Response:
    opened = session()
    period = services.find_period(opened, month)
    flag = request.args.get("sebab", "")
    flag = flag if flag in wording.FLAG_WORDS else ""
    rows = showing.waiting(opened, month, flag=flag, after=request.args.get("sesudah", "")[:60])
    shown = rows[: showing.PAGE]
    more = f"?sebab={flag}&sesudah={shown[-1][1]}" if len(rows) > len(shown) else None
    form.labels = {"reason": gettext("Alasan")}
    return render_form(
        "water/readings/queue.html", form, period=period, rows=shown, flag=flag, flags=showing.flags(opened, month), next=more,
        words=wording, may=may_verify() and period.state != "closed", together=bool(flag) and flag not in NEVER_AGREED,
        path=f"{PATH}/{month:%Y-%m}",
    )  # fmt: skip


@blueprint.post("/<month>/antrean")
@require("water.bill")
def accept_all(month: str) -> AnyResponse:
    """Agree to everything that waits for one reason alone."""
    wanted, flag, opened = month_of(month), request.args.get("sebab", ""), session()
    services.find_period(opened, wanted)
    if flag not in wording.FLAG_WORDS:
        raise NotFound
    try:
        done = services.accept_all(
            opened, wanted, flag, reason=request.form.get("reason", ""), member_id=signed_in().member_id
        )
    except (Invalid, Conflict) as problem:
        opened.rollback()
        return _queue(wanted, Form.of(request.form, told(problem, "reason")))
    flash(ngettext("%(num)s pembacaan diterima.", "%(num)s pembacaan diterima.", done))
    return redirect(f"{PATH}/{wanted:%Y-%m}/antrean", 303)


@blueprint.get("/<month>/unduh.csv")
@require("water.view")
def export(month: str) -> Response:
    """The month as a table, in the columns in which one comes in."""
    wanted, opened = month_of(month), session()
    services.find_period(opened, wanted)
    record_audit(opened, "water.exported", data={"kind": "pembacaan", "month": month})
    opened.commit()  # the record stands before the first row leaves
    heads = ("nomor", "bulan", "stand", "tanggal", "catatan", "stand_lalu", "pakai_m3", "cara", "keadaan", "sebab")

    def rows() -> Any:
        for number, row in showing.table(opened, wanted):
            stand = "" if row.stand is None else row.stand
            day = local_day(row.read_at)
            why = ", ".join(str(wording.FLAG_WORDS[f]) for f in row.flags)
            kind, state = str(wording.KIND_WORDS[row.kind]), str(wording.STATE_WORDS[row.state])
            yield number, f"{row.month:%Y-%m}", stand, day, row.note, row.previous, row.use, kind, state, why

    response = Response(
        stream_with_context(write_csv(heads, rows(), delimiter=";")), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="pembacaan-{wanted:%Y-%m}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
