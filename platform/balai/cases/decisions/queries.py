"""Decisions with the figures of what led to them, and who was told: on the driver, each statement with its tenant filter."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from balai.db import TenantSession, driver

PAGE: Final = 20


class Known(NamedTuple):
    """A decision as lists show it; reports and ideas: how many led to it."""

    id: UUID
    kind: str
    subject: str
    title: str
    reason: str
    decided_at: datetime
    announced_at: datetime | None
    member_id: UUID | None
    reports: int
    ideas: int


_LIST: Final = """
SELECT d.id, d.kind, d.subject, d.title, d.reason, d.decided_at, d.announced_at, d.member_id,
  (SELECT count(*) FROM decision_case x JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = x.case_id
    WHERE x.tenant_id = %(tenant)s AND x.decision_id = d.id AND NOT c.service_id = ANY(%(ideas)s)),
  (SELECT count(*) FROM decision_case x JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = x.case_id
    WHERE x.tenant_id = %(tenant)s AND x.decision_id = d.id AND c.service_id = ANY(%(ideas)s))
FROM decision d WHERE d.tenant_id = %(tenant)s AND {} ORDER BY d.decided_at DESC, d.id DESC LIMIT %(limit)s
"""


def _known(session: TenantSession, condition: str, **values: Any) -> list[Known]:
    session.flush()
    values = {"tenant": session.tenant_id, "ideas": [], "limit": PAGE + 1} | values
    return [Known(*row) for row in driver(session).execute(_LIST.format(condition), values)]


def announced(session: TenantSession, ideas: Sequence[str], before: tuple[datetime, UUID] | None) -> list[Known]:
    """What the public sees, newest first. ideas: ids of the services by which people propose things."""
    older = " AND (d.decided_at, d.id) < (%(at)s, %(last)s)" if before else ""
    at, last = before or (None, None)
    return _known(session, f"d.announced_at IS NOT NULL{older}", ideas=list(ideas), at=at, last=last)


def everything(session: TenantSession, ideas: Sequence[str], before: tuple[datetime, UUID] | None) -> list[Known]:
    """For the console, drafts included."""
    older = " AND (d.decided_at, d.id) < (%(at)s, %(last)s)" if before else ""
    at, last = before or (None, None)
    return _known(session, f"true{older}", ideas=list(ideas), at=at, last=last)


def one(session: TenantSession, decision_id: UUID, ideas: Sequence[str]) -> Known | None:
    """One decision, whatever its state."""
    found = _known(session, "d.id = %(id)s", ideas=list(ideas), id=decision_id)
    return found[0] if found else None


def of_case(session: TenantSession, case_id: UUID) -> list[Known]:
    """Announced decisions to which this case led."""
    led = (
        "d.announced_at IS NOT NULL AND EXISTS (SELECT FROM decision_case x WHERE x.tenant_id = %(tenant)s"
        " AND x.decision_id = d.id AND x.case_id = %(case)s)"
    )
    return _known(session, led, case=case_id)


class Led(NamedTuple):
    """A case that led to a decision."""

    id: UUID
    code: str
    service_id: str
    service_version: int
    state: str
    summary: str
    region: str
    filed_at: datetime
    visibility: str
    published_at: datetime | None
    told_at: datetime | None


def led(session: TenantSession, decision_id: UUID, *, public: bool = False, limit: int = 200) -> list[Led]:
    """Those that led to it, newest first. public: only published ones, with the words that the public reads."""
    session.flush()
    shown = "AND c.published_at IS NOT NULL AND c.visibility = 'public' AND NOT c.is_test" if public else ""
    query = (
        "SELECT c.id, c.code, c.service_id, c.service_version, c.state, COALESCE(t.title, c.summary), c.region, c.filed_at,"
        " c.visibility, c.published_at, x.told_at FROM decision_case x"
        " JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = x.case_id"
        " LEFT JOIN case_public_text t ON t.tenant_id = %(tenant)s AND t.case_id = c.id"
        f" WHERE x.tenant_id = %(tenant)s AND x.decision_id = %(decision)s {shown} ORDER BY c.id DESC LIMIT %(limit)s"
    )
    values = {"tenant": session.tenant_id, "decision": decision_id, "limit": limit}
    return [Led(*row) for row in driver(session).execute(query, values)]


_FOUND: Final = (
    "SELECT c.code, c.service_id, c.service_version, c.state, COALESCE(t.title, c.summary) AS summary, c.region,"
    " c.filed_at"
)


class Found(NamedTuple):
    """A published case that a search found."""

    code: str
    service_id: str
    service_version: int
    state: str
    summary: str
    region: str
    filed_at: datetime


def published_with(session: TenantSession, text: str, service_id: str, *, limit: int) -> list[Found]:
    """Published cases with these words (beginnings of words), newest first; without words the newest of the service."""
    session.flush()
    words = re.findall(r"\w+", text.lower().replace("_", " "))[:6]
    told = (
        "c.tenant_id = %(tenant)s AND c.published_at IS NOT NULL AND c.visibility = 'public' AND NOT c.is_test"
        " AND (%(service)s = '' OR c.service_id = %(service)s)"
    )
    hits = "JOIN inbox_hits(%(query)s, NULL, 5000) AS hit (id) ON hit.id = c.id " if words else ""
    query = (
        f"{_FOUND} FROM cases c {hits}LEFT JOIN case_public_text t ON t.tenant_id = %(tenant)s AND t.case_id = c.id"
        f" WHERE {told} ORDER BY c.published_at DESC, c.code DESC LIMIT %(limit)s"
    )
    values = {
        "tenant": session.tenant_id, "service": service_id, "limit": limit,
        "query": " & ".join(f"{word}:*" for word in words),
    }  # fmt: skip
    return [Found(*row) for row in driver(session).execute(query, values)]


def add_cases(session: TenantSession, decision_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> int:
    """(new id, case id) pairs; those that are there already are left alone. How many were new."""
    session.flush()
    made = 0
    for new, case in pairs:
        made += (
            driver(session)
            .execute(
                "INSERT INTO decision_case (tenant_id, id, decision_id, case_id) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (tenant_id, decision_id, case_id) DO NOTHING",
                (session.tenant_id, new, decision_id, case),
            )
            .rowcount
        )
    return made


# --- who was told ---


def told_any(session: TenantSession, decision_id: UUID, people: Sequence[str]) -> bool:
    """Whether somebody known by one of these keyed hashes was told."""
    query = "SELECT EXISTS (SELECT FROM decision_told WHERE tenant_id = %s AND decision_id = %s AND person = ANY(%s))"
    row = driver(session).execute(query, (session.tenant_id, decision_id, list(people))).fetchone()
    return bool(row and row[0])


def note_told(session: TenantSession, decision_id: UUID, people: Sequence[str]) -> None:
    """Remember these keyed hashes of one person."""
    for person in people:
        driver(session).execute(
            "INSERT INTO decision_told (tenant_id, decision_id, person) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (session.tenant_id, decision_id, person),
        )
