"""What plugins measured, by month."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text

from balai.contracts import MetricValue
from balai.db import TenantSession


def keep_metrics(session: TenantSession, plugin: str, month: date, values: Sequence[MetricValue], at: datetime) -> None:
    """Put a plugin's values of a month in the place of the older ones."""
    given = {"tenant": session.tenant_id, "plugin": plugin, "month": month}
    query = "DELETE FROM metric_value WHERE tenant_id = :tenant AND plugin = :plugin AND month = :month"
    session.execute(text(query), given)
    rows = [
        {
            **given, "metric": v.key, "district": v.district or "", "value": v.value, "numerator": v.numerator,
            "denominator": v.denominator, "source": v.source, "at": at,
        }
        for v in values
    ]  # fmt: skip
    if rows:
        session.execute(
            text(
                "INSERT INTO metric_value (tenant_id, plugin, metric, district, month, value, numerator, denominator, source,"
                " collected_at) VALUES (:tenant, :plugin, :metric, :district, :month, :value, :numerator, :denominator, :source,"
                " :at)"
            ),
            rows,
        )
