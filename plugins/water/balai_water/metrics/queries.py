"""Sums behind the metrics. Each statement names its tenant."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from balai.api import TenantSession

# Households by place (village or district code) with water of a connection, or of another safe source, at the end of a month.
_CONNECTED: Final = text(
    """
SELECT region, count(*) AS number FROM water_connection
WHERE tenant_id = :tenant AND (since IS NULL OR since <= :day)
  AND (state = 'active' OR (state = 'terminated' AND ended_on > :day)) GROUP BY 1
"""
)
_OTHERWISE: Final = text(
    "SELECT region, sum(households) AS number FROM water_source WHERE tenant_id = :tenant AND active AND year <= :year GROUP BY 1"
)
_SOLVED: Final = text(
    """
SELECT count(*) FILTER (WHERE outcome = 'done') AS solved, count(*) AS filed FROM cases
WHERE tenant_id = :tenant AND service_id = ANY(:services) AND filed_at >= :since AND filed_at < :until
  AND NOT is_test AND held_at IS NULL AND (outcome IS NULL OR outcome NOT IN ('merged', 'withdrawn'))
"""
)
# What other systems bill is told as paid or not; what was billed here says how much of it came in.
_COLLECTED: Final = text(
    """
SELECT coalesce(sum(CASE WHEN i.id IS NOT NULL THEN i.total + i.fees - i.credited - i.outstanding
    WHEN b.paid_on IS NOT NULL THEN b.total ELSE 0 END), 0) AS paid,
  coalesce(sum(CASE WHEN i.id IS NOT NULL THEN i.total + i.fees - i.credited ELSE b.total END), 0) AS billed
FROM water_bill b LEFT JOIN invoice i ON i.tenant_id = b.tenant_id AND i.id = b.invoice_id
WHERE b.tenant_id = :tenant AND b.month = :month AND (i.id IS NULL OR i.state <> 'cancelled')
"""
)
_TOLD: Final = text(
    """
SELECT count(*) AS touched, count(*) FILTER (WHERE EXISTS (
    SELECT FROM water_notice n JOIN message m ON m.tenant_id = n.tenant_id AND m.id = n.message_id
    WHERE n.tenant_id = c.tenant_id AND n.about = o.id AND n.connection_id = c.connection_id
      AND m.state = 'sent' AND m.sent_at < o.starts_at)) AS told
FROM water_outage o JOIN water_outage_connection c ON c.tenant_id = o.tenant_id AND c.outage_id = o.id
WHERE o.tenant_id = :tenant AND o.kind = 'planned' AND o.state IN ('announced', 'ended')
  AND o.starts_at >= :since AND o.starts_at < :until AND c.spared_at IS NULL
"""
)


def connected(session: TenantSession, day: date) -> dict[str, int]:
    """Connections with water on a day, by the place where they lie."""
    rows = session.execute(_CONNECTED, {"tenant": session.tenant_id, "day": day})
    return {row.region: row.number for row in rows}


def served_otherwise(session: TenantSession, year: int) -> dict[str, int]:
    """Households at other safe sources that were counted until a year, by place."""
    rows = session.execute(_OTHERWISE, {"tenant": session.tenant_id, "year": year})
    return {row.region: int(row.number) for row in rows}


def solved(session: TenantSession, services: Sequence[str], since: datetime, until: datetime) -> tuple[int, int]:
    """(solved, all) complaints that came in within [since, until); withdrawn and merged ones are none."""
    values = {"tenant": session.tenant_id, "services": list(services), "since": since, "until": until}
    row = session.execute(_SOLVED, values).one()
    return row.solved, row.filed


def collected(session: TenantSession, month: date) -> tuple[int, int]:
    """(paid, billed) rupiah of a month's bills, late fees and credits included; cancelled bills are none."""
    row = session.execute(_COLLECTED, {"tenant": session.tenant_id, "month": month}).one()
    return int(row.paid), int(row.billed)


def told_before(session: TenantSession, since: datetime, until: datetime) -> tuple[int, int]:
    """(told before it began, touched) connections of planned outages that began within [since, until)."""
    row = session.execute(_TOLD, {"tenant": session.tenant_id, "since": since, "until": until}).one()
    return row.told, row.touched
