"""Facts for pages, each with its tenant."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from balai.db import TenantSession

_TABLES: Final = frozenset({"service_cost", "known_app", "place_count", "fact_case"})
_MONTHS: Final = text(
    """
SELECT CAST(m AS date) AS month, coalesce(f.asked, 0) AS asked, coalesce(f.completed, 0) AS completed,
  coalesce(f.people, 0) AS people, f.half, f.most, coalesce(f.rated, 0) AS rated, coalesce(f.stars, 0) AS stars
FROM generate_series(CAST(:since AS timestamp), CAST(:until AS timestamp) - interval '1 month', interval '1 month') m
LEFT JOIN fact_month f ON f.tenant_id = :tenant AND f.service_id = :service AND f.district = '' AND f.month = CAST(m AS date)
ORDER BY 1
"""
)


def months(session: TenantSession, service_id: str, since: date, until: date) -> Sequence[Any]:
    """Every month of [since, until), also those without a figure."""
    given = {"tenant": session.tenant_id, "service": service_id, "since": since, "until": until}
    return session.execute(_MONTHS, given).all()


def districts(session: TenantSession, service_id: str, since: date, until: date) -> Sequence[Any]:
    """Sums of a service by district over [since, until)."""
    query = (
        "SELECT district, sum(asked) AS asked, sum(completed) AS completed FROM fact_month WHERE tenant_id = :tenant"
        " AND service_id = :service AND district <> '' AND month >= :since AND month < :until GROUP BY district ORDER BY 1"
    )
    given = {"tenant": session.tenant_id, "service": service_id, "since": since, "until": until}
    return session.execute(text(query), given).all()


_WAYS: Final = text(
    """
WITH mine AS MATERIALIZED (
  SELECT channels, ended, units FROM fact_month
  WHERE tenant_id = :tenant AND service_id = :service AND district = '' AND month >= :since AND month < :until
)
SELECT c.key AS channel, sum(CAST(c.value AS int)) AS asked, 0 AS ended, 0 AS units
FROM mine CROSS JOIN LATERAL jsonb_each_text(channels) c GROUP BY 1
UNION ALL SELECT '', 0, coalesce(sum(ended), 0), coalesce(sum(units), 0) FROM mine
ORDER BY 2 DESC, 1
"""
)


def ways(session: TenantSession, service_id: str, since: date, until: date) -> Sequence[Any]:
    """By channel: how often it was asked over [since, until); the row with channel "": ended cases and the units they passed."""
    given = {"tenant": session.tenant_id, "service": service_id, "since": since, "until": until}
    return session.execute(_WAYS, given).all()


def anything(session: TenantSession, table: str) -> bool:
    """Whether one of the room's tables holds a row of this region."""
    if table not in _TABLES:
        raise KeyError(table)
    query = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE tenant_id = :tenant)"
    return bool(session.execute(text(query), {"tenant": session.tenant_id}).scalar_one())
