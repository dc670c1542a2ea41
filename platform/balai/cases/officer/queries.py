"""What the inbox reads and writes, on the driver, each statement with its tenant filter. No count of rows anywhere."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from balai import tenancy
from balai.cases.codes import CodeError, parse_code, region_digits
from balai.cases.officer import statements
from balai.cases.officer.filters import Filters
from balai.cases.people import Person
from balai.db import TenantSession, driver

PAGE = 50
MOST = 500
_HITS, _ROUNDS = 5000, 4
_MOST_PLACES = 400


class Row(NamedTuple):
    """A case in a list: what the table and the map show, never sealed columns."""

    id: UUID
    code: str
    service_id: str
    service_version: int
    state: str
    waits_for: str
    outcome: str | None
    seq: int
    unit_id: UUID
    assignee_id: UUID | None
    region: str
    landmark: str
    channel: str
    assisted: bool
    is_test: bool
    anonymity: str
    visibility: str
    summary: str
    filed_at: datetime
    changed_at: datetime
    due_at: datetime | None
    overdue_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None
    rating: int | None
    reopened: int
    latitude: float | None
    longitude: float | None
    coarse_latitude: float | None
    coarse_longitude: float | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.closed_at is None


def inbox(
    session: TenantSession, person: Person, filters: Filters, *, before: UUID | None = None, limit: int = PAGE
) -> Sequence[Row]:
    """Cases that this member of staff may find, newest first, older than the id `before`."""
    session.flush()
    codes = _codes_under(session, filters.region) if filters.region else []
    ask = statements.asked(session.tenant_id, person, filters, codes, before, min(limit, MOST))
    if filters.text:
        return _matching(session, ask, filters.text)
    return _rows(session, statements.listing(ask), ask.values)


def search(
    session: TenantSession,
    person: Person,
    text: str,
    *,
    conditions: Sequence[str] = (),
    values: dict[str, Any] | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
) -> Sequence[Row]:
    """Cases of all queues with these words, this code or this place, newest first; further conditions with their named values."""
    session.flush()
    ask = statements.asked(session.tenant_id, person, Filters(queue="all", state=""), [], before, min(limit, MOST))
    ask.wanted.extend(conditions)
    ask.values |= values or {}
    return _matching(session, ask, text)


def _matching(session: TenantSession, ask: statements.Asked, text: str) -> Sequence[Row]:
    try:
        ask.values["code"] = parse_code(text)
    except CodeError:
        pass
    else:
        ask.wanted.append("code = %(code)s")
        return _rows(session, statements.listing(ask), ask.values)
    words = re.findall(r"\w+", text.lower().replace("_", " "))[:6]
    tenant = tenancy.current()
    digits = region_digits(tenant.region_code or "") if tenant else ""
    extra = [*statements.by_code(ask, text, digits), *statements.by_place(ask, _places_named(session, text))]
    if not words and not extra:
        return []
    found = _rows(session, statements.among_recent(ask, words, extra), ask.values)
    if len(found) >= ask.values["limit"] or not words:
        return found
    return _through_index(session, ask, words, extra)


def _through_index(session: TenantSession, ask: statements.Asked, words: list[str], extra: list[str]) -> Sequence[Row]:
    """Rounds of hits, for the case that filters leave little of each."""
    found: dict[UUID, Row] = {}
    for _round in range(_ROUNDS):
        statement = statements.by_words(ask, words, extra, _HITS)
        found |= {row.id: row for row in _rows(session, statement, ask.values)}
        if len(found) >= ask.values["limit"]:
            break
        hits = driver(session).execute(
            "SELECT count(*), (array_agg(id))[count(*)] FROM inbox_hits(%(query)s, %(hits_before)s, %(most)s) AS hit (id)",
            ask.values,
        )
        number, last = hits.fetchone() or (0, None)
        if number < _HITS:
            break
        ask.values["from"] = last
    return sorted(found.values(), key=lambda row: row.id, reverse=True)[: ask.values["limit"]]


def _rows(session: TenantSession, statement: str, values: dict[str, Any]) -> list[Row]:
    return [Row(*row) for row in driver(session).execute(statement, values)]


def _codes_under(session: TenantSession, region: str) -> list[str]:
    query = (
        "SELECT code FROM area WHERE tenant_id = %(tenant)s"
        " AND (code = %(region)s OR left(code, length(%(region)s) + 1) = %(region)s || '.')"
    )
    values = {"tenant": session.tenant_id, "region": region}
    return [row[0] for row in driver(session).execute(query, values)] or [region]


def _places_named(session: TenantSession, text: str) -> list[str]:
    """Codes of districts and villages whose name begins with the text (villages of such districts too)."""
    pattern = text.strip().lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    query = (
        "WITH named AS (SELECT code FROM area WHERE tenant_id = %(tenant)s"
        r" AND regexp_replace(lower(name), '^(desa|kelurahan|kecamatan)\s+', '') LIKE %(pattern)s)"
        " SELECT code FROM area WHERE tenant_id = %(tenant)s AND (code IN (TABLE named) OR parent_code IN (TABLE named))"
        " LIMIT %(most)s"
    )
    pattern = re.sub(r"^(desa|kelurahan|kecamatan)\s+", "", pattern)
    if len(pattern) < 3:  # noqa: PLR2004 - two letters begin too many names
        return []
    values = {"tenant": session.tenant_id, "pattern": pattern + "%", "most": _MOST_PLACES}
    return [row[0] for row in driver(session).execute(query, values)]


def colleagues(session: TenantSession, units: Sequence[UUID] | None) -> list[tuple[UUID, str]]:
    """(id, name) of the active members of these units, or of every unit, by name."""
    query = (
        "SELECT DISTINCT m.id, m.name FROM unit_member u"
        " JOIN member m ON m.tenant_id = u.tenant_id AND m.id = u.member_id AND m.active"
        " WHERE u.tenant_id = %(tenant)s AND (%(units)s::uuid[] IS NULL OR u.unit_id = ANY(%(units)s)) ORDER BY m.name"
    )
    values = {"tenant": session.tenant_id, "units": None if units is None else list(units)}
    return driver(session).execute(query, values).fetchall()


# --- what a member has read ---


class Mark(NamedTuple):
    """A member's place in the inbox: last look, end of the visit before, and until when everything counts as read."""

    looked_at: datetime
    since_at: datetime
    read_before: datetime


# A look within the same visit keeps the visit's marker; the first look ever marks everything as read.
_LOOK = """
INSERT INTO inbox_mark (tenant_id, member_id, looked_at, since_at, read_before)
VALUES (%(tenant)s, %(member)s, %(at)s, %(at)s, %(at)s)
ON CONFLICT (tenant_id, member_id) DO UPDATE SET looked_at = excluded.looked_at,
    since_at = CASE WHEN inbox_mark.looked_at < %(visit)s THEN inbox_mark.looked_at ELSE inbox_mark.since_at END
WHERE inbox_mark.tenant_id = %(tenant)s
RETURNING looked_at, since_at, read_before
"""
_READ = """
INSERT INTO case_read (tenant_id, member_id, case_id, seq, at)
SELECT %(tenant)s, %(member)s, r.case_id, r.seq, %(at)s FROM unnest(%(ids)s::uuid[], %(seqs)s::int[]) AS r (case_id, seq)
ON CONFLICT (tenant_id, member_id, case_id) DO UPDATE SET seq = greatest(case_read.seq, excluded.seq), at = excluded.at
WHERE case_read.tenant_id = %(tenant)s
"""


def look(session: TenantSession, member_id: UUID, at: datetime, *, visit: datetime) -> Mark:
    """Note a look into the inbox; one after `visit` belongs to the same visit as the look before."""
    values = {"tenant": session.tenant_id, "member": member_id, "at": at, "visit": visit}
    row = driver(session).execute(_LOOK, values).fetchone()
    assert row is not None  # noqa: S101 - an upsert always returns its row
    return Mark(*row)


def mark(session: TenantSession, member_id: UUID) -> Mark | None:
    """The member's place, without noting a look."""
    query = "SELECT looked_at, since_at, read_before FROM inbox_mark WHERE tenant_id = %s AND member_id = %s"
    row = driver(session).execute(query, (session.tenant_id, member_id)).fetchone()
    return Mark(*row) if row else None


def read_until(session: TenantSession, member_id: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Case id -> number of the last row of its timeline that this member has seen."""
    query = "SELECT case_id, seq FROM case_read WHERE tenant_id = %s AND member_id = %s AND case_id = ANY(%s)"
    return dict(driver(session).execute(query, (session.tenant_id, member_id, list(ids))).fetchall())


def mark_read(session: TenantSession, member_id: UUID, cases: dict[UUID, int], at: datetime) -> None:
    """The member has seen these cases up to these numbers."""
    session.flush()
    if cases:
        values = {
            "tenant": session.tenant_id,
            "member": member_id,
            "at": at,
            "ids": list(cases),
            "seqs": list(cases.values()),
        }
        driver(session).execute(_READ, values)


def unread_again(session: TenantSession, member_id: UUID, before: dict[UUID, int | None]) -> None:
    """Take `mark_read` back to what was read before (None: nothing)."""
    values = {"tenant": session.tenant_id, "member": member_id}
    for case_id, seq in before.items():
        row = values | {"case": case_id, "seq": seq}
        where = "WHERE tenant_id = %(tenant)s AND member_id = %(member)s AND case_id = %(case)s"
        statement = f"DELETE FROM case_read {where}" if seq is None else f"UPDATE case_read SET seq = %(seq)s {where}"
        driver(session).execute(statement, row)
