"""`/kelola/keuangan/antrean`: money that has no place yet, and what to do with it: bills, the payer, or our own pocket."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.billing.cashier.pages import rupiah_of
from balai.billing.invoices import by_number
from balai.billing.payments import placing
from balai.billing.payments.console import PATH, blueprint, uuid_of
from balai.billing.refunds import pay_refund, refund
from balai.billing.settling import assign
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

_ACCOUNTS = ("bank", "kas")


@blueprint.get("/antrean")
@require("billing.treasure")
def queue_page() -> Response:
    """Payments with money that has no place, and what is owed back."""
    session = db.session()
    text = request.args.get("sebelum", "")
    rows = placing.loose_payments(session, before=uuid_of(text) if text else None)
    more = f"{PATH}/antrean?sebelum={rows[placing.PAGE - 1].payment.id}" if len(rows) > placing.PAGE else None
    return web.render(
        "billing/payments/queue.html",
        rows=rows[: placing.PAGE],
        more=more,
        owed=placing.owed_refunds(session),
        me=auth.signed_in().sub,
    )


@blueprint.get("/antrean/<payment_id>")
@require("billing.treasure")
def loose_page(payment_id: str) -> Response:
    """One payment: bills that it may be for, and the other ways."""
    return _loose(uuid_of(payment_id), Form.of({}))


def _loose(payment_id: UUID, form: Form) -> Response:
    session = db.session()
    found = placing.loose(session, payment_id)
    offered = placing.candidates(session, found) if found.rupiah else []
    return web.render_form("billing/payments/loose.html", form, found=found, candidates=offered)


@blueprint.post("/antrean/<payment_id>")
@require("billing.treasure")
def place(payment_id: str) -> AnyResponse:
    """Pay a bill with it (as often as it takes), owe it back, or call it our own."""
    payment, given = uuid_of(payment_id), request.form
    try:
        told = _place(payment, given.get("langkah", ""))
    except Invalid as problem:
        db.session().rollback()
        return _loose(payment, Form.of(given, problem))
    except Conflict as problem:
        db.session().rollback()
        return _loose(payment, Form.of(given, [FieldError("", problem.detail or problem.title)]))
    db.commit()
    web.flash(told)
    left = placing.loose(db.session(), payment).rupiah
    return redirect(f"{PATH}/antrean/{payment}" if left else f"{PATH}/antrean", 303)


def _place(payment: UUID, step: str) -> str:
    session, given = db.session(), request.form
    if step == "tagihan":
        invoice = by_number(session, given.get("number", ""))
        if invoice is None:
            raise Invalid.field("number", _("Tagihan dengan nomor ini tidak ada."))
        left = placing.loose(session, payment).rupiah
        typed = given.get("amount", "")
        assign(session, payment, invoice.id, rupiah_of(typed, "amount") if typed else min(left, invoice.outstanding))
        return _("Uangnya dipakai untuk tagihan %(number)s.", number=invoice.number)
    if step == "kembali":
        refund(session, payment, rupiah_of(given.get("back", ""), "back"), reason=given.get("reason", ""))
        return _("Dicatat untuk dikembalikan. Orang lain yang menyerahkan uangnya dan menandainya.")
    if step == "sendiri":
        placing.own_money(session, payment, source=given.get("source", ""), reason=given.get("note", ""))
        return _("Dicatat sebagai pindahan kas sendiri.")
    raise NotFound


@blueprint.post("/antrean/kembali/<refund_id>")
@require("billing.treasure")
def hand_back(refund_id: str) -> AnyResponse:
    """The money was handed over, by somebody else than who wrote down that it is owed."""
    account, reference = request.form.get("account", ""), request.form.get("reference", "")
    try:
        if account not in _ACCOUNTS:
            raise Invalid.field("account", _("Pilih salah satu."))
        pay_refund(db.session(), uuid_of(refund_id), account=account, reference=reference)
    except (Invalid, Conflict, Forbidden) as problem:
        db.session().rollback()
        told = (
            problem.errors[0].message
            if isinstance(problem, Invalid) and problem.errors
            else problem.detail or problem.title
        )
        web.flash(told, "bad")
        return redirect(f"{PATH}/antrean", 303)
    db.commit()
    web.flash(_("Pengembalian tercatat."))
    return redirect(f"{PATH}/antrean", 303)
