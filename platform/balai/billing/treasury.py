"""`/kelola/keuangan`: what a treasurer looks at every day. Acts on single invoices stand in treasury_acts."""

from datetime import date

from flask import Blueprint, Response, g, redirect, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from balai import audit, auth, db, web
from balai.auth import require
from balai.billing import checks, exporting, periods, reports, settings
from balai.billing.days import today
from balai.billing.queries import figures, journal
from balai.errors import Conflict, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

PATH = "/kelola/keuangan"
blueprint = Blueprint("billing_treasury", __name__, url_prefix=PATH, template_folder="templates")
MOST = 200


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def day_of(text: str, default: date) -> date:
    """A day from an address or a form, `default` when there is none that can be read."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def span() -> tuple[date, date]:
    """The days that were asked for; by default this month so far."""
    here = today(db.session())
    since, until = (
        day_of(request.values.get("dari", ""), here.replace(day=1)),
        day_of(request.values.get("sampai", ""), here),
    )
    return since, until


@blueprint.get("")
@require("billing.view")
def overview() -> Response:
    """Who owes since when; what this month earned; where the money is."""
    session, here = db.session(), today(db.session())
    labels = figures.accounts(session)
    earned: dict[str, int] = {}
    for row in reports.income(session, here.replace(day=1), here):
        earned[row.account] = earned.get(row.account, 0) + row.amount
    money = {
        k: v
        for k, v in periods.balances(session, here).items()
        if labels[k][1] in {"asset", "liability"} and k != "piutang"
    }
    return web.render(
        "billing/treasury/overview.html", ages=reports.ageing(session),
        earned=sorted(earned.items()), money=sorted(money.items()),
        labels={key: label for key, (label, _kind) in labels.items()}, here=here,
    )  # fmt: skip


@blueprint.get("/pendapatan")
@require("billing.view")
def income_page() -> Response:
    """Income and money by day and account."""
    session, (since, until) = db.session(), span()
    form = Form.of({"dari": since.isoformat(), "sampai": until.isoformat()})
    labels = {key: label for key, (label, _kind) in figures.accounts(session).items()}
    try:
        exporting.check_span(since, until)
    except Invalid as problem:
        form = Form.of(request.args, problem)
        return web.render_form("billing/treasury/income.html", form, rows=[], money=[], labels=labels)
    return web.render_form(
        "billing/treasury/income.html", form, rows=reports.income(session, since, until),
        money=reports.money(session, since, until), labels=labels,
    )  # fmt: skip


@blueprint.get("/potongan")
@require("billing.view")
def discounts_page() -> Response:
    """Every discount: how much, for which invoice, why, by whom."""
    session, (since, until) = db.session(), span()
    rows = journal.discounts(session, since, until, most=MOST)
    form = Form.of({"dari": since.isoformat(), "sampai": until.isoformat()})
    return web.render(
        "billing/treasury/discounts.html",
        form=form,
        rows=rows,
        total=sum(r.amount for r in rows),
        cut=len(rows) == MOST,
    )


@blueprint.get("/buku")
@require("billing.view")
def books_page() -> Response:
    """What is closed, and the proof that everything adds up."""
    return _books(Form.of({}))


def _books(form: Form, *, check: bool = False) -> Response:
    session = db.session()
    labels = {key: label for key, (label, _kind) in figures.accounts(session).items()}
    checked = checks.check_books(session) if check else None
    return web.render_form(
        "billing/treasury/books.html", form, closings=periods.closings(session), labels=labels, checked=checked,
        may_close="billing.treasure" in auth.signed_in().permissions,
    )  # fmt: skip


@blueprint.post("/buku/periksa")
@require("billing.view")
def check_page() -> Response:
    """Count everything anew."""
    web.count("billing.check", allowed=20, seconds=3600)
    return _books(Form.of({}), check=True)


@blueprint.post("/buku/tutup")
@require("billing.treasure")
def close_books() -> AnyResponse:
    """Close the books up to a day, for good; asked for a second time with the box ticked."""
    given, session = request.form, db.session()
    try:
        through = date.fromisoformat(given.get("through", ""))
        if given.get("yakin") != "ya":
            raise Invalid.field("yakin", _("Centang dulu: buku yang sudah ditutup tidak bisa dibuka lagi."))
        periods.close(session, through, by_member=auth.signed_in().member_id)
    except ValueError:
        return _books(Form.of(given, Invalid.field("through", _("Isi tanggalnya."))))
    except (Invalid, Conflict) as problem:
        return _books(
            Form.of(given, problem if isinstance(problem, Invalid) else Invalid.field("through", problem.detail or ""))
        )
    db.commit()
    web.flash(_("Buku sudah ditutup."))
    return redirect(f"{PATH}/buku", 303)


@blueprint.get("/ekspor")
@require("billing.treasure")
def export_page() -> Response:
    """Which days, which columns."""
    since, until = span()
    return _export(
        Form.of({"dari": since.isoformat(), "sampai": until.isoformat(), **exporting.layout(db.session()).as_text()})
    )


def _export(form: Form) -> Response:
    return web.render_form(
        "billing/treasury/export.html",
        form,
        cells=exporting.CELLS,
        accounts=sorted(figures.accounts(db.session()).items()),
    )


@blueprint.post("/ekspor")
@require("billing.treasure")
def export() -> AnyResponse:
    """The file, written while it is sent; the record of it stands before the first row leaves."""
    session, given = db.session(), request.form
    made = exporting.layout(session)
    since, until = span()
    try:
        exporting.check_span(since, until)
    except Invalid as problem:
        return _export(Form.of(made.as_text() | given.to_dict(), problem))
    web.allow("ekspor-keuangan", allowed=6, seconds=60)
    audit.record(session, "billing.exported", data={"since": since.isoformat(), "until": until.isoformat()})
    db.commit()
    name = f"keuangan-{g.tenant.slug}-{since:%Y%m%d}-{until:%Y%m%d}.csv"
    response = Response(
        stream_with_context(exporting.lines(session, made, since, until)), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/ekspor/kolom")
@require("billing.treasure")
def save_columns() -> AnyResponse:
    """Keep the columns of the region's finance system."""
    given = request.form
    try:
        exporting.save_layout(
            db.session(),
            columns=given.get("columns", ""),
            codes=given.get("codes", ""),
            delimiter=given.get("delimiter", ""),
        )
    except Invalid as problem:
        since, until = span()
        return _export(Form.of({"dari": since.isoformat(), "sampai": until.isoformat()} | given.to_dict(), problem))
    db.commit()
    web.flash(_("Susunan kolom tersimpan."))
    return redirect(f"{PATH}/ekspor", 303)


@blueprint.get("/cara-bayar")
@require("billing.treasure")
def paying_page() -> Response:
    """How people pay without a phone."""
    return web.render("billing/treasury/paying.html", form=Form.of({"text": settings.how_to_pay(db.session())}))


@blueprint.post("/cara-bayar")
@require("billing.treasure")
def save_paying() -> AnyResponse:
    """Keep the words; they stand on every bill."""
    try:
        settings.set_how_to_pay(db.session(), request.form.get("text", ""))
    except Invalid as problem:
        return web.render_form("billing/treasury/paying.html", Form.of(request.form, problem))
    db.commit()
    web.flash(_("Tersimpan. Tulisan ini ada di setiap tagihan."))
    return redirect(f"{PATH}/cara-bayar", 303)
