"""What was billed and read, by zone and month. Each statement with its tenant."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from balai.api import TenantSession

# Bills say what was billed; a month without any is told by its readings.
_BILLED: Final = text(
    """
SELECT c.zone_id, b.month, sum(b.use_m3) AS cubic
FROM water_bill b JOIN water_connection c ON c.tenant_id = b.tenant_id AND c.id = b.connection_id
WHERE b.tenant_id = :tenant AND b.month BETWEEN :since AND :until GROUP BY 1, 2
"""
)
_READ: Final = text(
    """
SELECT c.zone_id, r.month, sum(r.use) AS cubic, count(*) FILTER (WHERE r.kind <> 'estimate') AS read
FROM water_reading r JOIN water_connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
WHERE r.tenant_id = :tenant AND r.month BETWEEN :since AND :until AND r.state = 'accepted' GROUP BY 1, 2
"""
)
# Nobody reads what is suspended or cut off; what was terminated counted until its last month.
_CONNECTIONS: Final = text(
    """
SELECT c.zone_id, CAST(m AS date) AS month, count(*) AS number
FROM generate_series(CAST(:since AS timestamp), CAST(:until AS timestamp), interval '1 month') m
JOIN water_connection c ON c.tenant_id = :tenant AND c.state IN ('active', 'terminated')
  AND (c.since IS NULL OR c.since < m + interval '1 month')
  AND (c.state = 'active' OR c.ended_on >= m)
GROUP BY 1, 2
"""
)


def _asked(session: TenantSession, statement: Any, since: date, until: date) -> Sequence[Any]:
    return session.execute(statement, {"tenant": session.tenant_id, "since": since, "until": until}).all()


def billed(session: TenantSession, since: date, until: date) -> Sequence[Any]:
    """(zone_id or None, month, cubic metres) of the months' bills."""
    return _asked(session, _BILLED, since, until)


def read(session: TenantSession, since: date, until: date) -> Sequence[Any]:
    """(zone_id or None, month, cubic metres, connections that somebody read) of the months' readings."""
    return _asked(session, _READ, since, until)


def connections(session: TenantSession, since: date, until: date) -> Sequence[Any]:
    """(zone_id or None, month, number) of connections in use."""
    return _asked(session, _CONNECTIONS, since, until)
