"""SQL of the counter that the ORM can't say. Units belong to a higher room, so only their rows are known here."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class CashUnit:
    """A unit that a member works in."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Cash that was taken for an invoice. member: who took it; reversed: whether it was taken back."""

    at: datetime
    amount: int
    member: str
    reversed: bool
    receipt_id: UUID


def unit_of(session: TenantSession, member_id: UUID) -> CashUnit | None:
    """The unit in which a member takes cash: of several the one that they lead, else the first by name; None without any."""
    query = text(
        "SELECT u.id, u.name FROM unit u WHERE u.tenant_id = :tenant AND u.active AND (u.head_id = :member OR EXISTS ("
        " SELECT 1 FROM unit_member m WHERE m.tenant_id = u.tenant_id AND m.unit_id = u.id AND m.member_id = :member))"
        " ORDER BY u.head_id IS NOT DISTINCT FROM :member DESC, u.name LIMIT 1"
    )
    row = session.execute(query, {"tenant": session.tenant_id, "member": member_id}).first()
    return CashUnit(row.id, row.name) if row is not None else None


def next_drawer_number(session: TenantSession) -> int:
    """Drawers count up in the region; whoever opens one waits for the other's commit."""
    digest = hashlib.sha256(f"drawer|{session.tenant_id}".encode()).digest()
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int.from_bytes(digest[:8], signed=True)})
    query = text("SELECT coalesce(max(number), 0) + 1 FROM cash_drawer WHERE tenant_id = :tenant")
    return int(session.scalar(query, {"tenant": session.tenant_id}) or 1)


def next_receipt_number(session: TenantSession, drawer_id: UUID) -> int:
    """Receipts count up in their drawer, whose row the caller has locked."""
    query = text("SELECT count(*) + 1 FROM cash_receipt WHERE tenant_id = :tenant AND drawer_id = :drawer")
    return int(session.scalar(query, {"tenant": session.tenant_id, "drawer": drawer_id}) or 1)


def taken_for(session: TenantSession, invoice_id: UUID, *, most: int = 5) -> list[Taken]:
    """What counters took for an invoice, newest first."""
    query = text(
        "SELECT r.at, c.amount, m.name, p.reversed > 0 AS reversed, r.id FROM cash_receipt_part c"
        " JOIN cash_receipt r ON r.tenant_id = c.tenant_id AND r.id = c.receipt_id"
        " JOIN payment p ON p.tenant_id = c.tenant_id AND p.id = c.payment_id"
        " JOIN member m ON m.tenant_id = r.tenant_id AND m.id = r.member_id"
        " WHERE c.tenant_id = :tenant AND c.invoice_id = :invoice ORDER BY r.id DESC LIMIT :most"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "invoice": invoice_id, "most": most})
    return [Taken(row.at, row.amount, row.name, row.reversed, row.id) for row in rows]


def member_names(session: TenantSession, ids: list[UUID]) -> dict[UUID, str]:
    """Names of members."""
    query = text("SELECT id, name FROM member WHERE tenant_id = :tenant AND id = ANY(:ids)")
    return {row.id: row.name for row in session.execute(query, {"tenant": session.tenant_id, "ids": ids})}
