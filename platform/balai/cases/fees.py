"""What a service costs, asked for when its case waits for it: cases calls billing, billing knows no case.

A case is billed when it enters a state that a step "event:invoice_settled" leaves: at filing (pay, then we work) or later
(approved, then pay, then fetch). It is taken when the invoice is settled; a case that ends unpaid takes its invoice with it.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from balai import billing, keys
from balai.billing import InvoiceDraft, InvoiceLine, Payer
from balai.cases import catalogue
from balai.cases.models import Case, CaseMark
from balai.cases.moving import lock, step_for_event
from balai.cases.people import SYSTEM
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession
from balai.web.i18n import gettext as _

SUBJECT: Final = "case"
SERIES: Final = "IZIN"
EVENT: Final = "invoice_settled"
ACCOUNT: Final = "pendapatan.layanan"
DAYS: Final = 14


def bill(session: TenantSession, case_id: UUID) -> billing.Invoice | None:
    """Issue the invoice that the case waits for, unless there is one already; None when it waits for none."""
    case = lock(session, case_id)
    service = catalogue.rules(session, case)
    if not case.is_open or case.is_test or not service.fee_amount or not _waits(service, case.state):
        return None
    if any(i.state != "cancelled" for i in billing.of_subject(session, SUBJECT, str(case.id))):
        return None
    billing.open_account(session, ACCOUNT, "Retribusi dan biaya layanan", "income")
    return billing.issue(session, _draft(session, case, service, service.fee_amount))


def drop(session: TenantSession, case_id: UUID) -> None:
    """The case has ended: what it still owes is no longer asked for. What was paid stays paid."""
    for invoice in billing.of_subject(session, SUBJECT, str(case_id)):
        if invoice.state == "open":
            billing.cancel(session, invoice.id, reason=_("Permohonannya sudah berakhir."))


def settled(session: TenantSession, invoice_id: UUID) -> None:
    """An invoice was paid: if it was for a case that waits for it, the case moves on."""
    invoice = session.get(billing.Invoice, (session.tenant_id, invoice_id))
    # Taken back in the meantime: the next payment tells again.
    if invoice is not None and invoice.subject_kind == SUBJECT and invoice.state == "paid":
        step_for_event(session, UUID(invoice.subject_id), EVENT, person=SYSTEM)


def invoices_of(session: TenantSession, case: Case) -> list[billing.Invoice]:
    """What a case has cost so far, newest first."""
    return list(billing.of_subject(session, SUBJECT, str(case.id)))


def kept_back(session: TenantSession, ids: Collection[str]) -> set[str]:
    """Cases whose people whoever handles money must not read about: secret ones, and those whose use is restricted."""
    return _ids(session, ids, or_(Case.visibility == "secret", _marked("restricted")))


def held(session: TenantSession, ids: Collection[str]) -> set[str]:
    """Cases of which nothing may be deleted."""
    return _ids(session, ids, _marked("hold"))


def _ids(session: TenantSession, ids: Collection[str], wanted: ColumnElement[bool]) -> set[str]:
    query = select(Case.id).where(Case.id.in_([UUID(i) for i in ids]), wanted)
    return {str(case_id) for case_id in session.scalars(query)}


def _marked(kind: str) -> ColumnElement[bool]:
    mine = and_(CaseMark.tenant_id == Case.tenant_id, CaseMark.case_id == Case.id)
    return exists().where(mine, CaseMark.kind == kind, CaseMark.ended_at.is_(None))


billing.guard(SUBJECT, kept_back, held=held)


def _waits(service: Service, state: str) -> bool:
    return any(step.by == f"event:{EVENT}" for step in service.workflow.leaving(state))


def _draft(session: TenantSession, case: Case, service: Service, amount: int) -> InvoiceDraft:
    name, phone, email = (keys.reveal(session, case, f"contact_{part}") for part in ("name", "phone", "email"))
    reason = {"layanan": service.title, "dasar": service.legal_basis, "permohonan": case.code}
    return InvoiceDraft(
        SERIES, SUBJECT, str(case.id), Payer(name or case.code, phone, email, index=case.reporter_index),
        [InvoiceLine(service.title[:300], amount, ACCOUNT, 1, amount, reason={k: v for k, v in reason.items() if v})],
        billing.booking_day(session, now()) + timedelta(days=DAYS), unit_id=case.unit_id,
    )  # fmt: skip
