"""`/kelola/kasir`: one screen. Type a number, Enter, the cash, Enter, Enter: the next one. Everything works by keyboard alone."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.billing.bank.amounts import read_rupiah
from balai.billing.cashier import finding, queries, services
from balai.billing.cashier.finding import Hit
from balai.billing.cashier.services import TakenMeanwhileError
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

PATH = "/kelola/kasir"
blueprint = Blueprint("billing_cashier", __name__, url_prefix=PATH, template_folder="templates")
_ACTS_PER_HOUR = 2000


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def member_id() -> UUID:
    """The member who is asking."""
    found = auth.signed_in().member_id
    if found is None:
        raise Forbidden
    return found


def rupiah_of(text: str, field: str) -> int:
    """What was typed into a field for money; Invalid."""
    try:
        return read_rupiah(text, ",")
    except ValueError:
        raise Invalid.field(field, _("Tulis jumlah dalam rupiah, misalnya 150.000.")) from None


@blueprint.get("")
@require("billing.collect")
def till() -> AnyResponse:
    """Search, what was chosen, and the cash; without an open drawer the form that opens one."""
    session, typed = db.session(), request.args.get("q", "")
    picked = finding.chosen(session, request.args.getlist("t"))
    hits = finding.find(session, typed) if typed else []
    fresh = [hit for hit in hits if hit.invoice.id not in {p.invoice.id for p in picked}]
    if len(fresh) == 1 and fresh[0].invoice.outstanding > 0:
        return redirect(address([*picked, fresh[0]]), 303)
    if hits and not fresh:  # what was typed is in the list already
        return redirect(address(picked), 303)
    return _till(Form.of({"client_id": str(uuid4())}), picked, hits=fresh, typed=typed)


def address(picked: Sequence[Hit], **more: str) -> str:
    """The till with these invoices chosen."""
    query = urlencode([*(("t", str(p.invoice.id)) for p in picked), *more.items()])
    return f"{PATH}?{query}" if query else PATH


def _till(
    form: Form, picked: Sequence[Hit], *, hits: Sequence[Hit] = (), typed: str = "", status: int = 200
) -> Response:
    session = db.session()
    drawer = services.current_drawer(session, member_id())
    for hit in picked:
        form.values.setdefault(f"amount_{hit.invoice.id}", f"{hit.invoice.outstanding:,}".replace(",", "."))
    page = web.render_form(
        "billing/cashier/till.html", form, drawer=drawer, picked=picked, hits=hits, typed=typed,
        unit=queries.unit_of(session, member_id()), total=sum(p.invoice.outstanding for p in picked),
        links={hit.invoice.id: address([*picked, hit]) for hit in hits},
        drops={hit.invoice.id: address([p for p in picked if p is not hit]) for hit in picked},
        taken={p.invoice.id: queries.taken_for(session, p.invoice.id) for p in picked},
    )  # fmt: skip
    if status != 200:  # noqa: PLR2004 - HTTP
        page.status_code = status
    return page


@blueprint.post("/buka")
@require("billing.collect")
def open_drawer() -> AnyResponse:
    """Open one's drawer with the change that is in it."""
    try:
        opening = rupiah_of(request.form.get("opening", "") or "0", "opening")
        services.open_drawer(db.session(), member_id(), opening=opening)
    except Invalid as problem:
        return _till(Form.of(request.form, problem), [])
    db.commit()
    web.flash(_("Laci terbuka. Selamat bekerja."))
    return redirect(PATH, 303)


@blueprint.post("/terima")
@require("billing.collect")
def take() -> AnyResponse:
    """Take the cash and show the receipt; or what happened in the meantime."""
    web.count("billing.cash", allowed=_ACTS_PER_HOUR, seconds=3600)
    session, given = db.session(), request.form
    picked = finding.chosen(session, given.getlist("t"))
    try:
        parts = [
            (p.invoice.id, rupiah_of(given.get(f"amount_{p.invoice.id}", ""), f"amount_{p.invoice.id}")) for p in picked
        ]
        handed = rupiah_of(given.get("handed", ""), "handed")
        receipt = services.take_cash(
            session, member_id(), parts, handed=handed, receipt_id=_client_id(given.get("client_id", ""))
        )
    except Invalid as problem:
        return _till(Form.of(given, problem), picked)
    except TakenMeanwhileError as late:
        session.rollback()
        return _till(_form_after(given, late), finding.chosen(session, given.getlist("t")), status=409)
    except Conflict as problem:
        session.rollback()
        form = Form.of({}, [FieldError("", problem.detail or problem.title)])
        return _till(form, finding.chosen(session, given.getlist("t")), status=409)
    db.commit()
    return redirect(f"{PATH}/struk/{receipt.id}", 303)


def _form_after(given: Any, late: TakenMeanwhileError) -> Form:
    """The form anew: amounts as they are now, and which invoice changed. What was counted out stays."""
    kept = {"client_id": str(uuid4()), "handed": given.get("handed", "")}
    return Form.of(kept, [FieldError(f"amount_{late.invoice_id}", late.detail or late.title)])


def _client_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
