"""SQL of bank statements that the ORM can't say."""

import hashlib
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text

from balai.db import TenantSession


def hold_layout(session: TenantSession, layout_id: UUID) -> None:
    """Let files of one account come one after the other, until the end of the transaction."""
    digest = hashlib.sha256(f"bank|{session.tenant_id}|{layout_id}".encode()).digest()
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int.from_bytes(digest[:8], signed=True)})


def known_digests(session: TenantSession, layout_id: UUID, digests: Collection[str]) -> set[str]:
    """Which of these lines this account's earlier files have brought."""
    query = text(
        "SELECT digest FROM bank_line WHERE tenant_id = :tenant AND layout_id = :layout AND state <> 'undone'"
        " AND digest = ANY(:digests)"
    )
    given = {"tenant": session.tenant_id, "layout": layout_id, "digests": list(digests)}
    return set(session.scalars(query, given))


def queued_total(session: TenantSession) -> tuple[int, int]:
    """(how many, rupiah) of bank lines whose money nobody has placed yet."""
    row = session.execute(
        text(
            "SELECT count(*) AS n, coalesce(sum(p.unmatched), 0) AS rupiah FROM bank_line l JOIN payment p"
            " ON p.tenant_id = l.tenant_id AND p.id = l.payment_id"
            " WHERE l.tenant_id = :tenant AND l.state <> 'undone' AND p.unmatched > 0"
        ),
        {"tenant": session.tenant_id},
    ).one()
    return int(row.n), int(row.rupiah)
