"""What the rules are told, read from the facts. Every statement names its tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text

from balai.db import TenantSession

_SUMS: Final = text(
    """
SELECT service_id, sum(asked) AS asked, sum(ended) AS ended, sum(completed) AS completed, sum(abandoned) AS abandoned,
  sum(late) AS late, sum(reopened) AS reopened, sum(rated) AS rated, sum(satisfied) AS satisfied, sum(assisted) AS assisted,
  sum(asked) - sum(known) AS unknown, coalesce(sum(asked) FILTER (WHERE month >= :half), 0) AS recent,
  coalesce(sum(asked) FILTER (WHERE month < :half), 0) AS earlier
FROM fact_month WHERE tenant_id = :tenant AND district = '' AND month >= :since AND month < :until GROUP BY service_id
"""
)
_PEOPLE: Final = text(
    """
SELECT service_id, count(*) AS people, count(*) FILTER (WHERE cases > 1) AS again FROM (
  SELECT service_id, pseudonym, count(*) AS cases FROM fact_case
  WHERE tenant_id = :tenant AND asked_month >= :since AND asked_month < :until AND pseudonym IS NOT NULL
  GROUP BY service_id, pseudonym) each GROUP BY service_id
"""
)
_TIMES: Final = text(
    """
SELECT service_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY worked) AS half,
  percentile_disc(0.9) WITHIN GROUP (ORDER BY worked) AS most
FROM fact_case WHERE tenant_id = :tenant AND ended_month >= :since AND ended_month < :until AND outcome <> 'merged'
GROUP BY service_id
"""
)
_REACHED: Final = text(
    "SELECT service_id, count(DISTINCT district) AS reached FROM fact_month WHERE tenant_id = :tenant"
    " AND district NOT IN ('', '-') AND asked > 0 AND month >= :since AND month < :until GROUP BY service_id"
)
_METRICS: Final = text(
    "SELECT plugin, metric, sum(value) AS value, sum(numerator) AS numerator, sum(denominator) AS denominator FROM metric_value"
    " WHERE tenant_id = :tenant AND month >= :since AND month < :until GROUP BY plugin, metric"
)
_SINCE: Final = text(
    """
SELECT p.plugin AS owner, min(p.changed_at) AS since FROM registry.tenant_plugin p
  WHERE p.tenant_id = :tenant AND p.state IN ('on', 'closing') GROUP BY 1
UNION ALL
SELECT service_id, min(since) FROM service_version WHERE tenant_id = :tenant GROUP BY 1
"""
)
_FIRST: Final = text(
    "SELECT service_id, min(month) FROM fact_month WHERE tenant_id = :tenant AND district = '' GROUP BY 1"
)


# Verdicts of before the day was kept tell it by their age.
_JUDGED: Final = text(
    """
SELECT subject, min(coalesce(CAST(nullif(figures ->> 'begun', '') AS date),
  CAST(month - CAST(figures ->> 'months_on' AS int) * interval '1 month' AS date))) AS begun
FROM verdict WHERE tenant_id = :tenant AND kind <> 'app' GROUP BY 1
"""
)


@dataclass(frozen=True, slots=True)
class Span:
    """Twelve whole months: [since, until), the second half from `half` on."""

    since: date
    half: date
    until: date


def figures(session: TenantSession, span: Span) -> dict[str, dict[str, Any]]:
    """By service: sums, people, times, districts."""
    given = {"tenant": session.tenant_id, "since": span.since, "until": span.until}
    found: dict[str, dict[str, Any]] = {}
    for query, values in (
        (_SUMS, {**given, "half": span.half}), (_PEOPLE, given), (_TIMES, given), (_REACHED, given),
    ):  # fmt: skip
        for row in session.execute(query, values).mappings():
            cell = found.setdefault(row["service_id"], {})
            cell.update({k: None if v is None else int(v) for k, v in row.items() if k != "service_id"})
    return found


def metrics(session: TenantSession, span: Span) -> Sequence[Any]:
    """Sums of what plugins measured: plugin, metric, value, numerator, denominator."""
    given = {"tenant": session.tenant_id, "since": span.since, "until": span.until}
    return session.execute(_METRICS, given).all()


def on_since(session: TenantSession) -> dict[str, datetime]:
    """By plugin, and by service for those whose rules were ever kept: since when it is on."""
    return {row.owner: row.since for row in session.execute(_SINCE, {"tenant": session.tenant_id})}


def first_months(session: TenantSession) -> dict[str, date]:
    """By service: the first month with a figure."""
    return {row[0]: row[1] for row in session.execute(_FIRST, {"tenant": session.tenant_id})}


def judged_since(session: TenantSession) -> dict[str, date]:
    """By service: the first day by which it was ever judged."""
    return {row.subject: row.begun for row in session.execute(_JUDGED, {"tenant": session.tenant_id})}


_SECTORS: Final = text(
    """
SELECT sector, max(people) AS people FROM (
  SELECT s.sector, f.year, count(DISTINCT f.pseudonym) AS people
  FROM unnest(CAST(:services AS text[]), CAST(:sectors AS text[])) AS s (service_id, sector)
  JOIN fact_case f ON f.tenant_id = :tenant AND f.service_id = s.service_id AND f.asked_month >= :since AND f.asked_month < :until
  GROUP BY 1, 2) years GROUP BY 1
"""
)


def people_by_sector(session: TenantSession, span: Span, services: Mapping[str, str]) -> dict[str, int]:
    """By sector: how many different people at least, whichever of its services they used (service -> sector). Pseudonyms are new
    each year, so the years aren't added: the same people would count twice.
    """
    given = {
        "tenant": session.tenant_id, "since": span.since, "until": span.until, "services": list(services),
        "sectors": list(services.values()),
    }  # fmt: skip
    return {row.sector: int(row.people) for row in session.execute(_SECTORS, given)}


_MESSAGES: Final = text(
    """
SELECT split_part(c.service_id, '.', 1) AS owner, m.channel, count(*) AS number FROM message m
JOIN cases c ON c.tenant_id = :tenant AND c.id = m.about_id
WHERE m.tenant_id = :tenant AND m.about_kind = 'case' AND m.state = 'sent' AND m.sent_at >= :since AND m.sent_at < :until
GROUP BY 1, 2 ORDER BY 1, 2
"""
)


def messages(session: TenantSession, since: datetime, until: datetime) -> Sequence[Any]:
    """Messages that left in [since, until), by owner of the service and channel."""
    return session.execute(_MESSAGES, {"tenant": session.tenant_id, "since": since, "until": until}).all()
