"""The roll-up in SQL: what happened in each touched case, and under which months that is booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec
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


# Chosen rows are looked up one by one (arrays, LATERAL with LIMIT): then an index is walked whatever the planner believes about a
# table that has just grown. o: the row that stood there before.
# touched -> what happened in each of those cases -> the row of fact_case. A fact that a closed month holds stays in it;
# everything else is booked under its own month, or under the first open one when its own is closed. Staff's test cases and what
# the gate holds (spam among it) are in no figure; one that was counted before it became such leaves the open months again.
_TOUCHED_SINCE = (
    "SELECT DISTINCT case_id FROM case_event WHERE tenant_id = :tenant AND xact >= :since AND xact < :until"
)
_TOUCHED_ALL = "SELECT id AS case_id FROM cases WHERE tenant_id = :tenant"
_TAKE_IN = """
WITH touched AS MATERIALIZED (
  {touched}
), told AS MATERIALIZED (
  SELECT e.case_id, count(DISTINCT e.unit) AS units, min(e.at) FILTER (WHERE e.kind = 'overdue') AS overdue_at,
    min(e.at) FILTER (WHERE e.kind = 'reopened') AS reopened_at, max(e.at) FILTER (WHERE e.kind = 'rated') AS rated_at,
    max(e.seq * 10 + CAST(e.data ->> 'stars' AS int)) FILTER (WHERE e.kind = 'rated') % 10 AS stars
  FROM case_event e WHERE e.tenant_id = :tenant AND e.case_id = ANY(ARRAY(SELECT case_id FROM touched)) GROUP BY e.case_id
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
    CASE c.outcome WHEN 'withdrawn' THEN true WHEN 'lapsed' THEN coalesce((
      SELECT s ->> 'waits_for' = 'citizen' FROM case_event l
      JOIN service_version v ON v.tenant_id = :tenant AND v.service_id = c.service_id AND v.version = c.service_version
      CROSS JOIN LATERAL jsonb_array_elements(v.document -> 'workflow' -> 'states') s
      WHERE l.tenant_id = :tenant AND l.case_id = c.id AND l.to_state = c.state AND s ->> 'key' = l.from_state
      ORDER BY l.seq DESC LIMIT 1), false) ELSE false END AS abandoned,
    (SELECT p.topic FROM case_topic p WHERE p.tenant_id = :tenant AND p.case_id = c.id) AS by_staff,
    coalesce(k.declared ->> (c.data ->> 'bidang'), c.data ->> 'bidang', k.topics ->> c.service_id, '') AS topic, f.o
  FROM told t JOIN cases c ON c.tenant_id = :tenant AND c.id = t.case_id
  CROSS JOIN (SELECT CAST(:declared AS jsonb) AS declared, CAST(:topics AS jsonb) AS topics) k
  LEFT JOIN LATERAL (SELECT o FROM fact_case o WHERE o.tenant_id = :tenant AND o.case_id = t.case_id LIMIT 1) f ON true
  WHERE NOT c.is_test AND c.held_at IS NULL
), shut AS MATERIALIZED (
  SELECT f.o FROM touched t
  CROSS JOIN LATERAL (SELECT o FROM fact_case o WHERE o.tenant_id = :tenant AND o.case_id = t.case_id LIMIT 1) f
  WHERE t.case_id NOT IN (SELECT id FROM seen) AND (f.o).asked_month >= :open
), left_out AS (
  DELETE FROM fact_case f WHERE f.tenant_id = :tenant AND f.case_id = ANY(ARRAY(SELECT (o).case_id FROM shut))
), booked AS MATERIALIZED (
  SELECT s.*, CASE WHEN (o).asked_month < :open THEN (o).asked_month ELSE greatest(asked, :open) END AS asked_month,
    CASE WHEN closed_at IS NULL THEN NULL
      WHEN (o).ended_month < :open AND (o).ended_at = closed_at THEN (o).ended_month ELSE greatest(ended, :open) END
      AS ended_month,
    CASE WHEN (o).overdue_month < :open THEN (o).overdue_month WHEN overdue IS NOT NULL THEN greatest(overdue, :open) END
      AS overdue_month,
    CASE WHEN (o).reopened_month < :open THEN (o).reopened_month WHEN reopened IS NOT NULL THEN greatest(reopened, :open) END
      AS reopened_month,
    CASE WHEN rated_at IS NULL THEN NULL
      WHEN (o).rated_month < :open AND (o).rated_at = s.rated_at THEN (o).rated_month ELSE greatest(rated, :open) END
      AS rated_month,
    CASE WHEN closed_at IS NOT NULL THEN
      (k.b)[d2 + 1] * 86400 + ((k.b)[d2 + 2] - (k.b)[d2 + 1]) * s2 - (k.b)[d1 + 1] * 86400 - ((k.b)[d1 + 2] - (k.b)[d1 + 1]) * s1
    END AS worked,
    (o).ended_month < :open AND (o).ended_at IS DISTINCT FROM closed_at AS taken_back,
    by_staff IS NULL AND topic = 'lainnya' AND (o).topic_by = 'model' AS read_before
  FROM seen s CROSS JOIN (SELECT CAST(:before AS int[]) AS b) k
), back AS (
  INSERT INTO fact_back (tenant_id, case_id, ended_at, month, service_id, district, topic, outcome, abandoned)
  SELECT :tenant, id, (o).ended_at, :open, (o).service_id, (o).district, (o).topic, (o).outcome, (o).abandoned
  FROM booked WHERE taken_back ON CONFLICT (tenant_id, case_id, ended_at) DO NOTHING
), kept AS (
  INSERT INTO fact_case (tenant_id, case_id, service_id, district, topic, topic_by, channel, assisted, pseudonym, year,
    asked_month, ended_at, ended_month, outcome, abandoned, worked, units, overdue_month, reopened_month, rated_at, rated_month,
    stars)
  SELECT :tenant, id, service_id, district, CASE WHEN read_before THEN (o).topic ELSE coalesce(by_staff, topic) END,
    CASE WHEN read_before THEN 'model' WHEN by_staff IS NOT NULL THEN 'staff' ELSE '' END, channel, assisted, pseudonym,
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
  SELECT (o).service_id, unnest(ARRAY[(o).asked_month, (o).ended_month, (o).overdue_month, (o).reopened_month, (o).rated_month])
    FROM (SELECT o FROM booked WHERE (o).case_id IS NOT NULL UNION ALL SELECT o FROM shut) before
  UNION ALL
  SELECT (o).service_id, CAST(:open AS date) FROM booked WHERE taken_back
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
        "declared": msgspec.json.encode(given.declared).decode(), "topics": msgspec.json.encode(given.topics).decode(),
    }  # fmt: skip
    if since is None:
        rows = session.execute(_TAKE_IN_ALL, values)
    else:
        rows = session.execute(_TAKE_IN_SINCE, {**values, "since": since, "until": until})
    return [(row.service_id, row.month) for row in rows]
