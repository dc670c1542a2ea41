"""The cells of months, years and topics, counted from fact_case. Every statement names its tenant."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from balai.db import TenantSession

_DIRTY = "SELECT * FROM unnest(CAST(:services AS text[]), CAST(:months AS date[])) AS d (service_id, month)"
_CELLS: Final = text(
    """
WITH dirty AS MATERIALIZED (SELECT * FROM unnest(CAST(:services AS text[]), CAST(:months AS date[])) AS d (service_id, month)),
part AS (
  SELECT 1 AS what, d.month, f.* FROM dirty d
    JOIN fact_case f ON f.tenant_id = :tenant AND f.asked_month = d.month AND f.service_id = d.service_id
  UNION ALL SELECT 2, d.month, f.* FROM dirty d
    JOIN fact_case f ON f.tenant_id = :tenant AND f.ended_month = d.month AND f.service_id = d.service_id
  UNION ALL SELECT 3, d.month, f.* FROM dirty d
    JOIN fact_case f ON f.tenant_id = :tenant AND f.overdue_month = d.month AND f.service_id = d.service_id
  UNION ALL SELECT 4, d.month, f.* FROM dirty d
    JOIN fact_case f ON f.tenant_id = :tenant AND f.reopened_month = d.month AND f.service_id = d.service_id
  UNION ALL SELECT 5, d.month, f.* FROM dirty d
    JOIN fact_case f ON f.tenant_id = :tenant AND f.rated_month = d.month AND f.service_id = d.service_id
), counted AS (
  SELECT service_id, coalesce(district, '') AS district, month, count(*) FILTER (WHERE what = 1) AS asked,
    count(pseudonym) FILTER (WHERE what = 1) AS known, count(DISTINCT pseudonym) FILTER (WHERE what = 1) AS people,
    count(*) FILTER (WHERE what = 1 AND assisted) AS assisted, count(*) FILTER (WHERE what = 2) AS ended,
    count(*) FILTER (WHERE what = 2 AND outcome = 'done') AS completed,
    count(*) FILTER (WHERE what = 2 AND abandoned) AS abandoned,
    count(*) FILTER (WHERE what = 2 AND overdue_month IS NOT NULL) AS late, count(*) FILTER (WHERE what = 3) AS overdue,
    count(*) FILTER (WHERE what = 4) AS reopened, count(*) FILTER (WHERE what = 5) AS rated,
    count(*) FILTER (WHERE what = 5 AND stars >= 4) AS satisfied, coalesce(sum(stars) FILTER (WHERE what = 5), 0) AS stars,
    coalesce(sum(units) FILTER (WHERE what = 2), 0) AS units,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY worked) FILTER (WHERE what = 2 AND outcome <> 'merged') AS half,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY worked) FILTER (WHERE what = 2 AND outcome <> 'merged') AS most,
    jsonb_strip_nulls(jsonb_build_object(
      'web', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'web'), 0),
      'api', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'api'), 0),
      'open311', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'open311'), 0),
      'lapor', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'lapor'), 0),
      'counter', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'counter'), 0),
      'phone', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'phone'), 0),
      'letter', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'letter'), 0),
      'whatsapp', nullif(count(*) FILTER (WHERE what = 1 AND channel = 'whatsapp'), 0))) AS channels
  FROM part GROUP BY GROUPING SETS ((service_id, month, district), (service_id, month))
), taken AS (
  SELECT b.service_id, coalesce(b.district, '') AS district, b.month, count(*) AS ended,
    count(*) FILTER (WHERE outcome = 'done') AS completed, count(*) FILTER (WHERE abandoned) AS abandoned
  FROM dirty d JOIN fact_back b ON b.tenant_id = :tenant AND b.month = d.month AND b.service_id = d.service_id
  GROUP BY GROUPING SETS ((b.service_id, b.month, b.district), (b.service_id, b.month))
)
INSERT INTO fact_month (tenant_id, service_id, district, month, asked, known, people, assisted, ended, completed, abandoned, late,
  overdue, reopened, rated, satisfied, stars, units, half, most, channels)
SELECT :tenant, service_id, district, month, coalesce(c.asked, 0), coalesce(c.known, 0), coalesce(c.people, 0),
  coalesce(c.assisted, 0), coalesce(c.ended, 0) - coalesce(t.ended, 0), coalesce(c.completed, 0) - coalesce(t.completed, 0),
  coalesce(c.abandoned, 0) - coalesce(t.abandoned, 0), coalesce(c.late, 0), coalesce(c.overdue, 0), coalesce(c.reopened, 0),
  coalesce(c.rated, 0), coalesce(c.satisfied, 0), coalesce(c.stars, 0), coalesce(c.units, 0), c.half, c.most,
  coalesce(c.channels, '{}')
FROM counted c FULL JOIN taken t USING (service_id, district, month)
"""
)
_DROP_CELLS: Final = text(f"DELETE FROM fact_month m USING ({_DIRTY}) d WHERE m.tenant_id = :tenant"
                          " AND m.service_id = d.service_id AND m.month = d.month")  # fmt: skip
_YEARS: Final = text(
    """
WITH dirty AS MATERIALIZED (
  SELECT DISTINCT * FROM unnest(CAST(:services AS text[]), CAST(:years AS int[])) AS d (service_id, year)),
each AS (
  SELECT f.service_id, f.district, f.year, f.pseudonym, count(*) AS cases, sum(count(*)) OVER (
    PARTITION BY f.service_id, f.year, f.pseudonym) AS everywhere
  FROM dirty d JOIN fact_case f ON f.tenant_id = :tenant AND f.service_id = d.service_id
    AND f.asked_month >= make_date(d.year, 1, 1) AND f.asked_month <= make_date(d.year, 12, 1)
  GROUP BY f.service_id, f.district, f.year, f.pseudonym
)
INSERT INTO fact_year (tenant_id, service_id, district, year, asked, known, people, again)
SELECT :tenant, service_id, coalesce(district, ''), year, sum(cases),
  coalesce(sum(cases) FILTER (WHERE pseudonym IS NOT NULL), 0),
  count(DISTINCT pseudonym), count(DISTINCT pseudonym) FILTER (WHERE everywhere > 1)
FROM each GROUP BY GROUPING SETS ((service_id, year, district), (service_id, year))
"""
)
_DROP_YEARS: Final = text(
    "DELETE FROM fact_year y USING unnest(CAST(:services AS text[]), CAST(:years AS int[])) AS d (service_id, year)"
    " WHERE y.tenant_id = :tenant AND y.service_id = d.service_id AND y.year = d.year"
)
_NEEDS: Final = text(
    """
WITH dirty AS MATERIALIZED (SELECT DISTINCT month FROM unnest(CAST(:months AS date[])) AS d (month)), part AS (
  SELECT 1 AS what, d.month, f.* FROM dirty d JOIN fact_case f ON f.tenant_id = :tenant AND f.asked_month = d.month
  UNION ALL SELECT 2, d.month, f.* FROM dirty d JOIN fact_case f ON f.tenant_id = :tenant AND f.ended_month = d.month
  UNION ALL SELECT 3, d.month, f.* FROM dirty d JOIN fact_case f ON f.tenant_id = :tenant AND f.overdue_month = d.month
)
INSERT INTO fact_need (tenant_id, topic, district, month, asked, ended, in_time, overdue)
SELECT :tenant, topic, coalesce(district, ''), month, count(*) FILTER (WHERE what = 1), count(*) FILTER (WHERE what = 2),
  count(*) FILTER (WHERE what = 2 AND overdue_month IS NULL), count(*) FILTER (WHERE what = 3)
FROM part WHERE topic <> '' AND (outcome IS NULL OR outcome <> 'merged')
GROUP BY GROUPING SETS ((topic, month, district), (topic, month))
"""
)


def count_cells(session: TenantSession, cells: Sequence[tuple[str, date]]) -> None:
    """Count these (service, month) again, and the needs of their months."""
    if not cells:
        return
    given = {"tenant": session.tenant_id, "services": [c[0] for c in cells], "months": [c[1] for c in cells]}
    session.execute(_DROP_CELLS, given)
    session.execute(_CELLS, given)
    count_needs(session, [month for _service, month in cells])


def count_years(session: TenantSession, years: Sequence[tuple[str, int]]) -> None:
    """Count the people of these (service, year) again. A year's people are never the sum of its months'."""
    given = {"tenant": session.tenant_id, "services": [y[0] for y in years], "years": [y[1] for y in years]}
    if years:
        session.execute(_DROP_YEARS, given)
        session.execute(_YEARS, given)


def count_needs(session: TenantSession, months: Iterable[date]) -> None:
    """Count the topics of these months again."""
    given = {"tenant": session.tenant_id, "months": sorted(set(months))}
    session.execute(
        text("DELETE FROM fact_need WHERE tenant_id = :tenant AND month = ANY(CAST(:months AS date[]))"), given
    )
    session.execute(_NEEDS, given)


def months_of(session: TenantSession, case_id: UUID) -> list[date]:
    """The months in which a case counts."""
    query = (
        "SELECT DISTINCT m FROM fact_case f CROSS JOIN LATERAL unnest(ARRAY[f.asked_month, f.ended_month, f.overdue_month]) m"
        " WHERE f.tenant_id = :tenant AND f.case_id = :case AND m IS NOT NULL ORDER BY 1"
    )
    return list(session.execute(text(query), {"tenant": session.tenant_id, "case": case_id}).scalars())


def drop_open(session: TenantSession, open_from: date) -> None:
    """Forget the counted cells of all open months and years (a rebuild counts them again)."""
    for table in ("fact_month", "fact_need"):
        query = f"DELETE FROM {table} WHERE tenant_id = :tenant AND month >= :open"
        session.execute(text(query), {"tenant": session.tenant_id, "open": open_from})
    query = "DELETE FROM fact_year WHERE tenant_id = :tenant AND year >= :year"
    session.execute(text(query), {"tenant": session.tenant_id, "year": open_from.year})


def open_cells(session: TenantSession, open_from: date) -> list[tuple[str, date]]:
    """Every (service, open month) in which anything is booked."""
    query = """
SELECT DISTINCT service_id, month FROM (
  SELECT service_id, unnest(ARRAY[asked_month, ended_month, overdue_month, reopened_month, rated_month]) AS month
  FROM fact_case WHERE tenant_id = :tenant
  UNION ALL SELECT service_id, month FROM fact_back WHERE tenant_id = :tenant
) cells WHERE month >= :open ORDER BY 1, 2"""
    rows = session.execute(text(query), {"tenant": session.tenant_id, "open": open_from})
    return [(row.service_id, row.month) for row in rows]


def open_years(session: TenantSession, open_from: date) -> list[tuple[str, int]]:
    """Every (service, year) that isn't closed altogether."""
    query = "SELECT DISTINCT service_id, year FROM fact_case WHERE tenant_id = :tenant AND year >= :year ORDER BY 1, 2"
    rows = session.execute(text(query), {"tenant": session.tenant_id, "year": open_from.year})
    return [(row.service_id, row.year) for row in rows]


def first_event(session: TenantSession) -> datetime | None:
    """When the region's timeline begins."""
    query = "SELECT min(at) FROM case_event WHERE tenant_id = :tenant"
    found: datetime | None = session.execute(text(query), {"tenant": session.tenant_id}).scalar_one()
    return found
