"""The roll-up in SQL: what happened in each touched case, and under which months that is booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class Given:
    """What the statements need to know of a region: its zone and its calendar from `start` on.

    before: PostgreSQL array text; the n-th entry is how many working days lie before the n-th day; declared: category -> topic;
    topics: service -> topic of its document.
    """

    zone: str
    start: date
    before: str
    declared: Mapping[str, str]
    topics: Mapping[str, str]


# touched -> what happened in each of those cases -> the row of fact_case. A fact that a closed month holds stays in it;
# everything else is booked under its own month, or under the first open one when its own is closed.
_TOUCHED_SINCE = (
    "SELECT DISTINCT case_id FROM case_event WHERE tenant_id = :tenant AND xact >= :since AND xact < :until"
)
_TOUCHED_ALL = "SELECT id AS case_id FROM cases WHERE tenant_id = :tenant AND NOT is_test"
_TAKE_IN = """
WITH touched AS MATERIALIZED (
  {touched}
), told AS MATERIALIZED (
  SELECT e.case_id, count(DISTINCT e.unit) AS units, min(e.at) FILTER (WHERE e.kind = 'overdue') AS overdue_at,
    min(e.at) FILTER (WHERE e.kind = 'reopened') AS reopened_at, max(e.at) FILTER (WHERE e.kind = 'rated') AS rated_at,
    max(e.seq * 10 + CAST(e.data ->> 'stars' AS int)) FILTER (WHERE e.kind = 'rated') % 10 AS stars
  FROM touched t JOIN case_event e ON e.tenant_id = :tenant AND e.case_id = t.case_id GROUP BY e.case_id
), seen AS MATERIALIZED (
  SELECT c.id, c.service_id, CASE WHEN length(c.region) >= 8 THEN left(c.region, 8) ELSE '-' END AS district, c.channel,
    c.assisted, c.pseudonym, c.closed_at, c.outcome, t.units, t.rated_at, CAST(t.stars AS smallint) AS stars,
    CAST(date_trunc('month', c.filed_at AT TIME ZONE :zone) AS date) AS asked,
    CAST(date_trunc('month', c.closed_at AT TIME ZONE :zone) AS date) AS ended,
    CAST(date_trunc('month', t.overdue_at AT TIME ZONE :zone) AS date) AS overdue,
    CAST(date_trunc('month', t.reopened_at AT TIME ZONE :zone) AS date) AS reopened,
    CAST(date_trunc('month', t.rated_at AT TIME ZONE :zone) AS date) AS rated,
    CAST(c.filed_at AT TIME ZONE :zone AS date) - CAST(:start AS date) AS d1,
    CAST(floor(extract(epoch FROM CAST(c.filed_at AT TIME ZONE :zone AS time))) AS int) AS s1,
    CAST(c.closed_at AT TIME ZONE :zone AS date) - CAST(:start AS date) AS d2,
    CAST(floor(extract(epoch FROM CAST(c.closed_at AT TIME ZONE :zone AS time))) AS int) AS s2,
    c.outcome = 'withdrawn' OR c.outcome = 'lapsed' AND coalesce((
      SELECT s ->> 'waits_for' = 'citizen' FROM case_event l
      JOIN service_version v ON v.tenant_id = :tenant AND v.service_id = c.service_id AND v.version = c.service_version
      CROSS JOIN LATERAL jsonb_array_elements(v.document -> 'workflow' -> 'states') s
      WHERE l.tenant_id = :tenant AND l.case_id = c.id AND l.to_state = c.state AND s ->> 'key' = l.from_state
      ORDER BY l.seq DESC LIMIT 1), false) AS abandoned,
    coalesce(p.topic, d.topic, c.data ->> 'bidang', v.topic, '') AS topic,
    CASE WHEN p.topic IS NOT NULL THEN 'staff' ELSE '' END AS topic_by
  FROM told t JOIN cases c ON c.tenant_id = :tenant AND c.id = t.case_id
  LEFT JOIN case_topic p ON p.tenant_id = :tenant AND p.case_id = c.id
  LEFT JOIN unnest(CAST(:declared AS text[]), CAST(:means AS text[])) AS d (declared, topic)
    ON d.declared = c.data ->> 'bidang'
  LEFT JOIN unnest(CAST(:services AS text[]), CAST(:topics AS text[])) AS v (service_id, topic)
    ON v.service_id = c.service_id
  WHERE NOT c.is_test
), old AS MATERIALIZED (
  SELECT f.* FROM seen s JOIN fact_case f ON f.tenant_id = :tenant AND f.case_id = s.id
), booked AS (
  SELECT s.*, CASE WHEN o.asked_month < :open THEN o.asked_month ELSE greatest(s.asked, :open) END AS asked_month,
    CASE WHEN s.closed_at IS NULL THEN NULL
      WHEN o.ended_month < :open AND o.ended_at = s.closed_at THEN o.ended_month ELSE greatest(s.ended, :open) END AS ended_month,
    CASE WHEN o.overdue_month < :open THEN o.overdue_month WHEN s.overdue IS NOT NULL THEN greatest(s.overdue, :open) END
      AS overdue_month,
    CASE WHEN o.reopened_month < :open THEN o.reopened_month WHEN s.reopened IS NOT NULL THEN greatest(s.reopened, :open) END
      AS reopened_month,
    CASE WHEN s.rated_at IS NULL THEN NULL
      WHEN o.rated_month < :open AND o.rated_at = s.rated_at THEN o.rated_month ELSE greatest(s.rated, :open) END AS rated_month,
    CASE WHEN s.closed_at IS NOT NULL THEN
      (k.b)[s.d2 + 1] * 86400 + ((k.b)[s.d2 + 2] - (k.b)[s.d2 + 1]) * s.s2
      - (k.b)[s.d1 + 1] * 86400 - ((k.b)[s.d1 + 2] - (k.b)[s.d1 + 1]) * s.s1
    END AS worked,
    CASE WHEN o.topic_by = 'model' AND s.topic_by = '' AND s.topic = 'lainnya' THEN o.topic ELSE s.topic END AS topic_kept,
    CASE WHEN o.topic_by = 'model' AND s.topic_by = '' AND s.topic = 'lainnya' THEN 'model' ELSE s.topic_by END AS by_kept
  FROM seen s CROSS JOIN (SELECT CAST(:before AS int[]) AS b) k LEFT JOIN old o ON o.case_id = s.id
), back AS (
  INSERT INTO fact_back (tenant_id, case_id, ended_at, month, service_id, district, topic, outcome, abandoned)
  SELECT :tenant, o.case_id, o.ended_at, :open, o.service_id, o.district, o.topic, o.outcome, o.abandoned
  FROM old o JOIN seen s ON s.id = o.case_id WHERE o.ended_month < :open AND o.ended_at IS DISTINCT FROM s.closed_at
  ON CONFLICT (tenant_id, case_id, ended_at) DO NOTHING
), kept AS (
  INSERT INTO fact_case (tenant_id, case_id, service_id, district, topic, topic_by, channel, assisted, pseudonym, year,
    asked_month, ended_at, ended_month, outcome, abandoned, worked, units, overdue_month, reopened_month, rated_at, rated_month,
    stars)
  SELECT :tenant, id, service_id, district, topic_kept, by_kept, channel, assisted, pseudonym,
    CAST(extract(year FROM asked_month) AS smallint), asked_month, closed_at, ended_month, outcome, coalesce(abandoned, false),
    CASE WHEN worked < 0 THEN 0 ELSE worked END, units, overdue_month, reopened_month, rated_at, rated_month, stars FROM booked
  ON CONFLICT (tenant_id, case_id) DO UPDATE SET topic = excluded.topic, topic_by = excluded.topic_by,
    asked_month = excluded.asked_month, year = excluded.year, ended_at = excluded.ended_at, ended_month = excluded.ended_month,
    outcome = excluded.outcome, abandoned = excluded.abandoned, worked = excluded.worked, units = excluded.units,
    overdue_month = excluded.overdue_month, reopened_month = excluded.reopened_month, rated_at = excluded.rated_at,
    rated_month = excluded.rated_month, stars = excluded.stars, pseudonym = excluded.pseudonym
)
SELECT DISTINCT service_id, month FROM (
  SELECT service_id, unnest(ARRAY[asked_month, ended_month, overdue_month, reopened_month, rated_month]) AS month FROM booked
  UNION ALL
  SELECT service_id, unnest(ARRAY[asked_month, ended_month, overdue_month, reopened_month, rated_month]) FROM old
  UNION ALL
  SELECT o.service_id, CAST(:open AS date) FROM old o JOIN seen s ON s.id = o.case_id
    WHERE o.ended_month < :open AND o.ended_at IS DISTINCT FROM s.closed_at
) cells WHERE month >= :open ORDER BY 1, 2
"""
_TAKE_IN_SINCE: Final = text(_TAKE_IN.format(touched=_TOUCHED_SINCE))
_TAKE_IN_ALL: Final = text(_TAKE_IN.format(touched=_TOUCHED_ALL))


def take_in(
    session: TenantSession, given: Given, open_from: date, *, since: int | None, until: int
) -> list[tuple[str, date]]:
    """Bring fact_case up to the timeline; answers which (service, open month) have to be counted again.

    since: the transactions in [since, until) are looked at; None: every case.
    """
    values = {
        "tenant": session.tenant_id, "zone": given.zone, "start": given.start, "before": given.before, "open": open_from,
        "declared": list(given.declared), "means": list(given.declared.values()), "services": list(given.topics),
        "topics": list(given.topics.values()),
    }  # fmt: skip
    if since is None:
        rows = session.execute(_TAKE_IN_ALL, values)
    else:
        rows = session.execute(_TAKE_IN_SINCE, {**values, "since": since, "until": until})
    return [(row.service_id, row.month) for row in rows]
