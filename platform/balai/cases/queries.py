"""Reads that grow with the data, and writes that need SQL of their own. Core SQL here carries an explicit tenant filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert

from balai import keys
from balai.cases import access
from balai.cases.models import Case, CaseEvent, CaseLookup, ServiceVersion, Unit
from balai.cases.officer import filters as officer_filters
from balai.cases.officer import queries as officer_queries
from balai.cases.people import Person
from balai.clock import now
from balai.db import TenantSession, driver, new_id

PAGE = 50
MOST = 200
# The inbox is known by these names to everybody else.
Filters = officer_filters.Filters
inbox = officer_queries.inbox
# A case's row in a list: what the table shows, never sealed columns.
LISTED = (
    Case.id, Case.code, Case.service_id, Case.service_version, Case.state, Case.waits_for, Case.outcome, Case.seq, Case.unit_id,
    Case.assignee_id, Case.region, Case.landmark, Case.channel, Case.assisted, Case.is_test, Case.anonymity, Case.visibility,
    Case.summary, Case.filed_at, Case.changed_at, Case.due_at, Case.overdue_at, Case.published_at, Case.closed_at, Case.rating,
)  # fmt: skip


_STATES: dict[str, tuple[Any, ...]] = {
    "open": (Case.closed_at.is_(None),),
    "closed": (Case.closed_at.is_not(None),),
    "overdue": (Case.closed_at.is_(None), Case.overdue_at.is_not(None)),
    "waiting": (Case.closed_at.is_(None), Case.waits_for == "citizen"),
}


def _listed(session: TenantSession, person: Person) -> Select[Any]:
    columns: tuple[Any, ...] = LISTED
    query: Select[Any] = select(*columns)
    return query.where(Case.tenant_id == session.tenant_id, access.listed(person))


def _by_queue(query: Select[Any], person: Person, queue: str) -> Select[Any]:
    if queue == "mine":
        return query.where(Case.assignee_id == person.member_id)
    if queue == "unit" and (person.units or person.heads):
        return query.where(Case.unit_id.in_(person.units | person.heads))
    return query


def own_cases(session: TenantSession, person: Person, *, limit: int = PAGE) -> Sequence[Any]:
    """A citizen's own cases here, newest first."""
    query = _listed(session, person).order_by(Case.id.desc())
    return session.execute(query.limit(limit)).all()


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What everybody may see of a published case: no id, no names, no words of the reporter but the summary, a coarse place."""

    code: str
    service_id: str
    service_version: int
    state: str
    outcome: str | None
    region: str
    latitude: float | None
    longitude: float | None
    summary: str
    filed_at: datetime
    closed_at: datetime | None
    published_at: datetime


def public_cases(
    session: TenantSession,
    *,
    service_id: str | None = None,
    region: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = PAGE,
) -> list[PublicCase]:
    """Published public cases, newest first; before = (published_at, code) of the last one shown."""
    query = select(
        Case.code, Case.service_id, Case.service_version, Case.state, Case.outcome, Case.region,
        Case.coarse_latitude.label("latitude"), Case.coarse_longitude.label("longitude"), Case.summary, Case.filed_at,
        Case.closed_at, Case.published_at,
    ).where(
        Case.tenant_id == session.tenant_id, Case.published_at.is_not(None), Case.visibility == "public",
        Case.is_test.is_(False),
    )  # fmt: skip
    if service_id:
        query = query.where(Case.service_id == service_id)
    if region:
        query = query.where(Case.region >= region, Case.region < region + "~")
    if before is not None:
        query = query.where(tuple_(Case.published_at, Case.code) < before)
    rows = session.execute(query.order_by(Case.published_at.desc(), Case.code.desc()).limit(min(limit, MOST)))
    return [PublicCase(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public accessor


def by_code(session: TenantSession, code: str) -> Case | None:
    """A case by its parsed code, whoever asks: for the tracking page, which shows state and public words only."""
    return session.scalars(select(Case).where(Case.code == code)).first()


def by_lookup(session: TenantSession, purpose: str, value_index: str, *, limit: int = 5) -> Sequence[Case]:
    """Newest cases whose reporter gave that phone or e-mail (a lost code)."""
    query = (
        select(Case)
        .join(CaseLookup, (CaseLookup.tenant_id == Case.tenant_id) & (CaseLookup.case_id == Case.id))
        .where(CaseLookup.purpose == purpose, CaseLookup.value_index == value_index, Case.visibility != "secret")
        .order_by(Case.id.desc())
    )
    return session.scalars(query.limit(limit)).all()


def similar(
    session: TenantSession, service_id: str, latitude: float, longitude: float, *, days: int = 30
) -> Sequence[Any]:
    """Open published cases of a service within about 300 m, newest first: shown before a second one is sent."""
    reach = 0.003
    query = select(Case.code, Case.summary, Case.filed_at).where(
        Case.tenant_id == session.tenant_id, Case.published_at.is_not(None), Case.service_id == service_id,
        Case.coarse_latitude.between(latitude - reach, latitude + reach),
        Case.coarse_longitude.between(longitude - reach, longitude + reach),
        Case.closed_at.is_(None), Case.filed_at > now() - timedelta(days=days),
    )  # fmt: skip
    return session.execute(query.order_by(Case.id.desc()).limit(5)).all()


def median_days(session: TenantSession, service_id: str, *, since: datetime) -> tuple[float | None, int]:
    """(median days from filing to outcome, number of cases) of cases completed since then, tests left out."""
    seconds = func.percentile_cont(0.5).within_group(func.extract("epoch", Case.closed_at - Case.filed_at))
    query = select(seconds, func.count()).where(
        Case.tenant_id == session.tenant_id, Case.service_id == service_id, Case.closed_at >= since,
        Case.outcome == "done", Case.is_test.is_(False),
    )  # fmt: skip
    median, count = session.execute(query).one()
    return (None if median is None else float(median) / 86400, count)


def running(session: TenantSession, owner: str) -> int:
    """Open cases of an owner's services (a plugin that closes waits for them)."""
    query = select(func.count()).where(
        Case.tenant_id == session.tenant_id, Case.closed_at.is_(None), Case.is_test.is_(False),
        Case.service_id > f"{owner}.", Case.service_id < f"{owner}/",
    )  # fmt: skip
    return session.scalar(query) or 0


def late(session: TenantSession, at: datetime, *, limit: int = 200) -> Sequence[UUID]:
    """Open cases whose deadline has passed and that are not marked yet."""
    query = select(Case.id).where(
        Case.closed_at.is_(None), Case.due_at < at, Case.overdue_at.is_(None), Case.held_at.is_(None)
    )
    return session.scalars(query.order_by(Case.due_at).limit(limit)).all()


def ringing(session: TenantSession, at: datetime, *, limit: int = 200) -> Sequence[UUID]:
    """Cases with a timer that is due."""
    query = select(Case.id).where(Case.next_timer_at.is_not(None), Case.next_timer_at <= at)
    return session.scalars(query.order_by(Case.next_timer_at).limit(limit)).all()


# --- what filing must know ---

_DESK = """
SELECT u.tenant_id, u.id, u.name, u.head_id, u.parent_id, u.phone, u.payment_account, u.is_admin, u.active, u.created_at,
    EXISTS (
        SELECT FROM unit_member x JOIN member m ON m.tenant_id = x.tenant_id AND m.id = x.member_id AND m.active
            AND m.missing_since IS NULL
        WHERE x.tenant_id = %(tenant)s AND x.unit_id = u.id) AS staffed,
    (SELECT to_json(s) FROM service_setting s WHERE s.tenant_id = %(tenant)s AND s.service_id = %(service)s) AS setting,
    v.version, v.digest,
    (SELECT json_object_agg(d.day, d.working) FROM own_day d WHERE d.tenant_id = %(tenant)s) AS own_days,
    (SELECT json_object_agg(k.since, k.days) FROM work_week k WHERE k.tenant_id = %(tenant)s) AS weeks,
    ARRAY(SELECT a.code FROM area a WHERE a.tenant_id = %(tenant)s AND a.code = ANY(%(areas)s)) AS areas,
    {keys} AS keys
FROM unit u LEFT JOIN LATERAL (
    SELECT w.version, w.digest FROM service_version w WHERE w.tenant_id = %(tenant)s AND w.service_id = %(service)s
    ORDER BY w.version DESC LIMIT 1) v ON true
WHERE u.tenant_id = %(tenant)s AND u.id = COALESCE(
    (SELECT l.unit_id FROM slot_unit l JOIN unit y ON y.tenant_id = l.tenant_id AND y.id = l.unit_id AND y.active
        WHERE l.tenant_id = %(tenant)s AND l.service_id = %(service)s AND l.slot = %(slot)s),
    (SELECT id FROM unit WHERE tenant_id = %(tenant)s AND is_admin))
""".replace("{keys}", keys.AS_JSON)


class DeskRow(NamedTuple):
    """The receiving unit of a service and what belongs to it; setting, own_days, weeks, keys (for `keys.remember`) are JSON."""

    tenant_id: int
    id: UUID
    name: str
    head_id: UUID | None
    parent_id: UUID | None
    phone: str
    payment_account: str | None
    is_admin: bool
    active: bool
    created_at: datetime
    staffed: bool
    setting: Any
    version: int | None
    digest: str | None
    own_days: dict[str, bool] | None
    weeks: dict[str, Any] | None
    areas: list[str]
    keys: Any


def desk(session: TenantSession, service_id: str, slot: str, areas: Sequence[str]) -> DeskRow | None:
    """All that filing asks, in one statement; None while the region has no admin unit."""
    session.flush()
    values = {"tenant": session.tenant_id, "service": service_id, "slot": slot, "areas": list(areas)}
    row = driver(session).execute(_DESK, values).fetchone()
    return DeskRow(*row) if row else None


# --- service versions ---


def newest_version(session: TenantSession, service_id: str) -> ServiceVersion | None:
    """The last kept version of a service here."""
    query = select(ServiceVersion).where(ServiceVersion.service_id == service_id)
    return session.scalars(query.order_by(ServiceVersion.version.desc()).limit(1)).first()


def newest_versions(session: TenantSession, prefix: str) -> list[ServiceVersion]:
    """The last version of each service whose id begins with `prefix`."""
    query = (
        select(ServiceVersion)
        .where(ServiceVersion.service_id.startswith(prefix, autoescape=True))
        .order_by(ServiceVersion.service_id, ServiceVersion.version.desc())
        .ext(distinct_on(ServiceVersion.service_id))
    )
    return list(session.scalars(query))


def keep_version(
    session: TenantSession, service_id: str, version: int, digest: str, document: dict[str, Any], at: datetime
) -> None:
    """Keep a version unless somebody else has just kept one under this number."""
    values = {
        "tenant_id": session.tenant_id, "id": new_id(), "service_id": service_id, "version": version, "digest": digest,
        "document": document, "since": at,
    }  # fmt: skip
    session.execute(insert(ServiceVersion).values(**values).on_conflict_do_nothing())


# --- units ---


def make_admin_unit(session: TenantSession, name: str) -> None:
    """Make the admin unit unless somebody else just did."""
    values = {
        "tenant_id": session.tenant_id, "id": new_id(), "name": name, "phone": "", "is_admin": True, "active": True,
        "created_at": now(),
    }  # fmt: skip
    session.execute(insert(Unit).values(**values).on_conflict_do_nothing())


def open_cases_of(session: TenantSession, unit_id: UUID, *, limit: int = 1000) -> Sequence[UUID]:
    """Ids of a unit's open cases."""
    query = select(Case.id).where(Case.unit_id == unit_id, Case.closed_at.is_(None))
    return session.scalars(query.order_by(Case.id).limit(limit)).all()


def queue_sizes(session: TenantSession, person: Person) -> dict[str, int]:
    """Open cases per queue for the console's front page, counted up to 100 each."""
    sizes = {}
    for queue, state in (("mine", "open"), ("unit", "open"), ("unit", "overdue")):
        query = _by_queue(_listed(session, person), person, queue)
        query = query.where(*_STATES[state], Case.is_test.is_(False), Case.held_at.is_(None))
        capped = query.with_only_columns(literal_column("1")).limit(100).subquery()
        sizes["overdue" if state == "overdue" else queue] = (
            session.scalar(select(func.count()).select_from(capped)) or 0
        )
    return sizes


def last_answer(session: TenantSession, case_id: UUID) -> CaseEvent | None:
    """The last public step of staff."""
    query = select(CaseEvent).where(
        CaseEvent.case_id == case_id, CaseEvent.public.is_(True), CaseEvent.actor_kind == "staff"
    )
    return session.scalars(query.order_by(CaseEvent.seq.desc()).limit(1)).first()
