"""Acts on one invoice: look at it, take something off, cancel it, ask for parts; and the answers to parts that were asked for."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.billing import crediting, instalments, invoices, papers, subjects
from balai.billing.days import today
from balai.billing.models import InstalmentPlan, Invoice
from balai.billing.treasury import PATH, blueprint
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.keys import mask_phone
from balai.web import Form
from balai.web.i18n import gettext as _

MOST = 100


def rupiah_of(text: str, field: str) -> int:
    """What was typed into a field for money: `150.000`, `Rp150000`. Raises Invalid."""
    plain = text.strip().removeprefix("Rp").replace(".", "").replace(" ", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 15:  # noqa: PLR2004 - more than any budget
        raise Invalid.field(field, _("Tulis jumlah dalam rupiah, misalnya 150.000."))
    return int(plain)


@blueprint.get("/tagihan")
@require("billing.view")
def find_page() -> AnyResponse:
    """A box for a number."""
    typed = request.args.get("nomor", "").strip()
    form = Form.of(request.args)
    if typed:
        found = invoices.by_number(db.session(), typed)
        if found is not None:
            return redirect(f"{PATH}/tagihan/{found.number}", 303)
        form.add("nomor", _("Tidak ada tagihan dengan nomor itu."))
    query = select(Invoice).order_by(Invoice.id.desc()).limit(20)
    day = today(db.session())
    rows = [{"row": i, "status": invoices.status_of(i, day)} for i in db.session().scalars(query)]
    return web.render_form("billing/treasury/find.html", form, rows=rows)


@blueprint.get("/tagihan/<number>")
@require("billing.view")
def invoice_page(number: str) -> Response:
    """One invoice with everything that happened to it."""
    return _page(_invoice(number), Form.of({}))


def _invoice(number: str) -> Invoice:
    found = invoices.by_number(db.session(), number)
    if found is None:
        raise NotFound
    return found


def _page(invoice: Invoice, form: Form) -> Response:
    session = db.session()
    payer, hidden = invoices.payer_of(session, invoice), bool(subjects.guarded(session, [invoice]))
    may = auth.signed_in().permissions
    return web.render_form(
        "billing/treasury/invoice.html", form, invoice=invoice, status=invoices.status_of(invoice, today(session)),
        payer=subjects.name_for_staff(session, invoice, hidden=hidden), hidden=hidden,
        phone=mask_phone(payer.phone) if payer.phone and not hidden else "",
        lines=[
            {"line": line, "quantity": papers.quantity_words(line), "reason": papers.reason_words(line)}
            for line in subjects.lines_for_staff(invoice, hidden=hidden)
        ],
        moments=papers.moments(session, invoice),
        parts=instalments.parts_of(invoice), plan=invoices.waiting_plan(session, invoice.id),
        may_approve="billing.approve" in may, may_ask=bool(may & {"billing.collect", "billing.treasure"}),
    )  # fmt: skip


@blueprint.post("/tagihan/<number>/potongan")
@require("billing.approve")
def give_credit(number: str) -> AnyResponse:
    """Take something off, with its reason and decree."""
    invoice, given = _invoice(number), request.form
    try:
        amount = rupiah_of(given.get("amount", ""), "amount")
        crediting.credit(
            db.session(), invoice.id, amount, reason=given.get("reason", "")[:500], decree=given.get("decree", "")[:200]
        )
    except (Invalid, Conflict) as problem:
        return _wrong(invoice, problem)
    db.commit()
    web.flash(_("Potongan tercatat."))
    return redirect(f"{PATH}/tagihan/{invoice.number}", 303)


@blueprint.post("/tagihan/<number>/batal")
@require("billing.approve")
def cancel_invoice(number: str) -> AnyResponse:
    """Cancel it, with the reason."""
    invoice = _invoice(number)
    try:
        crediting.cancel(db.session(), invoice.id, reason=request.form.get("cancel_reason", "")[:500])
    except Invalid:
        return _wrong(invoice, Invalid.field("cancel_reason", _("Tulis alasannya.")))
    except Conflict as problem:
        return _wrong(invoice, problem)
    db.commit()
    web.flash(_("Tagihan dibatalkan. Uang yang sudah masuk disimpan untuk pembayarnya."))
    return redirect(f"{PATH}/tagihan/{invoice.number}", 303)


@blueprint.post("/tagihan/<number>/cicilan")
@require("billing.view")
def ask(number: str) -> AnyResponse:
    """Ask for parts on the payer's behalf: so many, a month apart."""
    if not auth.signed_in().permissions & {"billing.collect", "billing.treasure"}:
        raise Forbidden
    invoice, given = _invoice(number), request.form
    try:
        first = date.fromisoformat(given.get("first", ""))
        count = int(given.get("count", "")) if given.get("count", "").isdecimal() else 0
        parts = instalments.monthly(invoice.rest, first, count)
        instalments.ask_instalments(db.session(), invoice.id, parts, reason=given.get("parts_reason", "")[:500])
    except ValueError:
        return _wrong(invoice, Invalid.field("first", _("Isi tanggalnya.")))
    except (Invalid, Conflict) as problem:
        return _wrong(invoice, problem)
    db.commit()
    web.flash(_("Cicilan diajukan. Orang lain yang menyetujuinya."))
    return redirect(f"{PATH}/tagihan/{invoice.number}", 303)


def _wrong(invoice: Invoice, problem: Invalid | Conflict) -> Response:
    db.session().rollback()
    found = problem if isinstance(problem, Invalid) else Invalid.field("", problem.detail or problem.title)
    names = {"reason": "parts_reason", "parts": "count"} if "count" in request.form else {}
    errors = [type(e)(names.get(e.field, e.field), e.message) for e in found.errors]
    return _page(_invoice(invoice.number), Form.of(request.form, errors))


@blueprint.get("/cicilan")
@require("billing.view")
def plans_page() -> Response:
    """Parts that wait for an answer."""
    return _plans(Form.of({}))


def _plans(form: Form) -> Response:
    query = (
        select(InstalmentPlan, Invoice)
        .join(Invoice, (Invoice.tenant_id == InstalmentPlan.tenant_id) & (Invoice.id == InstalmentPlan.invoice_id))
        .where(InstalmentPlan.state == "asked")
        .order_by(InstalmentPlan.id)
        .limit(MOST)
    )
    rows: list[dict[str, Any]] = [{"plan": plan, "invoice": invoice} for plan, invoice in db.session().execute(query)]
    for row in rows:
        row["parts"] = [{"due_on": date.fromisoformat(p["due_on"]), "amount": p["amount"]} for p in row["plan"].parts]
    who = auth.signed_in()
    return web.render_form(
        "billing/treasury/plans.html", form, rows=rows, may_approve="billing.approve" in who.permissions, me=who.sub
    )


@blueprint.post("/cicilan/<plan_id>")
@require("billing.approve")
def answer(plan_id: str) -> AnyResponse:
    """Yes or no."""
    try:
        wanted = UUID(plan_id)
    except ValueError:
        raise NotFound from None
    words = request.form.get("answer", "")[:500]
    try:
        if request.form.get("langkah") == "setuju":
            instalments.approve_instalments(db.session(), wanted, answer=words)
            told = _("Cicilan disetujui.")
        else:
            instalments.refuse_instalments(db.session(), wanted, answer=words)
            told = _("Cicilan ditolak.")
    except (Invalid, Conflict, Forbidden) as problem:
        db.session().rollback()
        found = problem if isinstance(problem, Invalid) else Invalid.field("answer", problem.detail or problem.title)
        return _plans(Form.of(request.form, found))
    db.commit()
    web.flash(told)
    return redirect(f"{PATH}/cicilan", 303)
