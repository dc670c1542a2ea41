"""Receipts on paper, taking one back, and the drawers of the region."""

from typing import Any
from uuid import UUID

from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.billing.cashier import finding, paper, queries, services
from balai.billing.cashier.models import CashDrawer, CashReceipt, CashReversal
from balai.billing.cashier.pages import PATH, blueprint, member_id, rupiah_of
from balai.billing.models import Invoice
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

_PAGE = 50
SEES_ALL = frozenset({"billing.treasure", "billing.approve"})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _may_see(owner: UUID) -> None:
    """One's own drawer and receipts, or everybody's for whoever watches over the money. Raises NotFound."""
    if owner != member_id() and not SEES_ALL & auth.signed_in().permissions:
        raise NotFound


def seen_receipt(receipt_id: str) -> tuple[CashReceipt, dict[str, Any]]:
    """A receipt that the reader may see, and what its page shows. Raises NotFound."""
    session = db.session()
    receipt, parts = services.receipt_of(session, _uuid(receipt_id))
    _may_see(receipt.member_id)
    query = select(Invoice).where(Invoice.id.in_([p.invoice_id for p in parts]))
    invoices = {i.id: finding.hit(session, i) for i in session.scalars(query)}
    drawer = session.scalars(select(CashDrawer).where(CashDrawer.id == receipt.drawer_id)).one()
    return receipt, {
        "rows": [(invoices[p.invoice_id], p.amount) for p in parts], "drawer": drawer,
        "name": queries.member_names(session, [receipt.member_id]).get(receipt.member_id, ""),
        "reversal": services.reversal_of(session, receipt.id),
    }  # fmt: skip


@blueprint.get("/struk/<receipt_id>")
@require("billing.collect")
def receipt_page(receipt_id: str) -> Response:
    """The receipt, to be printed: 80 mm paper, or A6."""
    receipt, shown = seen_receipt(receipt_id)
    wide = request.args.get("kertas") == "a6"
    return web.render("billing/cashier/receipt.html", receipt=receipt, wide=wide, form=Form.of({}), **shown)


@blueprint.get("/struk/<receipt_id>.pdf")
@require("billing.collect")
def receipt_file(receipt_id: str) -> Response:
    """The receipt as PDF."""
    receipt, shown = seen_receipt(receipt_id)
    code, back = f"{shown['drawer'].number}-{receipt.number:05d}", shown["reversal"]
    made = paper.receipt_pdf(
        receipt, shown["rows"], code=code, region=web.current_look().name or g.tenant.name, cashier=shown["name"],
        wide=request.args.get("kertas") == "a6", reversed_=back is not None and back.state == "approved",
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="struk-{code}.pdf"', "Cache-Control": "no-store"}
    return Response(made, content_type="application/pdf", headers=headers)


@blueprint.post("/struk/<receipt_id>/batal")
@require("billing.collect")
def ask_back(receipt_id: str) -> AnyResponse:
    """Ask that a receipt be taken back."""
    receipt, shown = seen_receipt(receipt_id)
    try:
        services.ask_reversal(db.session(), receipt.id, member=member_id(), reason=request.form.get("reason", ""))
    except (Invalid, Conflict) as problem:
        db.session().rollback()
        form = Form.of(
            request.form, problem if isinstance(problem, Invalid) else [FieldError("reason", problem.detail or "")]
        )
        return web.render_form("billing/cashier/receipt.html", form, receipt=receipt, wide=False, **shown)
    db.commit()
    web.flash(_("Pembatalan diminta. Orang lain yang berwenang perlu menyetujuinya."))
    return redirect(f"{PATH}/struk/{receipt.id}", 303)


@blueprint.get("/pembatalan")
@require("billing.approve")
def reversals_page() -> Response:
    """What waits for a second person."""
    session = db.session()
    waiting = services.waiting_reversals(session)
    receipts = {
        r.id: r for r in session.scalars(select(CashReceipt).where(CashReceipt.id.in_([w.receipt_id for w in waiting])))
    }
    names = queries.member_names(session, [w.asked_by for w in waiting])
    return web.render("billing/cashier/reversals.html", waiting=waiting, receipts=receipts, names=names, me=member_id())


@blueprint.post("/pembatalan/<reversal_id>")
@require("billing.approve")
def decide(reversal_id: str) -> AnyResponse:
    """Yes or no."""
    approve = request.form.get("jawaban") == "setuju"
    try:
        services.decide_reversal(db.session(), _uuid(reversal_id), member=member_id(), approve=approve)
    except (Conflict, Forbidden) as problem:
        db.session().rollback()
        web.flash(problem.detail or problem.title, "bad")
        return redirect(f"{PATH}/pembatalan", 303)
    db.commit()
    web.flash(_("Disetujui. Kasir mengembalikan uangnya.") if approve else _("Ditolak. Struknya tetap berlaku."))
    return redirect(f"{PATH}/pembatalan", 303)


# --- drawers ---


@blueprint.get("/tutup")
@require("billing.collect")
def closing_page() -> AnyResponse:
    """Count the cash; what should be there is shown only afterwards, so that it is counted and not copied."""
    return _closing(Form.of({}))


def _closing(form: Form) -> AnyResponse:
    session = db.session()
    drawer = services.current_drawer(session, member_id())
    if drawer is None:
        return redirect(f"{PATH}/laci", 303)
    waiting = session.scalars(
        select(CashReversal).where(CashReversal.drawer_id == drawer.id, CashReversal.state == "asked")
    ).all()
    return web.render_form("billing/cashier/closing.html", form, drawer=drawer, waiting=len(waiting))


@blueprint.post("/tutup")
@require("billing.collect")
def close() -> AnyResponse:
    """Close the drawer with what was counted."""
    try:
        counted = rupiah_of(request.form.get("counted", ""), "counted")
        drawer = services.close_drawer(db.session(), member_id(), counted=counted, note=request.form.get("note", ""))
    except Invalid as problem:
        db.session().rollback()
        return _closing(Form.of(request.form, problem))
    except Conflict:
        db.session().rollback()
        return redirect(f"{PATH}/laci", 303)
    db.commit()
    return redirect(f"{PATH}/laci/{drawer.id}", 303)


@blueprint.get("/laci")
@require("billing.collect")
def drawers_page() -> Response:
    """Drawers, newest first: one's own, or everybody's for whoever watches over the money."""
    session = db.session()
    query = select(CashDrawer).order_by(CashDrawer.number.desc()).limit(_PAGE + 1)
    if not SEES_ALL & auth.signed_in().permissions:
        query = query.where(CashDrawer.member_id == member_id())
    before = request.args.get("sebelum", "")
    if before.isascii() and before.isdigit() and len(before) < 9:  # noqa: PLR2004 - a number of a drawer
        query = query.where(CashDrawer.number < int(before))
    rows = session.scalars(query).all()
    more = f"{PATH}/laci?sebelum={rows[_PAGE - 1].number}" if len(rows) > _PAGE else None
    names = queries.member_names(session, [row.member_id for row in rows])
    return web.render("billing/cashier/drawers.html", rows=rows[:_PAGE], names=names, more=more)


@blueprint.get("/laci/<drawer_id>")
@require("billing.collect")
def drawer_page(drawer_id: str) -> Response:
    """One drawer: what came in, what went out, what was counted."""
    session = db.session()
    drawer = session.scalars(select(CashDrawer).where(CashDrawer.id == _uuid(drawer_id))).first()
    if drawer is None:
        raise NotFound
    _may_see(drawer.member_id)
    receipts = session.scalars(
        select(CashReceipt).where(CashReceipt.drawer_id == drawer.id).order_by(CashReceipt.number.desc()).limit(500)
    ).all()
    back = session.scalars(
        select(CashReversal).where(CashReversal.drawer_id == drawer.id, CashReversal.state == "approved")
    ).all()
    names = queries.member_names(session, [drawer.member_id, *(r.asked_by for r in back)])
    return web.render("billing/cashier/drawer.html", drawer=drawer, receipts=receipts, back=back, names=names)
