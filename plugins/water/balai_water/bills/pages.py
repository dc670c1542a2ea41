"""`/kelola/water/tagihan`: months, the billing run of one, who was left out, one bill explained, settings."""

import re
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Case,
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
    render,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water.bills import queries, services, settings, words
from balai_water.bills.models import Objection
from balai_water.bills.tasks import queue_step
from balai_water.months import today
from balai_water.readings.models import Period
from balai_water.register.customers import names
from balai_water.register.models import Connection, Customer
from balai_water.tariffs.cards import find_connection
from balai_water.tariffs.pages import typed_day
from balai_water.tariffs.services import groups_on, version_on

PATH = "/kelola/water/tagihan"
blueprint = Blueprint("water_bills", "balai_water", url_prefix=PATH, template_folder="templates")
MENU = [MenuItem(lazy_gettext("Tagihan air"), "water_bills.overview", "file-text", "water.view", 63)]
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_SHOWN: Final = 200
_STUCK: Final = timedelta(minutes=2)


def month_of(text: str) -> date:
    """`2026-10` as its first day; NotFound."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise NotFound
    return date(int(found[1]), int(found[2]), 1)


def may_bill() -> bool:
    """Whether whoever looks may also act."""
    return "water.bill" in signed_in().permissions


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """Months that were read or billed."""
    periods = {row.month: row for row in session().scalars(select(Period).order_by(Period.month.desc()).limit(24))}
    figures = {row[0]: row for row in queries.month_figures(session())}
    months = sorted({*periods, *figures}, reverse=True)[:24]
    return render(
        "water/bills/overview.html", months=months, periods=periods, figures=figures, setting=settings.setting(session()),
        may=may_bill(), has_tariff=version_on(session(), today()) is not None,
    )  # fmt: skip


@blueprint.get("/bulan/<month>")
@require("water.view")
def month_page(month: str) -> Response:
    """One month: what is in the way, the run, who has no bill."""
    first = month_of(month)
    return _month(first, Form.of({"due_on": services.usual_due_day(session(), first)}))


def _month(month: date, form: Form) -> Response:
    version = version_on(session(), month)
    period = session().scalars(select(Period).where(Period.month == month)).first()
    runs = services.runs_of(session(), month)
    running = next((run for run in runs if run.state == "running"), None)
    counts = queries.left_out_counts(session(), month)
    figures = next((row for row in queries.month_figures(session()) if row[0] == month), None)
    if period is None and figures is None and not runs:
        raise NotFound
    groups = tuple(groups_on(session(), month))
    after = request.args.get("setelah", "")[:60]
    left_out = queries.left_out(session(), month, groups, _SHOWN, after=after)
    return render_form(
        "water/bills/month.html", form, month=month, period=period, version=version, runs=runs, running=running,
        counts=counts, figures=figures, left_out=left_out, more=left_out[-1][1] if len(left_out) == _SHOWN else "",
        setting=settings.setting(session()), words=words, may=may_bill(),
        stuck=running is not None and running.moved_at < now() - _STUCK, mid_month=_changes_within(month, version),
    )  # fmt: skip


def _changes_within(month: date, version: Any) -> bool:
    """Whether another tariff begins within a month: it counts from the next one."""
    last = version_on(session(), month.replace(day=28))
    return last is not None and (version is None or last.id != version.id)


@blueprint.post("/bulan/<month>")
@require("water.bill")
def act(month: str) -> AnyResponse:
    """Begin a run, or push one on that stands still."""
    first = month_of(month)
    running = next((run for run in services.runs_of(session(), first) if run.state == "running"), None)
    if request.form.get("langkah") == "lanjut" and running is not None:
        queue_step(session(), running.id)
        flash(gettext("Penagihan dilanjutkan."))
        return redirect(f"{PATH}/bulan/{month}", 303)
    due_on, faults = typed_day(request.form.get("due_on", ""), "due_on")
    if due_on is None and not faults:
        faults = [FieldError("due_on", gettext("Isi batas bayarnya."))]
    try:
        if due_on is None:
            return _month(first, Form.of(request.form, faults))
        run = services.start(session(), first, due_on, member_id=signed_in().member_id)
    except Invalid as invalid:
        session().rollback()
        return _month(first, Form.of(request.form, invalid))
    except Conflict as problem:
        session().rollback()
        return _month(first, Form.of(request.form, [FieldError("", problem.detail or str(problem.title))]))
    queue_step(session(), run.id)
    flash(gettext("Penagihan dimulai. Halaman ini memperbarui dirinya sendiri."))
    return redirect(f"{PATH}/bulan/{month}", 303)


@blueprint.get("/<uuid:bill_id>")
@require("water.view")
def bill_page(bill_id: UUID) -> Response:
    """One bill, line by line, with objections to it."""
    bill = services.find_bill(session(), bill_id)
    shown = services.shown(session(), [bill])[0]
    connection = find_connection(session(), bill.connection_id)
    customer = session().get(Customer, (session().tenant_id, bill.customer_id))
    who = names(session(), [customer], signed_in())[customer.id] if customer else ""
    query = (
        select(Case.code, Case.state, Case.outcome)
        .join(Objection, (Objection.tenant_id == Case.tenant_id) & (Objection.case_id == Case.id))
        .where(Objection.bill_id == bill.id)
    )
    return render(
        "water/bills/bill.html", shown=shown, bill=bill, connection=connection, name=who, words=words,
        group=groups_on(session(), bill.month).get(bill.group_key, bill.group_key), objections=session().execute(query).all(),
        account=settings.account_of(session(), settings.setting(session()).unit_id),
    )  # fmt: skip


@blueprint.get("/sambungan/<uuid:connection_id>")
@require("water.view")
def connection_page(connection_id: UUID) -> Response:
    """Bills of one connection."""
    connection = find_connection(session(), connection_id)
    return render(
        "water/bills/connection.html", connection=connection, rows=services.of_connection(session(), connection_id),
        words=words, may=may_bill(),
    )  # fmt: skip


@blueprint.get("/cari")
@require("water.view")
def find() -> AnyResponse:
    """A connection's number leads to its bills."""
    number = request.args.get("nomor", "").strip()[:60]
    found = session().scalars(select(Connection.id).where(Connection.number == number)).first()
    if found is None:
        flash(gettext("Tidak ada sambungan dengan nomor itu."), "warn")
        return redirect(PATH, 303)
    return redirect(f"{PATH}/sambungan/{found}", 303)


# --- settings ---


@blueprint.get("/pengaturan")
@require("water.bill")
def settings_page() -> Response:
    """How this utility bills."""
    row = settings.setting(session())
    return _settings(
        Form.of({"mode": row.mode, "unit_id": row.unit_id or "", "due_day": row.due_day, "pay_at": row.pay_at})
    )


def _settings(form: Form) -> Response:
    return render_form("water/bills/settings.html", form, units=settings.units(session()))


@blueprint.post("/pengaturan")
@require("water.bill")
def save_settings() -> AnyResponse:
    """Keep it."""
    given = request.form
    try:
        unit_id = UUID(given["unit_id"]) if given.get("unit_id") else None
    except ValueError:
        return _settings(Form.of(given, [FieldError("unit_id", gettext("Pilih unit yang ada di daftar."))]))
    day = given.get("due_day", "")
    try:
        settings.save(
            session(), mode=given.get("mode", ""), unit_id=unit_id, pay_at=given.get("pay_at", ""),
            due_day=int(day) if day.isascii() and day.isdigit() and len(day) < 3 else 0,  # noqa: PLR2004 - a day
        )  # fmt: skip
    except Invalid as invalid:
        session().rollback()
        return _settings(Form.of(given, invalid))
    flash(gettext("Pengaturan tersimpan."))
    return redirect(PATH, 303)
