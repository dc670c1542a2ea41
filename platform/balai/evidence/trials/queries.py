"""What a trial achieved, from the facts. Every statement names its tenant."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from balai.db import TenantSession

_RESULT: Final = text(
    """
SELECT (SELECT count(*) FROM cases c WHERE c.tenant_id = :tenant AND NOT c.is_test AND c.held_at IS NULL
    AND c.filed_at >= :since AND c.filed_at < :until
    AND (c.service_id = :subject OR split_part(c.service_id, '.', 1) = :subject)) AS asked,
  count(*) AS ended, count(*) FILTER (WHERE outcome = 'done') AS completed,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY worked) AS half
FROM fact_case WHERE tenant_id = :tenant AND (service_id = :subject OR split_part(service_id, '.', 1) = :subject)
  AND ended_at >= :since AND ended_at < :until AND outcome <> 'merged'
"""
)


def result(session: TenantSession, subject: str, since: datetime, until: datetime) -> dict[str, Decimal | None]:
    """asked, share completed in per cent, median working days over [since, until); None where nothing ended."""
    given: dict[str, Any] = {"tenant": session.tenant_id, "subject": subject, "since": since, "until": until}
    row = session.execute(_RESULT, given).one()
    share = Decimal(row.completed * 100) / row.ended if row.ended else None
    days = Decimal(row.half) / 86400 if row.half is not None else None
    return {
        "asked": Decimal(row.asked),
        "completed": None if share is None else round(share, 1),
        "days": None if days is None else round(days, 1),
    }


def spent(session: TenantSession, subject: str, year: int) -> int:
    """Rupiah entered for a subject in a year."""
    query = "SELECT coalesce(sum(amount), 0) FROM service_cost WHERE tenant_id = :tenant AND subject = :subject AND year = :year"
    given = {"tenant": session.tenant_id, "subject": subject, "year": year}
    return int(session.execute(text(query), given).scalar_one())
