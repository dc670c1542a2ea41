"""Objections to bills: services on the spine that find the bill they are about by themselves."""

import re
from datetime import date
from typing import Final

from sqlalchemy import select

from balai.api import Case, Event, TenantSession, new_id
from balai_water import cells
from balai_water.bills.models import Bill, Objection
from balai_water.register.models import Connection

SERVICE: Final = "water.keberatan-tagihan"


def on_case_filed(session: TenantSession, event: Event) -> None:
    """Link a new objection to its bill, when number and month name one; told again it changes nothing."""
    case = session.get(Case, (session.tenant_id, event.subject_id))
    if case is None or case.service_id != SERVICE:
        return
    if session.scalars(select(Objection.id).where(Objection.case_id == case.id)).first() is not None:
        return
    month = _month(str(case.data.get("bulan", "")))
    number = re.sub(r"\s", "", str(case.data.get("nomor_sambungan", "")))
    if month is None or not number:
        return
    query = (
        select(Bill.id)
        .join(Connection, (Connection.tenant_id == Bill.tenant_id) & (Connection.id == Bill.connection_id))
        .where(Connection.number == number, Bill.month == month)
    )
    bill_id = session.scalars(query).first()
    if bill_id is not None:
        session.add(Objection(id=new_id(), bill_id=bill_id, case_id=case.id))


def _month(text: str) -> date | None:
    try:
        return cells.read_month(text)
    except cells.CellError:
        return None
