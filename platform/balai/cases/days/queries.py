"""Deadlines of open cases, read and rewritten when the region's calendar changes. Core SQL, with an explicit tenant filter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from balai.cases.models import Case
from balai.db import TenantSession


def ahead(session: TenantSession, at: datetime, *, lock: bool) -> Sequence[Any]:
    """Open cases with a deadline or a timer after `at`; lock: until the transaction ends, in the order of their ids."""
    session.flush()
    query = (
        select(
            Case.id, Case.code, Case.service_id, Case.service_version, Case.state, Case.state_since, Case.due_at,
            Case.next_timer_at, Case.timers_done, Case.visibility,
        )
        .where(
            Case.tenant_id == session.tenant_id, Case.closed_at.is_(None),
            or_(Case.due_at > at, Case.next_timer_at > at),
        )
        .order_by(Case.id)
    )  # fmt: skip
    return session.execute(query.with_for_update() if lock else query).all()


def rewrite(session: TenantSession, moments: Sequence[tuple[UUID, datetime | None, datetime | None]]) -> None:
    """(case, deadline, next timer) of each."""
    if not moments:
        return
    table = Case.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.tenant_id == session.tenant_id, table.c.id == bindparam("p_case"))
        .values(due_at=bindparam("p_due"), next_timer_at=bindparam("p_timer"))
    )
    session.connection().execute(
        statement, [{"p_case": c, "p_due": due, "p_timer": timer} for c, due, timer in moments]
    )
    for known in list(session.identity_map.values()):
        if isinstance(known, Case):
            session.expire(known)
