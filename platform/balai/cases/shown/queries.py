"""The public list, map and ideas, and what moderators still have to look at: on the driver, each statement with its tenant
filter, pages cut by the last row's sort key, nothing counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from balai.db import Driver, TenantSession, driver

PAGE: Final = 30
MOST: Final = 500
# As in the partial indexes, word for word.
_SHOWN: Final = "published_at IS NOT NULL AND visibility = 'public' AND NOT is_test"
STATES: Final = {
    "": "true",
    "open": "closed_at IS NULL",
    "closed": "closed_at IS NOT NULL",
}


class Shown(NamedTuple):
    """What everybody may see of a published case: no id, no names, a coarse place, words that a human has looked at."""

    code: str
    service_id: str
    service_version: int
    state: str
    waits_for: str
    outcome: str | None
    region: str
    latitude: float | None
    longitude: float | None
    title: str
    topic: str | None
    filed_at: datetime
    closed_at: datetime | None
    overdue_at: datetime | None
    published_at: datetime
    supporters: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows. services: ids of those that are on here, never empty; areas: codes of districts and villages; state: key
    of STATES; step: a state of the workflow; topic: (answer's key, value);
    topic_key: the answer that rows show as their topic; supported: most supported first; before: sort key of
    the last row shown, (published_at, code) or (supporters, published_at, code).
    """

    services: tuple[str, ...]
    areas: tuple[str, ...] = ()
    state: str = ""
    step: str = ""
    topic: tuple[str, str] | None = None
    topic_key: str = ""
    supported: bool = False
    before: tuple[Any, ...] | None = None
    limit: int = PAGE + 1


def shown(on: Driver, tenant_id: int, wanted: Wanted) -> list[Shown]:
    """A page of published cases, newest first or most supported first."""
    statement, values = statement_of(tenant_id, wanted)
    return [Shown(*row) for row in on.execute(statement, values)]


def statement_of(tenant_id: int, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Text and values: each part walks one index in the list's own order and stops after a page."""
    values: dict[str, Any] = {"tenant": tenant_id, "limit": min(wanted.limit, MOST), "shown": wanted.topic_key}
    conditions = ["tenant_id = %(tenant)s", _SHOWN, STATES[wanted.state]]
    order, key = "published_at DESC, code DESC", "(published_at, code)"
    if wanted.supported:
        order, key = f"supporters DESC, {order}", "(supporters, published_at, code)"
        conditions.append("supporters > 0")
    if wanted.step:
        values["step"] = wanted.step
        conditions.append("state = %(step)s")
    if wanted.topic is not None:
        values["topic"], values["of"] = wanted.topic
        conditions.append("data ->> %(topic)s = %(of)s")
    if wanted.before is not None:
        names = [f"before_{n}" for n in range(len(wanted.before))]
        values |= dict(zip(names, wanted.before, strict=True))
        conditions.append(f"{key} < ({', '.join(f'%({name})s' for name in names)})")
    walk = _walks(wanted, conditions, order, values)
    statement = (
        "SELECT c.code, c.service_id, c.service_version, c.state, c.waits_for, c.outcome, c.region, c.coarse_latitude,"
        " c.coarse_longitude, COALESCE(t.title, c.summary), c.data ->> %(shown)s, c.filed_at, c.closed_at, c.overdue_at,"
        f" c.published_at, c.supporters FROM ({walk}) c"
        " LEFT JOIN case_public_text t ON t.tenant_id = %(tenant)s AND t.case_id = c.id"
        f" ORDER BY {', '.join(f'c.{part}' for part in order.split(', '))}"
    )
    return statement, values


_COLUMNS: Final = (
    "id, code, service_id, service_version, state, waits_for, outcome, region, coarse_latitude, coarse_longitude, summary, data,"
    " filed_at, closed_at, overdue_at, published_at, supporters"
)


def _walks(wanted: Wanted, conditions: list[str], order: str, values: dict[str, Any]) -> str:
    values |= {"services": list(wanted.services), "areas": list(wanted.areas)}
    if wanted.areas:
        each = _each("area.code", "region", "%(areas)s::text[]", "area (code)", [*conditions, _ANY], order)
    elif wanted.state == "open" and not wanted.supported:
        # Open ones are few: a walk of them meets a rare service soon enough, a walk of the service meets all its closed ones.
        return (
            f"SELECT {_COLUMNS} FROM cases WHERE {' AND '.join([*conditions, _ANY])} ORDER BY {order} LIMIT %(limit)s"
        )
    else:
        each = _each("one.service", "service_id", "%(services)s::text[]", "one (service)", conditions, order)
    return f"SELECT * FROM ({each}) found ORDER BY {order} LIMIT %(limit)s"


_ANY: Final = "service_id = ANY(%(services)s)"


def _each(value: str, column: str, array: str, alias: str, conditions: list[str], order: str) -> str:
    told = " AND ".join((*conditions, f"{column} = {value}"))
    walk = f"SELECT {_COLUMNS} FROM cases WHERE {told} ORDER BY {order} LIMIT %(limit)s"
    return f"SELECT walk.* FROM unnest({array}) AS {alias} CROSS JOIN LATERAL ({walk}) walk"


def areas_under(on: Driver, tenant_id: int, region: str) -> tuple[str, ...]:
    """The code itself and those of everything below it, as far as they are this region's; empty for any other code."""
    query = (
        "SELECT code FROM area WHERE tenant_id = %(tenant)s"
        " AND (code = %(region)s OR left(code, length(%(region)s) + 1) = %(region)s || '.')"
    )
    return tuple(row[0] for row in on.execute(query, {"tenant": tenant_id, "region": region}))


def area_names(on: Driver, tenant_id: int, codes: Sequence[str]) -> dict[str, str]:
    """Code -> name of districts and villages."""
    query = "SELECT code, name FROM area WHERE tenant_id = %s AND code = ANY(%s)"
    return dict(on.execute(query, (tenant_id, list(codes))).fetchall()) if codes else {}


# --- words ---


class Words(NamedTuple):
    """What the public reads of a case."""

    title: str
    body: str


def words(session: TenantSession, case_id: UUID) -> Words | None:
    """The moderated words of a case, None when nobody has written any down."""
    query = "SELECT title, body FROM case_public_text WHERE tenant_id = %s AND case_id = %s"
    row = driver(session).execute(query, (session.tenant_id, case_id)).fetchone()
    return Words(*row) if row else None


def keep_words(
    session: TenantSession, case_id: UUID, title: str, body: str, at: datetime, by_member: UUID | None
) -> None:
    """Write them down, in place of earlier ones."""
    session.flush()
    driver(session).execute(
        "INSERT INTO case_public_text (tenant_id, case_id, title, body, at, by_member) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, case_id) DO UPDATE SET title = excluded.title, body = excluded.body, at = excluded.at,"
        " by_member = excluded.by_member WHERE case_public_text.tenant_id = excluded.tenant_id",
        (session.tenant_id, case_id, title, body, at, by_member),
    )


def drop_words(session: TenantSession, case_id: UUID) -> None:
    """Take them away."""
    session.flush()
    query = "DELETE FROM case_public_text WHERE tenant_id = %s AND case_id = %s"
    driver(session).execute(query, (session.tenant_id, case_id))


# --- what waits for a moderator ---


class Waiting(NamedTuple):
    """A public case that nobody has looked at for the public yet."""

    id: UUID
    code: str
    service_id: str
    service_version: int
    summary: str
    region: str
    filed_at: datetime
    closed_at: datetime | None


def waiting(
    session: TenantSession, units: Sequence[UUID], *, before: UUID | None = None, limit: int = PAGE + 1
) -> list[Waiting]:
    """Those of these units, newest first."""
    session.flush()
    older = "AND id < %(before)s" if before is not None else ""
    query = (
        "SELECT found.* FROM unnest(%(units)s::uuid[]) AS one (unit) CROSS JOIN LATERAL ("
        "SELECT id, code, service_id, service_version, summary, region, filed_at, closed_at FROM cases"
        " WHERE tenant_id = %(tenant)s AND unit_id = one.unit AND visibility = 'public' AND published_at IS NULL"
        f" AND moderated_at IS NULL AND held_at IS NULL AND NOT is_test {older} ORDER BY id DESC LIMIT %(limit)s) found"
        " ORDER BY id DESC LIMIT %(limit)s"
    )
    values = {"tenant": session.tenant_id, "units": list(units), "before": before, "limit": limit}
    return [Waiting(*row) for row in driver(session).execute(query, values)]


# --- support ---


def add_supporter(session: TenantSession, case_id: UUID, change: int) -> int:
    """Count one more or one less; the number then. The caller holds the case's lock."""
    session.flush()
    query = "UPDATE cases SET supporters = greatest(0, supporters + %s) WHERE tenant_id = %s AND id = %s RETURNING supporters"
    row = driver(session).execute(query, (change, session.tenant_id, case_id)).fetchone()
    return int(row[0]) if row else 0
