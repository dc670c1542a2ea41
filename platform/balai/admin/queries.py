"""Counts for the console's start page and the operator's console. Each carries its tenant filter."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from balai.auth.models import Member
from balai.cases.models import Case, CaseEvent, Unit
from balai.clock import now
from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open reports: assigned to this member, in their units and not assigned, past their deadline in their units."""

    mine: int
    free: int
    overdue: int


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A line of the operator's list: what the registry knows, nothing of what the region holds."""

    id: int
    slug: str
    kind: str
    region_code: str | None
    name: str
    status: str
    step_done: str
    plugins: int
    no_admin_since: datetime | None


def waiting(session: TenantSession, member_id: UUID, units: Collection[UUID]) -> Waiting:
    """What waits for a member and their units. Secret reports are counted nowhere."""
    ours = Case.unit_id.in_(list(units))
    row = session.execute(
        select(
            func.count().filter(Case.assignee_id == member_id),
            func.count().filter(ours, Case.assignee_id.is_(None)),
            func.count().filter(ours | (Case.assignee_id == member_id), Case.due_at < now()),
        ).where(
            Case.tenant_id == session.tenant_id,
            Case.closed_at.is_(None),
            Case.waits_for == "staff",
            Case.visibility != "secret",
        )
    ).one()
    return Waiting(*row)


def staff_count(session: TenantSession) -> int:
    """Active members of the region."""
    query = select(func.count()).select_from(Member).where(Member.tenant_id == session.tenant_id, Member.active)
    return int(session.scalar(query) or 0)


def has_led_unit(session: TenantSession) -> bool:
    """Whether a unit besides the admins' own exists and has a head."""
    query = select(Unit.id).where(
        Unit.tenant_id == session.tenant_id, Unit.active, Unit.is_admin.is_(False), Unit.head_id.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def has_answered(session: TenantSession) -> bool:
    """Whether a report was ever answered or closed by staff."""
    query = select(CaseEvent.id).where(
        CaseEvent.tenant_id == session.tenant_id,
        CaseEvent.actor_kind == "staff",
        CaseEvent.kind.in_(("answered", "moved", "asked")),
    )
    return session.scalar(query.limit(1)) is not None


def tenant_rows(session: Session) -> list[TenantRow]:
    """Every tenant of this deployment, by name. Registry only."""
    rows = session.execute(
        text(
            "SELECT t.id, t.slug, t.kind, t.region_code, t.name, t.status, t.step_done, (SELECT count(*)"
            " FROM registry.tenant_plugin p WHERE p.tenant_id = t.id AND p.state IN ('on', 'closing')) AS plugins,"
            " t.no_admin_since FROM registry.tenant t ORDER BY t.kind <> 'operator', t.name, t.id"
        )
    )
    return [TenantRow(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public accessor
