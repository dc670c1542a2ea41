"""The API's hot reads: hand-written statements on the driver, each with its tenant filter, under row-level security.

A page of 50 cases through the ORM costs several times what the database needs for it. What a reader may find is the same rule
as in `access`; tests hold the two against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from balai.cases.api.schemas import CaseItem, CaseQuery
from balai.cases.people import Person
from balai.db import Driver


@dataclass(frozen=True, slots=True)
class Workplace:
    """An active member and the units where they work or which they lead; None and empty for whoever is no member."""

    member_id: UUID | None
    units: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Glance:
    """A case as `access` and `moving.steps` look at it (they read attributes of Case), and what its page shows."""

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
    latitude: float | None
    longitude: float | None
    coarse_latitude: float | None
    coarse_longitude: float | None
    channel: str
    anonymity: str
    visibility: str
    summary: str
    data: dict[str, Any]
    reporter_index: str | None
    link_hash: str | None
    filed_at: datetime
    changed_at: datetime
    due_at: datetime | None
    overdue_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None
    rating: int | None
    has_files: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of the timeline with its sealed words."""

    id: UUID
    seq: int
    kind: str
    at: datetime
    actor_kind: str
    unit: UUID | None
    from_state: str | None
    to_state: str | None
    public: bool
    body: str | None
    redacted_at: datetime | None


_ITEM = (
    "code, service_id, state, waits_for, outcome, summary, region, channel, visibility, anonymity = 'anonymous' AS anonymous,"
    " unit_id, assignee_id, filed_at, changed_at, due_at, closed_at IS NULL AND overdue_at IS NOT NULL AS overdue, closed_at,"
    " rating"
)


def list_cases(
    driver: Driver, tenant_id: int, person: Person, query: CaseQuery, after: UUID | None
) -> tuple[list[CaseItem], UUID | None]:
    """One page of what `person` may find, newest first, and the id of its last row (None on the last page)."""
    rows = driver.execute(*list_statement(tenant_id, person, query, after)).fetchall()
    page = rows[: query.limit]
    return [CaseItem(*row[:-1]) for row in page], (page[-1][-1] if len(rows) > query.limit else None)


def list_statement(tenant_id: int, person: Person, query: CaseQuery, after: UUID | None) -> tuple[str, dict[str, Any]]:
    """Text and values of the list's statement: `access.listed` as SQL; test cases stay in the console.

    Each part is a walk along one index, newest first, that stops after a page. As one condition with OR the planner would guess
    from figures of all regions together, and read and sort everything that this one has.
    """
    values: dict[str, Any] = {"tenant": tenant_id, "limit": query.limit + 1}
    wanted = ["tenant_id = %(tenant)s", *conditions(query, values)]
    if after is not None:
        values["after"] = after
        wanted.append("id < %(after)s")
    if person.kind == "citizen":
        values["reporter"] = person.reporter_index
        return _page("reporter_index = %(reporter)s", wanted), values
    wanted.append("NOT is_test AND held_at IS NULL")
    if not person.may("cases.work"):
        return _page("false", wanted), values
    if person.is_admin:
        return _page("visibility IN ('public', 'private')", wanted), values
    values |= {"member": person.member_id, "units": list(person.units | person.heads)}
    own = _page("unit_id = mine.unit AND visibility = 'private'", wanted)
    parts = (
        _page("visibility = 'public'", wanted),
        f"SELECT found.* FROM unnest(%(units)s::uuid[]) AS mine (unit) CROSS JOIN LATERAL ({own}) found",
        _page("assignee_id = %(member)s AND visibility = 'private' AND NOT unit_id = ANY(%(units)s::uuid[])", wanted),
    )
    both = " UNION ALL ".join(f"({part})" for part in parts)
    return f"SELECT * FROM ({both}) listed ORDER BY id DESC LIMIT %(limit)s", values


def _page(condition: str, wanted: Sequence[str]) -> str:
    # Ids are UUIDv7: their order is that of filing.
    conditions = " AND ".join((condition, *wanted))
    return f"SELECT {_ITEM}, id FROM cases WHERE {conditions} ORDER BY id DESC LIMIT %(limit)s"


def conditions(query: CaseQuery, values: dict[str, Any]) -> Sequence[str]:
    """What a row must meet, with its values added to `values`; the words (`q`) are left to the inbox's search."""
    found = []
    for name, condition, value in (
        ("only_service", "service_id = ANY(%(only_service)s)", query.service),
        ("only_state", "state = ANY(%(only_state)s)", query.state),
        ("only_unit", "unit_id = %(only_unit)s", query.unit),
        ("only_from", "filed_at >= %(only_from)s", query.filed_from),
        ("only_until", "filed_at < %(only_until)s", query.filed_until),
    ):
        if value:
            values[name] = value
            found.append(condition)
    if query.region is not None:
        # A district stands for its villages too; a range, because LIKE can't use the index under row-level security.
        values |= {"region": query.region, "region_from": f"{query.region}.", "region_to": f"{query.region}/"}
        found.append("(region = %(region)s OR (region >= %(region_from)s AND region < %(region_to)s))")
    if query.open is not None:
        found.append("closed_at IS NULL" if query.open else "closed_at IS NOT NULL")
    if query.overdue:
        found.append("closed_at IS NULL AND overdue_at IS NOT NULL")
    return found


_UNITS = (
    "SELECT x.unit_id FROM unit_member x JOIN unit y ON y.tenant_id = x.tenant_id AND y.id = x.unit_id AND y.active"
    " WHERE x.tenant_id = %(tenant)s AND x.member_id = m.id"
    " UNION SELECT id FROM unit WHERE tenant_id = %(tenant)s AND head_id = m.id"
)
_WORKPLACE = (
    f"SELECT m.id, ARRAY({_UNITS}) FROM member m WHERE m.tenant_id = %(tenant)s AND m.sub = %(sub)s AND m.active"
)


def workplace(driver: Driver, tenant_id: int, sub: str) -> Workplace:
    """Where the member behind a token's subject works."""
    row = driver.execute(_WORKPLACE, {"tenant": tenant_id, "sub": sub}).fetchone()
    return Workplace(row[0], frozenset(row[1])) if row else Workplace(None, frozenset())


def led_by(driver: Driver, tenant_id: int, member_id: UUID | None) -> list[UUID]:
    """Units that this member leads."""
    found = driver.execute("SELECT id FROM unit WHERE tenant_id = %s AND head_id = %s", (tenant_id, member_id))
    return [row[0] for row in found]


_CASE = (
    "SELECT c.id, c.code, c.service_id, c.service_version, c.state, c.waits_for, c.outcome, c.seq, c.unit_id, c.assignee_id,"
    " c.region, c.landmark, c.latitude, c.longitude, c.coarse_latitude, c.coarse_longitude, c.channel, c.anonymity,"
    " c.visibility, c.summary, c.data, c.reporter_index, c.link_hash, c.filed_at, c.changed_at, c.due_at, c.overdue_at,"
    " c.published_at, c.closed_at, c.rating,"
    " EXISTS (SELECT FROM case_file f WHERE f.tenant_id = c.tenant_id AND f.case_id = c.id), w.id, w.units"
    " FROM cases c LEFT JOIN ("
    f"SELECT m.id, ARRAY({_UNITS}) AS units FROM member m WHERE m.tenant_id = %(tenant)s AND m.sub = %(sub)s AND m.active"
    ") w ON true WHERE c.tenant_id = %(tenant)s AND c.code = %(code)s"
)
_TIMELINE = (
    "SELECT e.id, e.seq, e.kind, e.at, e.actor_kind, e.unit, e.from_state, e.to_state, e.public, t.body, t.redacted_at"
    " FROM case_event e LEFT JOIN case_text t ON t.tenant_id = e.tenant_id AND t.id = e.id AND t.tenant_id = %(tenant)s"
    " WHERE e.tenant_id = %(tenant)s AND e.case_id = %(case)s ORDER BY e.seq"
)
_FILES = (
    "SELECT f.id, cf.field, f.media_type, f.size FROM case_file cf"
    " JOIN file f ON f.tenant_id = cf.tenant_id AND f.id = cf.file_id AND f.tenant_id = %(tenant)s"
    " WHERE cf.tenant_id = %(tenant)s AND cf.case_id = %(case)s ORDER BY cf.id"
)


def find_case(driver: Driver, tenant_id: int, code: str, sub: str | None) -> tuple[Glance, Workplace] | None:
    """A case by its parsed code, whoever asks, and where the member behind `sub` works, in one statement."""
    row = driver.execute(_CASE, {"tenant": tenant_id, "code": code, "sub": sub}).fetchone()
    if row is None:
        return None
    return Glance(*row[:-2]), Workplace(row[-2], frozenset(row[-1] or ()))


def timeline(driver: Driver, tenant_id: int, case_id: UUID) -> list[Happening]:
    """What happened to a case, in order."""
    return [Happening(*row) for row in driver.execute(_TIMELINE, {"tenant": tenant_id, "case": case_id})]


def files(driver: Driver, tenant_id: int, case_id: UUID) -> list[tuple[UUID, str, str, int]]:
    """(id, form field, media type, bytes) of a case's files, in the order in which they came."""
    return driver.execute(_FILES, {"tenant": tenant_id, "case": case_id}).fetchall()
