"""Write an entry; read them back by page."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_

from balai.audit.actors import Actor, current_actor
from balai.audit.models import AuditEntry
from balai.audit.scrub import scrub
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.keys import KeyFaultError, blind_index

PAGE: Final = 50


def record(
    session: TenantSession,
    action: str,
    *,
    subject_kind: str | None = None,
    subject_id: UUID | str | int | None = None,
    data: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> AuditEntry:
    """Add one act to the session's transaction: it stands if and only if the act itself does.

    action: `<room>.<verb>`, e.g. `member.invited`; data: ids and facts (secrets and personal values are hidden, see scrub);
    actor: who acts, by default whoever `acting_as` says.
    """
    who = actor or current_actor()
    entry = AuditEntry(
        tenant_id=session.tenant_id,
        id=new_id(),
        at=now(),
        actor_kind=who.kind,
        actor=who.name,
        ip_index=_ip_index(session, who.ip),
        action=action,
        subject_kind=subject_kind,
        subject_id=None if subject_id is None else str(subject_id),
        data=scrub(data or {}),
    )
    session.add(entry)
    return entry


def _ip_index(session: TenantSession, ip: str | None) -> str | None:
    # A tenant without keys (not yet onboarded, or shredded) is recorded all the same.
    with suppress(KeyFaultError):
        return blind_index(session, "ip", ip) if ip else None
    return None


def entries(
    session: TenantSession,
    *,
    action: str | None = None,
    actor: str | None = None,
    subject: tuple[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
) -> Sequence[AuditEntry]:
    """Entries, newest first; subject = (kind, id); action may end in `.` to mean a whole room; before = (at, id) of the last
    one on the previous page.
    """
    query = select(AuditEntry).where(AuditEntry.tenant_id == session.tenant_id)
    if action:
        query = query.where(
            AuditEntry.action.startswith(action, autoescape=True)
            if action.endswith(".")
            else AuditEntry.action == action
        )
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if subject:
        query = query.where(AuditEntry.subject_kind == subject[0], AuditEntry.subject_id == subject[1])
    if since:
        query = query.where(AuditEntry.at >= since)
    if until:
        query = query.where(AuditEntry.at < until)
    if before:
        query = query.where(tuple_(AuditEntry.at, AuditEntry.id) < before)
    return session.scalars(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)).all()
