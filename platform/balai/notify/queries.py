"""SQL of the room that the ORM can't say: an advisory lock, an insert that may meet its twin, numbers per month."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import text

from balai.clock import now
from balai.db import TenantSession, driver, new_id

_MESSAGES = """
INSERT INTO message (tenant_id, channel, template, about_kind, about_id, state, urgent, due_at, created_at, attempts, problem,
  reference, id, recipient, address_index, subject, body)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', '', m.*
FROM unnest($10::uuid[], $11::text[], $12::text[], $13::text[], $14::text[]) m (id, recipient, address_index, subject, body)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """What messages of one statement have in common."""

    channel: str
    template: str
    about_kind: str
    about_id: UUID
    state: str
    urgent: bool
    due_at: datetime | None


class NewMessage(NamedTuple):
    """What is each message's own: sealed values, and the index of its address."""

    id: UUID
    recipient: str
    address_index: str | None
    subject: str
    body: str


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


@contextmanager
def written_ahead(session: TenantSession) -> Iterator[None]:
    """The database works on what was sent while the caller prepares the next; what it refuses is raised by the end."""
    with driver(session).pipeline():
        yield


def add_messages(session: TenantSession, head: Head, rows: Sequence[NewMessage]) -> None:
    """Write messages by one statement."""
    columns = (
        _array(row.id.hex for row in rows), _array(row.recipient for row in rows),
        _array(row.address_index or "NULL" for row in rows), _array(row.subject for row in rows),
        _array(row.body for row in rows),
    )  # fmt: skip
    common = (
        session.tenant_id, head.channel, head.template, head.about_kind, head.about_id, head.state, head.urgent, head.due_at,
        now(),
    )  # fmt: skip
    psycopg.RawCursor(driver(session)).execute(_MESSAGES, (*common, *columns))


def _array(values: Iterable[str]) -> str:
    """An array as the database reads it; of sealed values, ids and indexes, which need no quotes."""
    return "{" + ",".join(values) + "}"


def waiting_ids(
    session: TenantSession, channel: str, about: UUID, *, after: UUID, until: UUID, limit: int
) -> list[UUID]:
    """Ids of queued messages of one channel about one thing, in order, behind `after` and up to `until`."""
    query = text(
        "SELECT id FROM message WHERE tenant_id = :tenant AND about_id = :about AND id > :after AND id <= :until"
        " AND channel = :channel AND state = 'queued' ORDER BY id LIMIT :limit"
    )
    values = {
        "tenant": session.tenant_id, "about": about, "after": after, "until": until, "channel": channel, "limit": limit,
    }  # fmt: skip
    return list(session.scalars(query, values))


def unread(session: TenantSession, member_id: object, *, most: int) -> int:
    """How many unread messages a member has in the console, counting no further than `most`."""
    query = text(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE tenant_id = :tenant AND member_id = :member AND read_at IS NULL"
        " AND channel = 'inapp' LIMIT :most) AS news"
    )
    return int(session.scalar(query, {"tenant": session.tenant_id, "member": member_id, "most": most}) or 0)
