"""Statements of notices: whom to tell, in which order, and the record of it. Every statement names its tenant."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from balai.api import TenantSession, new_id, now

# Hospitals and dialysis have the least time to fetch water, then clinics and schools.
_RANK = (
    "CASE c.priority WHEN 'hospital' THEN 0 WHEN 'dialysis' THEN 1 WHEN 'clinic' THEN 2 WHEN 'school' THEN 3 ELSE 9 END"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """A connection to be told: its number, and phone and email of its customer as they are stored (sealed)."""

    connection_id: UUID
    number: str
    customer_id: UUID
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of one kind of notice: connections, those without any address, and messages by state."""

    kind: str
    connections: int
    unreachable: int
    waiting: int
    sent: int
    failed: int


def array_of(ids: Iterable[UUID | None]) -> str:
    """Ids as the database reads an array of them: dumping 50,000 objects one by one costs more than the statement."""
    return "{" + ",".join(found.hex if found is not None else "NULL" for found in ids) + "}"


def hold(session: TenantSession, about: UUID) -> None:
    """Let notices about one thing come one after the other, until the end of the transaction."""
    digest = hashlib.sha256(f"water.notice|{session.tenant_id}|{about}".encode()).digest()
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int.from_bytes(digest[:8], signed=True)})


def untold(session: TenantSession, about: UUID, kind: str, connections: Collection[UUID]) -> list[Contact]:
    """Those of these connections that weren't told this yet and haven't ended, hospitals first, then by number."""
    query = text(
        "SELECT c.id, c.number, c.customer_id, u.phone, u.email"
        " FROM unnest(CAST(:ids AS uuid[])) i (id) JOIN water_connection c ON c.tenant_id = :tenant AND c.id = i.id"
        " JOIN water_customer u ON u.tenant_id = :tenant AND u.id = c.customer_id"
        " WHERE c.state <> 'terminated' AND NOT EXISTS (SELECT FROM water_notice n WHERE n.tenant_id = :tenant"
        " AND n.about = :about AND n.kind = :kind AND n.connection_id = c.id)"
        f" ORDER BY {_RANK}, c.number"
    )
    values = {"tenant": session.tenant_id, "about": about, "kind": kind, "ids": array_of(connections)}
    return [Contact(r.id, r.number, r.customer_id, r.phone, r.email) for r in session.execute(query, values)]


def keep(
    session: TenantSession, about: UUID, kind: str, connections: Sequence[UUID], messages: Sequence[UUID | None]
) -> None:
    """Record that these connections were told, each with its message."""
    query = text(
        "INSERT INTO water_notice (tenant_id, id, about, kind, connection_id, message_id, at)"
        " SELECT :tenant, n.id, :about, :kind, n.connection_id, n.message_id, :at FROM"
        " unnest(CAST(:ids AS uuid[]), CAST(:connections AS uuid[]), CAST(:messages AS uuid[])) n"
        " (id, connection_id, message_id)"
    )
    values = {
        "tenant": session.tenant_id, "about": about, "kind": kind, "at": now(),
        "ids": array_of(new_id() for _ in connections), "connections": array_of(connections), "messages": array_of(messages),
    }  # fmt: skip
    if connections:
        session.execute(query, values)


def reach(session: TenantSession, about: UUID) -> list[Reach]:
    """What became of the notices about one thing, oldest kind first."""
    query = text(
        "SELECT n.kind, count(*) AS connections, count(*) FILTER (WHERE n.message_id IS NULL) AS unreachable,"
        " count(*) FILTER (WHERE m.state IN ('queued', 'kept')) AS waiting, count(*) FILTER (WHERE m.state = 'sent') AS sent,"
        " count(*) FILTER (WHERE m.state IN ('undelivered', 'dropped', 'unwanted')) AS failed FROM water_notice n"
        " LEFT JOIN message m ON m.tenant_id = n.tenant_id AND m.id = n.message_id"
        " WHERE n.tenant_id = :tenant AND n.about = :about GROUP BY n.kind ORDER BY min(n.at), n.kind"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "about": about})
    return [Reach(r.kind, r.connections, r.unreachable, r.waiting, r.sent, r.failed) for r in rows]


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as staff see it. state: of the message, None = the customer left no address."""

    id: UUID
    kind: str
    number: str
    priority: str | None
    customer_id: UUID
    phone: str | None
    email: str | None
    channel: str | None
    state: str | None
    delivered: bool


def lines(session: TenantSession, about: UUID, *, kind: str, state: str, after: UUID | None, limit: int) -> list[Line]:
    """Notices of one kind in the order in which they were written. state: "" all, "none" without an address, or a message's."""
    query = text(
        "SELECT n.id, n.kind, c.number, c.priority, c.customer_id, u.phone, u.email, m.channel, m.state,"
        " m.delivered_at IS NOT NULL AS delivered FROM water_notice n"
        " JOIN water_connection c ON c.tenant_id = n.tenant_id AND c.id = n.connection_id"
        " JOIN water_customer u ON u.tenant_id = c.tenant_id AND u.id = c.customer_id"
        " LEFT JOIN message m ON m.tenant_id = n.tenant_id AND m.id = n.message_id"
        " WHERE n.tenant_id = :tenant AND n.about = :about AND n.kind = :kind"
        " AND (CAST(:after AS uuid) IS NULL OR n.id > :after)"
        " AND (:state = '' OR CASE WHEN n.message_id IS NULL THEN 'none' ELSE m.state END = :state)"
        " ORDER BY n.id LIMIT :limit"
    )
    values = {
        "tenant": session.tenant_id, "about": about, "kind": kind, "state": state, "after": after, "limit": limit,
    }  # fmt: skip
    rows = session.execute(query, values)
    return [
        Line(r.id, r.kind, r.number, r.priority, r.customer_id, r.phone, r.email, r.channel, r.state, r.delivered)
        for r in rows
    ]


def told(session: TenantSession, about: UUID, kinds: Collection[str], connections: Collection[UUID]) -> set[UUID]:
    """Which of these connections were told one of these kinds."""
    query = text(
        "SELECT DISTINCT connection_id FROM water_notice WHERE tenant_id = :tenant AND about = :about AND kind = ANY(:kinds)"
        " AND connection_id = ANY(:ids)"
    )
    values = {"tenant": session.tenant_id, "about": about, "kinds": list(kinds), "ids": list(connections)}
    return set(session.scalars(query, values))


def unreached(session: TenantSession, about: UUID, *, limit: int) -> list[tuple[str, str, str]]:
    """(number, name of the village, priority) of connections that couldn't be told for want of an address, by village."""
    query = text(
        "SELECT DISTINCT c.number, coalesce(a.name, c.region) AS village, coalesce(c.priority, '') AS priority"
        " FROM water_notice n JOIN water_connection c ON c.tenant_id = n.tenant_id AND c.id = n.connection_id"
        " LEFT JOIN area a ON a.tenant_id = c.tenant_id AND a.code = c.region"
        " WHERE n.tenant_id = :tenant AND n.about = :about AND n.message_id IS NULL ORDER BY 2, 1 LIMIT :limit"
    )
    rows = session.execute(query, {"tenant": session.tenant_id, "about": about, "limit": limit})
    return [(row.number, row.village, row.priority) for row in rows]
