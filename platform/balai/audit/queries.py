"""SQL of the audit: the chain's lock, entries without a seal, one batch in its order."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, text

from balai.audit.models import AuditEntry, AuditSeal, AuditSealed
from balai.db import TenantSession

# First half of the advisory lock's key; the second is the tenant.
_LOCK: Final = 7_226_503
_ROWS_AT_ONCE: Final = 200


def lock_chain(session: TenantSession) -> bool:
    """Take this tenant's chain until the transaction ends; False when another process holds it."""
    tenant = {"space": _LOCK, "tenant": session.tenant_id}
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:space, :tenant)"), tenant).scalar_one())


def last_seal(session: TenantSession) -> AuditSeal | None:
    """The newest seal of this tenant."""
    query = select(AuditSeal).where(AuditSeal.tenant_id == session.tenant_id).order_by(AuditSeal.seq.desc()).limit(1)
    return session.scalars(query).one_or_none()


def _is_unsealed(session: TenantSession) -> ColumnElement[bool]:
    in_a_batch = and_(AuditSealed.tenant_id == session.tenant_id, AuditSealed.entry_id == AuditEntry.id)
    return and_(AuditEntry.tenant_id == session.tenant_id, ~exists().where(in_a_batch))


def unsealed(session: TenantSession, *, since: UUID | None, limit: int) -> Sequence[AuditEntry]:
    """Committed entries without a seal, by id; `since` (an id) spares the walk over what was sealed long ago."""
    query = select(AuditEntry).where(_is_unsealed(session))
    if since:
        query = query.where(AuditEntry.id >= since)
    query = query.order_by(AuditEntry.id).limit(limit)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def count_unsealed(session: TenantSession, overdue_before: UUID) -> tuple[int, int]:
    """(entries without a seal, those of them with a smaller id), over all time."""
    overdue = func.count().filter(AuditEntry.id < overdue_before)
    row = session.execute(select(func.count(), overdue).select_from(AuditEntry).where(_is_unsealed(session))).one()
    return row[0], row[1]


def seals(session: TenantSession) -> Iterator[AuditSeal]:
    """Every seal of this tenant in order, read a page at a time (a reader that stops early leaves no cursor behind)."""
    last = -1
    while page := _seals_after(session, last):
        yield from page
        last = page[-1].seq


def _seals_after(session: TenantSession, seq: int) -> Sequence[AuditSeal]:
    query = select(AuditSeal).where(AuditSeal.tenant_id == session.tenant_id, AuditSeal.seq > seq)
    query = query.order_by(AuditSeal.seq).limit(_ROWS_AT_ONCE)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def batch(session: TenantSession, seal_id: UUID) -> Sequence[AuditEntry]:
    """The entries of one batch in the order in which they were sealed, as the database has them now."""
    query = (
        select(AuditEntry)
        .join(AuditSealed, and_(AuditSealed.tenant_id == AuditEntry.tenant_id, AuditSealed.entry_id == AuditEntry.id))
        .where(AuditEntry.tenant_id == session.tenant_id, AuditSealed.seal_id == seal_id)
        .order_by(AuditSealed.position)
    )
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def add_sealed(session: TenantSession, seal_id: UUID, entry_ids: Sequence[UUID]) -> None:
    """Write down which entries lie in a batch, in order."""
    tenant_id = session.tenant_id
    session.execute(
        insert(AuditSealed),
        [
            {"tenant_id": tenant_id, "entry_id": entry_id, "seal_id": seal_id, "position": position}
            for position, entry_id in enumerate(entry_ids)
        ],
    )
