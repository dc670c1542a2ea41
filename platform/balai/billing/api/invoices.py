"""`/api/v1/invoices`: list, read, payments; issue, cancel, credit, with the same rights as in the console.

A citizen reads their own bills, whoever shows a bill's link secret reads that one; to everybody else it doesn't exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from flask import Response, request
from sqlalchemy import Select, select

from balai import audit, auth, db, rest
from balai.billing import crediting, instalments, invoices, issuing, subjects
from balai.billing.api.schemas import (
    Cancelling,
    Crediting,
    InvoiceDetail,
    InvoiceIn,
    InvoiceItem,
    InvoicePage,
    InvoiceQuery,
    Issued,
    LineOut,
    MomentOut,
    PartOut,
    PayerOut,
    PaymentItem,
    PaymentList,
    text_values,
)
from balai.billing.days import today
from balai.billing.drafts import InvoiceDraft, InvoiceLine, LateFee, Payer
from balai.billing.models import Invoice
from balai.errors import FieldError, Invalid, NotFound
from balai.keys import mask_email, mask_phone
from balai.web import limits

LINK_HEADER = "Link-Secret"
_LOOKS = 600  # of whoever has no token, in ten minutes
blueprint = rest.Blueprint(
    "api_invoices",
    __name__,
    tag="invoices",
    url_prefix=f"{rest.API_PREFIX}/invoices",
    description="Tagihan: daftar, rincian, pembayaran; terbitkan, batalkan, beri potongan.",
)


@blueprint.route("")
@blueprint.signed_in
@blueprint.query(InvoiceQuery)
@blueprint.answers(
    InvoicePage,
    summary="Daftar tagihan",
    description="Yang berhak melihat pembukuan mendapat semuanya, warga miliknya sendiri.",
)
def list_invoices(query: InvoiceQuery) -> Response:
    """Newest first."""
    session, day = db.session(), today(db.session())
    wanted = _filtered(query, day)
    if not _sees_all():
        wanted = wanted.where(Invoice.payer_index == issuing.index_of(session, auth.signed_in().sub))
    if query.cursor is not None:
        wanted = wanted.where(Invoice.id < rest.decode_cursor(query.cursor, UUID))
    found = session.scalars(wanted.order_by(Invoice.id.desc()).limit(query.limit + 1)).all()
    rows, more = rest.cut(found, query.limit)
    cursor = rest.encode_cursor(str(rows[-1].id)) if more else None
    # What it is for leads to the matter: not for the payer, who knows, nor where it is kept back.
    staff, hidden = _sees_all(), subjects.guarded(session, rows)
    items = [_item(row, day, named=staff and row.id not in hidden) for row in rows]
    return rest.reply(InvoicePage(items, cursor), headers=rest.next_link(cursor))


def _filtered(query: InvoiceQuery, day: date) -> Select[Invoice]:
    wanted = select(Invoice)
    if query.state is not None:
        wanted = wanted.where(Invoice.state == query.state)
    if query.overdue:
        wanted = wanted.where(Invoice.state == "open", Invoice.next_due_on < day)
    if query.series is not None:
        wanted = wanted.where(Invoice.series == query.series)
    if query.subject_kind is not None:
        wanted = wanted.where(Invoice.subject_kind == query.subject_kind)
    if query.subject_id:
        wanted = wanted.where(Invoice.subject_id == query.subject_id)
    return wanted


@blueprint.route("/<number>")
@blueprint.public
@blueprint.answers(
    InvoiceDetail,
    summary="Satu tagihan dengan rincian dan riwayatnya",
    description="Dengan token petugas keuangan atau pembayarnya, atau kepala Link-Secret dengan kunci dari suratnya.",
    problems=(404, 429),
)
def get_invoice(number: str) -> InvoiceDetail:
    """For staff, the payer, or whoever holds its paper."""
    return _detail(_readable(number), staff=_sees_all())


@blueprint.route("/<number>/payments")
@blueprint.public
@blueprint.answers(PaymentList, summary="Pembayaran satu tagihan", problems=(404, 429))
def payments(number: str) -> PaymentList:
    """Every payment of which something went to this invoice; what was taken back stays in the list."""
    rows: dict[UUID, PaymentItem] = {}
    for moment in invoices.history(db.session(), _readable(number)):
        paid = moment.payment
        if paid is None:
            continue
        item = rows.setdefault(
            paid.id, PaymentItem(paid.receipt, paid.method, 0, paid.paid_at, taken_back=bool(paid.reversed))
        )
        item.amount -= moment.amount
    return PaymentList(list(rows.values()))


@blueprint.route("", methods=["POST"])
@blueprint.requires("billing.treasure")
@blueprint.body(InvoiceIn)
@blueprint.answers(
    Issued,
    status=201,
    summary="Terbitkan tagihan",
    description="Untuk sistem daerah di luar Balai. Nomornya berurutan tanpa celah; tagihan tidak pernah diubah.",
    problems=(403, 409, 422),
)
def create_invoice(body: InvoiceIn) -> Response:
    """Issue one invoice."""
    session = db.session()
    with _pointers():
        made = issuing.issue(session, _draft(body))
    audit.record(session, "billing.issued", subject_kind="invoice", subject_id=made.id,
                 data={"number": made.number, "total": made.total, "for": body.subject_kind})  # fmt: skip
    answer = Issued(made.number, made.total, invoices.public_path(session, made))
    return rest.reply(answer, 201, {"Location": f"{request.path}/{made.number}"})


@blueprint.route("/<number>/cancel", methods=["POST"])
@blueprint.requires("billing.approve")
@blueprint.body(Cancelling)
@blueprint.answers(
    InvoiceDetail,
    summary="Batalkan tagihan",
    description="Uang yang sudah masuk disimpan untuk pembayarnya.",
    problems=(403, 404, 409, 422),
)
def cancel(number: str, body: Cancelling) -> InvoiceDetail:
    """Cancel it, with the reason."""
    found = _for_staff(number)
    with _pointers():
        crediting.cancel(db.session(), found.id, reason=body.reason)
    return _detail(found, staff=True)


@blueprint.route("/<number>/credit", methods=["POST"])
@blueprint.requires("billing.approve")
@blueprint.body(Crediting)
@blueprint.answers(InvoiceDetail, summary="Beri potongan", problems=(403, 404, 409, 422))
def credit(number: str, body: Crediting) -> InvoiceDetail:
    """Take something off, with its reason and decree."""
    found = _for_staff(number)
    with _pointers():
        crediting.credit(db.session(), found.id, body.amount, reason=body.reason, decree=body.decree)
    return _detail(found, staff=True)


# --- who may see what ---


def _sees_all() -> bool:
    principal = auth.current()
    return principal is not None and principal.may("billing.view")


def _for_staff(number: str) -> Invoice:
    found = invoices.by_number(db.session(), number)
    if found is None:
        raise NotFound
    return found


def _readable(number: str) -> Invoice:
    """The invoice, for whoever may read it. Raises NotFound, also for one that is there."""
    principal = auth.current()
    if principal is None:
        limits.count("billing.lookup", allowed=_LOOKS, seconds=600)
    found = invoices.by_number(db.session(), number)
    if found is None:
        raise NotFound
    if _sees_all() or invoices.opens(found, request.headers.get(LINK_HEADER)):
        return found
    own = issuing.index_of(db.session(), principal.sub) if principal is not None else None
    if own is None or own != found.payer_index:
        raise NotFound
    return found


# --- shapes ---


def _item(row: Invoice, day: date, *, named: bool) -> InvoiceItem:
    return InvoiceItem(
        number=row.number, status=invoices.status_of(row, day), total=row.total, fees=row.fees, credited=row.credited,
        paid=row.applied, rest=row.rest, issued_on=row.issued_on, due_on=row.next_due_on, subject_kind=row.subject_kind,
        subject_id=row.subject_id if named else "",
    )  # fmt: skip


def _detail(row: Invoice, *, staff: bool) -> InvoiceDetail:
    session = db.session()
    hidden = staff and bool(subjects.guarded(session, [row]))
    moments = invoices.history(session, row)
    return InvoiceDetail(
        **msgspec.structs.asdict(_item(row, today(session), named=staff and not hidden)),
        payer=_payer(row, staff=staff, hidden=hidden),
        lines=[_line(line) for line in subjects.lines_for_staff(row, hidden=hidden)],
        history=[MomentOut(m.at, m.kind, m.amount, m.rest, m.reason) for m in moments],  # type: ignore[arg-type]
        instalments=[PartOut(**part) for part in instalments.parts_of(row)],
    )


def _payer(row: Invoice, *, staff: bool, hidden: bool) -> PayerOut:
    if hidden:
        return PayerOut(subjects.hidden_name(), "", "")
    payer = invoices.payer_of(db.session(), row)
    phone, email = payer.phone or "", payer.email or ""
    if staff:
        phone, email = phone and mask_phone(phone), email and mask_email(email)
    return PayerOut(payer.name, phone, email)


def _line(line: dict[str, Any]) -> LineOut:
    return LineOut(
        line["text"], line["amount"], line["account"], str(line["quantity"]), line["unit"], line["unit_price"],
        text_values(line["reason"]),
    )  # fmt: skip


def _draft(body: InvoiceIn) -> InvoiceDraft:
    rule = body.late_fee
    return InvoiceDraft(
        body.series, body.subject_kind, body.subject_id,
        Payer(body.payer.name, body.payer.phone or None, body.payer.email or None),
        [
            InvoiceLine(
                line.text, line.amount, line.account, int(line.quantity) if line.quantity.isdecimal() else line.quantity,
                line.unit_price, line.unit, line.reason,
            )
            for line in body.lines
        ],
        body.due_date,
        LateFee(**msgspec.structs.asdict(rule)) if rule is not None else None,
    )  # fmt: skip


@contextmanager
def _pointers() -> Iterator[None]:
    """What is wrong is named by a JSON pointer into the body."""
    try:
        yield
    except Invalid as problem:
        raise Invalid([FieldError(f"/{e.field.lstrip('/')}", e.message) for e in problem.errors]) from problem
