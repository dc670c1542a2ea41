"""SQL of payments that the ORM can't say: a lock on an order that may not exist, rows that may meet their twin, findings."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from balai.clock import now
from balai.db import TenantSession, driver, new_id

_FINDING = text(
    "INSERT INTO reconciliation_finding (tenant_id, id, provider, kind, order_code, reference, ours, theirs, payment_id, at,"
    " state, action, note) VALUES (:tenant, :id, :provider, :kind, :order_code, :reference, :ours, :theirs, :payment_id, :at,"
    " 'open', '', '') ON CONFLICT DO NOTHING"
)
_GATEWAY = "SELECT id, config, secrets FROM payment_gateway WHERE tenant_id = %s AND provider = %s"
_RUN = text(
    "INSERT INTO reconciliation_run (tenant_id, id, provider, day, phase, cursor, looked, found, problem, started_at)"
    " VALUES (:tenant, :id, :provider, :day, 'ask', '', 0, 0, '', :at) ON CONFLICT DO NOTHING"
)


def gateway(session: TenantSession, provider: str) -> tuple[UUID, dict[str, Any], str | None] | None:
    """A region's row of a provider as (id, config, sealed secrets): asked in every callback; the ORM costs a third of one."""
    session.flush()
    row: tuple[UUID, dict[str, Any], str | None] | None
    row = driver(session).execute(_GATEWAY, (session.tenant_id, provider)).fetchone()
    return row


def hold_order(session: TenantSession, provider: str, code: str) -> None:
    """Let everything that is said about one order come one after the other, until the end of the transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(session, provider, code)})


def hold_orders(session: TenantSession, provider: str, codes: Iterable[str]) -> None:
    """The same for many, in an order that everybody keeps."""
    numbers = sorted({_number(session, provider, code) for code in codes})
    driver(session).execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) n", (numbers,))


def _number(session: TenantSession, provider: str, code: str) -> int:
    digest = hashlib.sha256(f"order|{session.tenant_id}|{provider}|{code}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], signed=True)


def add_finding(
    session: TenantSession, provider: str, kind: str, *, order_code: str = "", reference: str = "",
    ours: int | None = None, theirs: int | None = None, payment_id: UUID | None = None,
) -> bool:  # fmt: skip
    """Write a finding down; False when the very same one is there already, done or not."""
    given: dict[str, Any] = {
        "tenant": session.tenant_id, "id": new_id(), "provider": provider, "kind": kind, "order_code": order_code[:64],
        "reference": reference[:100], "ours": ours, "theirs": theirs, "payment_id": payment_id, "at": now(),
    }  # fmt: skip
    made: Any = session.execute(_FINDING, given)
    return bool(made.rowcount)


def begin_run(session: TenantSession, provider: str, day: date) -> bool:
    """The night's run of one provider; False when it has begun before."""
    given = {"tenant": session.tenant_id, "id": new_id(), "provider": provider, "day": day, "at": now()}
    made: Any = session.execute(_RUN, given)
    return bool(made.rowcount)


def open_findings(session: TenantSession) -> int:
    """How many wait for somebody."""
    query = text("SELECT count(*) FROM reconciliation_finding WHERE tenant_id = :tenant AND state = 'open'")
    return int(session.scalar(query, {"tenant": session.tenant_id}) or 0)
