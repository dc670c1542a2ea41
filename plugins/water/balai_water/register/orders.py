"""Requests on the spine drive the register: what was quoted is billed, what was installed becomes a connection, a name changes.

The officer answers the case as every other one; what the register still lacks after that (number, group, meter) waits as an
`Order` until somebody fills it in.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import (
    SYSTEM_PERSON,
    Case,
    Conflict,
    Event,
    Invalid,
    Invoice,
    InvoiceDraft,
    InvoiceLine,
    NotFound,
    Payer,
    TenantSession,
    cancel_invoice,
    gettext,
    invoices_of,
    issue_invoice,
    now,
    open_account,
    personal_answers,
    record_audit,
    step_for_event,
)
from balai_water.months import local_day
from balai_water.register import customers, services
from balai_water.register.models import Connection, Order
from balai_water.register.services import By

NEW: Final = "water.sambungan-baru"
TRANSFER: Final = "water.balik-nama"
SUBJECT: Final = "water.installation"
SERIES: Final = "PASANG"
ACCOUNT: Final = "pendapatan.air.pemasangan"
_PAYS: Final = "bayar"
_INSTALLED: Final = "selesai"
_DAYS: Final = 30


def case_of(session: TenantSession, case_id: UUID) -> Case | None:
    """The case, if it is one of the two that the register hears of."""
    case = session.scalars(select(Case).where(Case.id == case_id)).first()
    return case if case is not None and case.service_id in {NEW, TRANSFER} and not case.is_test else None


def on_case_moved(session: TenantSession, event: Event) -> None:
    """A quote was accepted: bill it, once (nothing to pay: go on). What became free of charge is no longer asked for."""
    case = case_of(session, UUID(event.subject_id))
    if case is None or case.service_id != NEW or not case.is_open:
        return
    if case.state != _PAYS:
        _cancel(session, case, gettext("Dipasang tanpa biaya."))
        return
    if any(invoice.state != "cancelled" for invoice in invoices_of(session, SUBJECT, str(case.id))):
        return
    price = int(case.data.get("harga") or 0)
    if price <= 0:
        step_for_event(session, case.id, "invoice_settled", person=SYSTEM_PERSON)
        return
    open_account(session, ACCOUNT, "Pemasangan sambungan air", "income")
    issue_invoice(session, _draft(session, case, price))


def _draft(session: TenantSession, case: Case, price: int) -> InvoiceDraft:
    told = answers_of(session, case)
    line = InvoiceLine(
        gettext("Pemasangan sambungan air"), price, ACCOUNT, 1, price, reason={"permohonan": case.code}
    )  # fmt: skip
    payer = Payer(told.get("nama") or case.code, told.get("telepon") or None, index=case.reporter_index)
    return InvoiceDraft(
        SERIES, SUBJECT, str(case.id), payer, [line], local_day(now()) + timedelta(days=_DAYS), unit_id=case.unit_id,
    )  # fmt: skip


def on_invoice_settled(session: TenantSession, event: Event) -> None:
    """The installation was paid: the case moves on."""
    invoice = session.get(Invoice, (session.tenant_id, UUID(event.subject_id)))
    if invoice is not None and invoice.subject_kind == SUBJECT and invoice.state == "paid":
        step_for_event(session, UUID(invoice.subject_id), "invoice_settled", person=SYSTEM_PERSON)


def on_case_closed(session: TenantSession, event: Event) -> None:
    """Installed: an order for a connection. Name transfer granted: the name changes, or an order says what is missing. Ended
    otherwise: what was still to be paid isn't asked for any more.
    """
    case = case_of(session, UUID(event.subject_id))
    if case is None or case.is_open:
        return
    if case.outcome != "done":
        _cancel(session, case, gettext("Permohonannya sudah berakhir."))
        return
    if case.state != _INSTALLED or _order(session, case.id) is not None:
        return
    order = Order(case_id=case.id, kind="connect" if case.service_id == NEW else "transfer")
    session.add(order)
    session.flush()
    if order.kind == "transfer":
        _transfer(session, order, case)


def _cancel(session: TenantSession, case: Case, reason: str) -> None:
    for invoice in invoices_of(session, SUBJECT, str(case.id)):
        if invoice.state == "open":
            cancel_invoice(session, invoice.id, reason=reason)


def _transfer(session: TenantSession, order: Order, case: Case) -> None:
    connection = services.by_number(session, str(case.data.get("nomor_sambungan", "")))
    if connection is None:
        return
    try:
        with session.begin_nested():
            transfer(session, order, connection, person_of(session, case), by=By(case_id=case.id))
    except (Invalid, Conflict):
        return  # the officer sees the order and what is wrong with it


def transfer(session: TenantSession, order: Order, connection: Connection, parts: Mapping[str, str], *, by: By) -> None:
    """Give the connection to the person of the request and end the order. Invalid, Conflict."""
    customer = customers.add(session, parts)
    services.transfer(session, connection.id, customer.id, reason=gettext("Permohonan balik nama"), by=by)
    finish(session, order, connection.id, by=by)


def finish(session: TenantSession, order: Order, connection_id: UUID, *, by: By) -> None:
    """The register has what the request led to."""
    order.state, order.connection_id, order.ended_at, order.member_id = "done", connection_id, now(), by.member_id
    session.flush()


def drop(session: TenantSession, order_id: UUID, *, reason: str, by: By) -> Order:
    """Nothing is to be done after all, for a reason that is recorded. Conflict when it was ended; Invalid, NotFound."""
    order = order_of(session, order_id)
    words = " ".join(reason.split())[:300]
    if len(words) < 3:  # noqa: PLR2004 - a word at least
        raise Invalid.field("alasan", gettext("Tulis alasannya."))
    order.state, order.ended_at, order.member_id = "dropped", now(), by.member_id
    record_audit(session, "water.order_dropped", subject_kind="case", subject_id=order.case_id, data={"reason": words})
    session.flush()
    return order


def order_of(session: TenantSession, order_id: UUID) -> Order:
    """An open order, locked; NotFound, Conflict when it was ended."""
    query = select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    order = session.scalars(query).first()
    if order is None:
        raise NotFound
    if order.state != "open":
        raise Conflict(gettext("Permohonan ini sudah dilengkapi."))
    return order


def answers_of(session: TenantSession, case: Case) -> dict[str, Any]:
    """All answers of a request, the sealed ones too: for its bill and its register, both of which it was filed for."""
    return {**case.data, **personal_answers(session, case)}


def person_of(session: TenantSession, case: Case) -> dict[str, str]:
    """Name, phone and NIK that the request names for the customer."""
    told = answers_of(session, case)
    name = told.get("nama") if case.service_id == NEW else told.get("nama_baru")
    return {
        "name": str(name or ""),
        "phone": str(told.get("telepon") or ""),
        "nik": str(told.get("nik") or ""),
        "email": "",
    }


def _order(session: TenantSession, case_id: UUID) -> Order | None:
    return session.scalars(select(Order).where(Order.case_id == case_id)).first()
