"""Needs from the facts, and the texts that the keyword model reads. Every statement names its tenant."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from balai.db import TenantSession

_AT_ONCE: Final = 2000
_UNREAD: Final = text(
    """
SELECT f.case_id, f.asked_month, concat_ws(' ', c.summary, c.data ->> 'uraian', c.data ->> 'judul', c.data ->> 'rincian') AS words
FROM fact_case f JOIN cases c ON c.tenant_id = :tenant AND c.id = f.case_id
WHERE f.tenant_id = :tenant AND f.topic = 'lainnya' AND f.topic_by = '' AND c.visibility <> 'secret'
ORDER BY f.case_id LIMIT :most
"""
)


def unread(session: TenantSession) -> Sequence[Any]:
    """Cases of the category "lainnya" that the model hasn't read: case_id, asked_month, words."""
    return session.execute(_UNREAD, {"tenant": session.tenant_id, "most": _AT_ONCE}).all()


def set_topics(session: TenantSession, topics: Mapping[UUID, str], by: str) -> None:
    """Write topics into the facts."""
    rows = [{"tenant": session.tenant_id, "case": case, "topic": topic, "by": by} for case, topic in topics.items()]
    if rows:
        query = "UPDATE fact_case SET topic = :topic, topic_by = :by WHERE tenant_id = :tenant AND case_id = :case"
        session.execute(text(query), rows)


def months(session: TenantSession, since: date, until: date) -> Sequence[Any]:
    """The whole region's topic, month, asked, ended, in_time over [since, until)."""
    query = (
        "SELECT topic, month, asked, ended, in_time FROM fact_need WHERE tenant_id = :tenant AND district = ''"
        " AND month >= :since AND month < :until ORDER BY topic, month"
    )
    return session.execute(text(query), {"tenant": session.tenant_id, "since": since, "until": until}).all()


def districts(session: TenantSession, since: date, until: date) -> Sequence[Any]:
    """topic, district, and asked summed over [since, until), where there was any."""
    query = (
        "SELECT topic, district, CAST(sum(asked) AS int) AS asked FROM fact_need WHERE tenant_id = :tenant AND district <> ''"
        " AND month >= :since AND month < :until GROUP BY topic, district HAVING sum(asked) > 0"
    )
    return session.execute(text(query), {"tenant": session.tenant_id, "since": since, "until": until}).all()


_OVERDUE: Final = text(
    """
SELECT f.topic, count(DISTINCT e.case_id) AS overdue FROM case_event e
JOIN fact_case f ON f.tenant_id = :tenant AND f.case_id = e.case_id
WHERE e.tenant_id = :tenant AND e.kind = 'overdue' AND e.at >= :since AND e.at <= :until GROUP BY 1
"""
)


def overdue(session: TenantSession, since: datetime, until: datetime) -> dict[str, int]:
    """By topic: reports that became overdue in these days."""
    given = {"tenant": session.tenant_id, "since": since, "until": until}
    return {row.topic: row.overdue for row in session.execute(_OVERDUE, given)}


def asked_since(session: TenantSession, month: date) -> dict[str, int]:
    """By topic: reports since a month."""
    query = (
        "SELECT topic, sum(asked) AS asked FROM fact_need WHERE tenant_id = :tenant AND district = '' AND month >= :month"
        " GROUP BY 1"
    )
    rows = session.execute(text(query), {"tenant": session.tenant_id, "month": month})
    return {row.topic: int(row.asked) for row in rows}


_READ: Final = text(
    """
SELECT f.case_id, c.code, c.summary, f.topic, f.topic_by FROM fact_case f
JOIN cases c ON c.tenant_id = :tenant AND c.id = f.case_id
WHERE f.tenant_id = :tenant AND f.topic_by IN ('model', 'staff') AND c.visibility = 'public'
ORDER BY f.asked_month DESC, f.case_id DESC LIMIT 50
"""
)


def read_by_model(session: TenantSession) -> Sequence[Any]:
    """The newest cases that the model, or staff after it, put under a topic: case_id, code, summary, topic, topic_by."""
    return session.execute(_READ, {"tenant": session.tenant_id}).all()
