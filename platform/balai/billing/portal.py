"""`/tagihan`: what I owe over all services, how it came about, how to pay, receipts."""

from typing import Any

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.billing import invoices, papers, settings, visitor
from balai.billing.days import today
from balai.billing.instalments import parts_of
from balai.billing.models import Invoice
from balai.errors import NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("billing_portal", __name__, url_prefix="/tagihan", template_folder="templates")
PAGE = 50


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


@blueprint.get("")
def mine() -> AnyResponse:
    """My bills, open ones first; a box for a number leads to one on paper."""
    session, sub = db.session(), visitor.sub()
    typed = request.args.get("nomor", "").strip()
    if typed:
        found = invoices.by_number(session, typed)
        if found is not None and visitor.may_see(found):
            return redirect(f"/tagihan/{found.number}", 303)
        form = Form.of(request.args)
        form.add("nomor", _("Tagihan ini belum bisa dibuka di HP ini. Pindai kode QR di suratnya, atau masuk dulu."))
        return _list(form, 404)
    return _list(Form.of({}), 200, sub)


def _list(form: Form, status: int, sub: str | None = None) -> Response:
    session = db.session()
    sub = sub or visitor.sub()
    rows = {i.id: i for i in visitor.held(session)}
    if sub:
        rows |= {i.id: i for i in invoices.of_payer(session, sub, limit=PAGE)}
        rows |= {i.id: i for i in invoices.of_payer(session, sub, limit=PAGE, only_open=True)}
    day = today(session)
    shown: list[dict[str, Any]] = [
        {"row": i, "status": invoices.status_of(i, day)}
        for i in sorted(rows.values(), key=lambda i: i.id, reverse=True)
    ]
    owed = [s for s in shown if s["row"].state == "open"]
    owed.sort(key=lambda s: (s["row"].next_due_on, s["row"].id))
    answer = web.render(
        "billing/portal/mine.html", form=form, owed=owed, done=[s for s in shown if s["row"].state != "open"],
        total=sum(s["row"].rest for s in owed), signed_in=sub is not None, how_to_pay=settings.how_to_pay(session),
    )  # fmt: skip
    answer.status_code = status
    return answer


@blueprint.get("/<number>")
def show(number: str) -> AnyResponse:
    """One bill: what is left, how to pay, every line, everything that happened to it."""
    moved = visitor.exchange(number, f"/tagihan/{number}")
    return moved if moved is not None else web.render("billing/portal/bill.html", **_shown(visitor.opened(number)))


@blueprint.get("/<number>/surat.pdf")
def paper(number: str) -> Response:
    """The bill as PDF."""
    session = db.session()
    invoice = visitor.opened(number)
    made = papers.invoice_pdf(session, invoice, base_url=request.host_url, how_to_pay=settings.how_to_pay(session))
    return _pdf(made, f"tagihan-{invoice.number}.pdf")


def _pdf(made: bytes, name: str) -> Response:
    response = Response(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(invoice: Invoice) -> dict[str, object]:
    session = db.session()
    moments = papers.moments(session, invoice)
    return {
        "invoice": invoice,
        "status": invoices.status_of(invoice, today(session)),
        "lines": [
            {"line": line, "quantity": papers.quantity_words(line), "reason": papers.reason_words(line)}
            for line in invoice.lines
        ],
        "moments": moments,
        "receipts": [m["row"].payment for m in moments if m["row"].kind == "paid"],
        "parts": parts_of(invoice),
        "how_to_pay": settings.how_to_pay(session),
        "ways": _ways(invoice),
    }


def _ways(invoice: Invoice) -> list[object]:
    """Ways to pay from a phone, when the region has any."""
    from balai.billing.payments.orders import ways

    return list(ways(db.session(), invoice))
