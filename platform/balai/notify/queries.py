"""SQL of the room that the ORM can't say: an advisory lock, an insert that may meet its twin, numbers per month."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from balai.clock import now
from balai.db import TenantSession, new_id


@dataclass(frozen=True, slots=True)
class Count:
    """Messages of one month ("2026-11", in the region's zone) over one channel. delivered: a receipt said so."""

    month: str
    channel: str
    written: int
    sent: int
    delivered: int
    undelivered: int


def hold_reference(session: TenantSession, channel: str, reference: str) -> None:
    """Let deliveries and receipts of one reference come one after the other, until the end of the transaction."""
    digest = hashlib.sha256(f"{session.tenant_id}|{channel}|{reference}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def keep_receipt(session: TenantSession, channel: str, reference: str, verdict: str) -> bool:
    """Keep a receipt; False when it is here already."""
    kept = session.execute(
        text(
            "INSERT INTO delivery_receipt (tenant_id, id, channel, reference, verdict, at)"
            " VALUES (:tenant, :id, :channel, :reference, :verdict, :at) ON CONFLICT DO NOTHING"
        ),
        {
            "tenant": session.tenant_id, "id": new_id(), "channel": channel, "reference": reference, "verdict": verdict,
            "at": now(),
        },
    )  # fmt: skip
    return bool(kept.rowcount)  # type: ignore[attr-defined]


def counts(session: TenantSession, *, since: datetime, until: datetime, zone: str) -> list[Count]:
    """Messages written from `since` up to `until` (aware), per month and channel, newest month first. Trials don't count."""
    rows = session.execute(
        text(
            "SELECT to_char(created_at AT TIME ZONE :zone, 'YYYY-MM') AS month, channel, count(*) AS written,"
            " count(*) FILTER (WHERE state = 'sent') AS sent, count(delivered_at) AS delivered,"
            " count(*) FILTER (WHERE state IN ('undelivered', 'dropped')) AS undelivered FROM message"
            " WHERE tenant_id = :tenant AND created_at >= :since AND created_at < :until AND template <> 'notify.trial'"
            " GROUP BY 1, 2 ORDER BY 1 DESC, 2"
        ),
        {"tenant": session.tenant_id, "zone": zone, "since": since, "until": until},
    )
    return [Count(r.month, r.channel, r.written, r.sent, r.delivered, r.undelivered) for r in rows]


def unread(session: TenantSession, member_id: object, *, most: int) -> int:
    """How many unread messages a member has in the console, counting no further than `most`."""
    query = text(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE tenant_id = :tenant AND member_id = :member AND read_at IS NULL"
        " AND channel = 'inapp' LIMIT :most) AS news"
    )
    return int(session.scalar(query, {"tenant": session.tenant_id, "member": member_id, "most": most}) or 0)
