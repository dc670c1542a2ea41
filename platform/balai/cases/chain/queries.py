"""The timeline of many cases added up in one statement; its rows never leave the database.

Up to EXACT cases every one is walked; beyond, a fixed random choice of SAMPLE: ids hash evenly, so the choice is fair and the
same at every look.

Words used here: a *piece* is the time from one row of the timeline to the next; a *leg* is the time in one state; a *stay* is
all the time that one case spent in one unit; a *step* is a transition that was taken. Times are working days, 24 hours each; free
days count nothing. An act that was taken back, and the taking back itself (always the row after it), never happened.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select, text

from balai.cases.chain.figures import Chain, Edge, Known, Step, UnitTimes, WorkDays
from balai.cases.models import Case
from balai.db import TenantSession

# Without-this-unit is asked for the units that most cases passed; a region that assigns by hand may have dozens more.
MOST_UNITS = 12
# With so many, a share of 98 % is known to 0.3 points (95 of 100 times), and the page costs the same at a million cases.
SAMPLE = 10_000
# What is walked whole: one and a half seconds of the database's time, which who opens the page once a week can wait for.
EXACT = 20_000
# How the statement writes whom a state waits for: a place of this list.
WAITS = ("staff", "citizen", "other", "closed")

_WALK = """
WITH chosen AS MATERIALIZED (
  SELECT id, service_version, closed_at FROM cases
  WHERE tenant_id = :tenant AND service_id = :service AND closed_at >= :since AND closed_at < :until
    AND NOT is_test AND outcome <> 'merged'
  ORDER BY hashtextextended(CAST(id AS text), 0) LIMIT :sample
), calendar AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:days AS date[]), CAST(:before AS int[]), CAST(:works AS int[])) AS c (day, before, works)
), known AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:state_versions AS int[]), CAST(:states AS text[]), CAST(:waits AS int[]))
    AS k (version, state, waits)
), giving AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:step_versions AS int[]), CAST(:steps AS text[])) AS g (version, step)
), told AS (
  SELECT e.case_id, e.seq, e.at, e.unit, e.from_state, e.to_state, e.actor_kind, e.data, h.service_version,
    e.data ->> 'undo' IS NOT NULL AS undoes,
    lead(e.data ->> 'undo' IS NOT NULL, 1, false) OVER (PARTITION BY e.case_id ORDER BY e.seq) AS undone
  FROM chosen h JOIN case_event e ON e.tenant_id = :tenant AND e.case_id = h.id AND e.at <= h.closed_at
), marks AS (
  SELECT e.case_id, e.seq, e.unit, e.from_state, e.to_state IS NOT NULL AS moves, e.actor_kind, g.step IS NOT NULL AS gave,
    e.data ->> 'step' AS step, e.data ->> 'effect' AS effect,
    CASE WHEN e.to_state IS NOT NULL THEN e.seq * 4 + coalesce(k.waits, 0) END AS entered,
    c.before + c.works * CAST(extract(epoch FROM (e.at AT TIME ZONE :zone) - c.day) AS float8) / 86400 AS place
  FROM told e
  JOIN calendar c ON c.day = CAST(e.at AT TIME ZONE :zone AS date)
  LEFT JOIN known k ON k.version = e.service_version AND k.state = e.to_state
  LEFT JOIN giving g ON g.version = e.service_version AND g.step = e.data ->> 'step'
  WHERE NOT e.undoes AND NOT e.undone
), placed AS (
  SELECT m.*, lag(unit) OVER w AS came_from, lead(place) OVER w - place AS days,
    max(place) FILTER (WHERE moves) OVER w AS leg_from, max(seq) FILTER (WHERE moves) OVER w AS leg,
    CAST(max(entered) OVER w AS bigint) & 3 AS waits
  FROM marks m WINDOW w AS (PARTITION BY case_id ORDER BY seq ROWS UNBOUNDED PRECEDING)
), walked AS MATERIALIZED (
  SELECT case_id, seq, unit, came_from, from_state, actor_kind, step, effect, gave, days, waits,
    leg, lag(leg) OVER w AS left_leg, place - lag(leg_from) OVER w AS took,
    coalesce(
      max(seq) FILTER (WHERE actor_kind = 'staff' AND unit IS NOT DISTINCT FROM came_from) OVER w
        > max(seq) FILTER (WHERE unit IS DISTINCT FROM came_from) OVER w, false) AS opened
  FROM placed WINDOW w AS (PARTITION BY case_id ORDER BY seq ROWS UNBOUNDED PRECEDING)
), stays AS MATERIALIZED (
  SELECT case_id, unit, min(seq) AS first_seq,
    coalesce(sum(days) FILTER (WHERE waits = 0 AND NOT opened), 0) AS waiting,
    coalesce(sum(days) FILTER (WHERE waits = 0 AND opened), 0) AS working,
    coalesce(sum(days) FILTER (WHERE waits <> 0), 0) AS paused
  FROM walked WHERE waits <> 3 AND unit IS NOT NULL GROUP BY case_id, unit
), acts AS MATERIALIZED (
  SELECT case_id, came_from AS unit, bool_or(effect = 'changed') AS changed, bool_or(effect = 'returned') AS returned,
    bool_or(effect = 'refused') AS refused, bool_or(gave) AS gave
  FROM walked WHERE step IS NOT NULL AND actor_kind = 'staff' AND came_from IS NOT NULL GROUP BY case_id, came_from
), totals AS MATERIALIZED (
  SELECT case_id, sum(waiting + working + paused) AS total FROM stays GROUP BY case_id
), per_unit AS MATERIALIZED (
  SELECT s.unit, count(*) AS cases, avg(s.first_seq) AS rank,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY s.waiting) AS waiting,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY s.working) AS working,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY s.waiting + s.working) AS own,
    sum(s.waiting) AS waiting_sum, sum(s.working) AS working_sum, sum(s.paused) AS paused_sum,
    count(a.case_id) AS decided, count(*) FILTER (WHERE a.changed) AS changed,
    count(*) FILTER (WHERE a.returned) AS returned, count(*) FILTER (WHERE a.refused) AS refused,
    count(*) FILTER (WHERE a.changed OR a.returned OR a.refused) AS altered, count(*) FILTER (WHERE a.gave) AS gave
  FROM stays s LEFT JOIN acts a ON a.case_id = s.case_id AND a.unit = s.unit GROUP BY s.unit
), without AS (
  SELECT u.unit, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.total - coalesce(s.waiting + s.working, 0)) AS total
  FROM (SELECT unit FROM per_unit ORDER BY cases DESC, unit LIMIT :most) u
  CROSS JOIN totals t LEFT JOIN stays s ON s.case_id = t.case_id AND s.unit = u.unit GROUP BY u.unit
), unopened AS (
  SELECT case_id, leg, sum(days) AS days FROM walked WHERE waits = 0 AND NOT opened GROUP BY case_id, leg
), taken AS (
  SELECT w.came_from AS unit, w.from_state AS state, w.step, w.actor_kind AS actor, coalesce(w.effect, 'none') AS effect,
    count(*) AS times, percentile_cont(0.5) WITHIN GROUP (ORDER BY w.took) AS days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(u.days, 0)) AS waiting
  FROM walked w LEFT JOIN unopened u ON u.case_id = w.case_id AND u.leg = w.left_leg
  WHERE w.step IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), edges AS (
  SELECT came_from AS source, unit AS target, count(*) AS times FROM walked
  WHERE unit IS DISTINCT FROM came_from GROUP BY 1, 2
  UNION ALL
  SELECT unit, NULL, count(*) FROM walked WHERE days IS NULL GROUP BY 1
)
SELECT (SELECT count(*) FROM totals) AS cases,
  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM totals) AS total,
  (SELECT coalesce(json_agg(u), '[]') FROM (SELECT p.*, w.total AS without FROM per_unit p LEFT JOIN without w USING (unit)
    ORDER BY p.rank, p.unit) u) AS units,
  (SELECT coalesce(json_agg(t), '[]') FROM (SELECT * FROM taken ORDER BY times DESC, step) t) AS steps,
  (SELECT coalesce(json_agg(e), '[]') FROM (SELECT * FROM edges ORDER BY times DESC) e) AS edges
"""


def walk(
    session: TenantSession,
    service_id: str,
    known: Known,
    days: WorkDays,
    *,
    since: datetime,
    until: datetime,
    sample: int | None = SAMPLE,
) -> Chain:
    """The chain of a service over its cases that ended in [since, until); test cases and merged ones are left out.

    known: what the kept versions of its document say; days: the region's calendar over the whole life of those cases; sample:
    how many cases are walked at most, None for all.
    """
    given = {
        "tenant": session.tenant_id, "service": service_id, "since": since, "until": until, "zone": str(days.zone),
        "days": days.days, "before": days.before, "works": days.works, "most": MOST_UNITS, "sample": sample,
        "state_versions": [s[0] for s in known.states], "states": [s[1] for s in known.states],
        "waits": [WAITS.index(s[2]) for s in known.states], "step_versions": [s[0] for s in known.giving],
        "steps": [s[1] for s in known.giving],
    }  # fmt: skip
    # The planner can't know how many rows the arrays hold and would compare every row with each; memory saves the disk.
    session.execute(text("SET LOCAL work_mem = '128MB'; SET LOCAL enable_nestloop = off"))
    row = session.execute(text(_WALK), given).one()
    session.execute(text("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_nestloop TO DEFAULT"))
    return Chain(
        cases=row.cases,
        total=None if row.total is None else float(row.total),
        units=msgspec.convert(row.units, tuple[UnitTimes, ...]),
        steps=msgspec.convert(row.steps, tuple[Step, ...]),
        edges=msgspec.convert(row.edges, tuple[Edge, ...]),
    )


def span(
    session: TenantSession, service_id: str, *, since: datetime, until: datetime
) -> tuple[int, datetime, datetime] | None:
    """(cases, earliest filing, latest end) of those that ended in [since, until); None when there are none."""
    query = select(func.count(), func.min(Case.filed_at), func.max(Case.closed_at))
    count, first, last = session.execute(
        query.where(Case.service_id == service_id, *_ended(session, since, until))
    ).one()
    return None if first is None or last is None else (count, first, last)


def ended_by_service(session: TenantSession, *, since: datetime, until: datetime) -> Sequence[Any]:
    """(service_id, number of cases that ended) for the list of services, most first."""
    query = select(Case.service_id, func.count().label("cases")).where(*_ended(session, since, until))
    return session.execute(query.group_by(Case.service_id).order_by(func.count().desc(), Case.service_id)).all()


def _ended(session: TenantSession, since: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        Case.tenant_id == session.tenant_id, Case.closed_at >= since, Case.closed_at < until, Case.is_test.is_(False),
        Case.outcome != "merged",
    )  # fmt: skip
