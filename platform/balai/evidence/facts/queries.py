"""The roll-up in SQL: what happened in each touched case, then the cells of its months. Every statement names its tenant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from balai.contracts import MetricValue
from balai.db import TenantSession

# First half of the advisory lock's key; the second is the tenant.
_LOCK: Final = 7_226_519
# Before any month was ever closed.
FIRST_MONTH: Final = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class State:
    """How far a region's facts reach: transactions below until_xact are in; months before open_from are closed."""

    until_xact: int
    open_from: date
    calendar: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the statements need to know of a region: its zone and its calendar from `start` on.

    before: PostgreSQL array text; the n-th entry is how many working days lie before the n-th day.
    """

    zone: str
    start: date
    before: str


def lock(session: TenantSession) -> bool:
    """Take this region's facts until the transaction ends; False when another process rolls them up."""
    given = {"space": _LOCK, "tenant": session.tenant_id}
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:space, :tenant)"), given).scalar_one())


def state(session: TenantSession) -> State | None:
    """What stands in the books, None before the first roll-up."""
    query = "SELECT until_xact, open_from, calendar FROM fact_state WHERE tenant_id = :tenant"
    row = session.execute(text(query), {"tenant": session.tenant_id}).first()
    return State(*row) if row else None


def keep_state(session: TenantSession, found: State, at: datetime) -> None:
    """Write it down."""
    session.execute(
        text(
            "INSERT INTO fact_state (tenant_id, until_xact, open_from, calendar, rolled_at)"
            " VALUES (:tenant, :until, :open, :calendar, :at)"
            " ON CONFLICT (tenant_id) DO UPDATE SET until_xact = excluded.until_xact, open_from = excluded.open_from,"
            " calendar = excluded.calendar, rolled_at = excluded.rolled_at"
        ),
        {
            "tenant": session.tenant_id, "until": found.until_xact, "open": found.open_from, "calendar": found.calendar,
            "at": at,
        },
    )  # fmt: skip


# Numbers of running transactions, but those of other databases of the same server: each running one holds a lock on its own
# number, and whoever has written holds locks on tables, which name the database. What can't be told counts as running here.
_HORIZON: Final = text(
    """
WITH shot AS MATERIALIZED (SELECT pg_current_snapshot() AS now), running AS MATERIALIZED (
  SELECT CAST(CAST(pg_snapshot_xip(now) AS text) AS bigint) AS number FROM shot
), locks AS MATERIALIZED (
  SELECT pid, locktype, database, transactionid FROM pg_locks WHERE granted AND EXISTS (SELECT 1 FROM running)
), elsewhere AS (
  SELECT CAST(CAST(t.transactionid AS text) AS bigint) AS short FROM locks t
  JOIN locks r ON r.pid = t.pid AND r.locktype = 'relation' AND r.database <> 0 WHERE t.locktype = 'transactionid'
  GROUP BY t.transactionid
  HAVING bool_and(r.database <> (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT coalesce(
  (SELECT min(number) FROM running WHERE number % 4294967296 NOT IN (SELECT short FROM elsewhere)),
  (SELECT CAST(CAST(pg_snapshot_xmax(now) AS text) AS bigint) FROM shot))
"""
)


def horizon(session: TenantSession) -> int:
    """Number of this database's oldest running transaction: everything below it is committed or gone, and stays so."""
    return int(session.execute(_HORIZON).scalar_one())


def anything(session: TenantSession, since: int, until: int) -> bool:
    """Whether transactions in [since, until) wrote into the timeline."""
    query = "SELECT EXISTS (SELECT 1 FROM case_event WHERE tenant_id = :tenant AND xact >= :since AND xact < :until)"
    given = {"tenant": session.tenant_id, "since": since, "until": until}
    return bool(session.execute(text(query), given).scalar_one())


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
    coalesce(p.topic, c.data ->> 'bidang', '') AS topic, CASE WHEN p.topic IS NOT NULL THEN 'staff' ELSE '' END AS topic_by
  FROM told t JOIN cases c ON c.tenant_id = :tenant AND c.id = t.case_id
  LEFT JOIN case_topic p ON p.tenant_id = :tenant AND p.case_id = c.id
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
    CASE WHEN o.topic_by = 'model' AND s.topic_by = '' AND s.topic IN ('', 'lainnya') THEN o.topic ELSE s.topic END AS topic_kept,
    CASE WHEN o.topic_by = 'model' AND s.topic_by = '' AND s.topic IN ('', 'lainnya') THEN 'model' ELSE s.topic_by END AS by_kept
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
    }  # fmt: skip
    if since is None:
        rows = session.execute(_TAKE_IN_ALL, values)
    else:
        rows = session.execute(_TAKE_IN_SINCE, {**values, "since": since, "until": until})
    return [(row.service_id, row.month) for row in rows]


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
ON CONFLICT (tenant_id, service_id, district, year) DO UPDATE SET asked = excluded.asked, known = excluded.known,
  people = excluded.people, again = excluded.again
"""
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
        session.execute(_YEARS, given)


def count_needs(session: TenantSession, months: Iterable[date]) -> None:
    """Count the topics of these months again."""
    given = {"tenant": session.tenant_id, "months": sorted(set(months))}
    session.execute(
        text("DELETE FROM fact_need WHERE tenant_id = :tenant AND month = ANY(CAST(:months AS date[]))"), given
    )
    session.execute(_NEEDS, given)


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
