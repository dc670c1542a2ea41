"""Core SQL of this room: stored answers of idempotent requests."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from balai.db import TenantSession

_LOCK = text("SELECT pg_try_advisory_xact_lock(:number)")
_FIND = text(
    "SELECT body_hash, answer FROM idempotency_key WHERE tenant_id = :tenant AND id = :id AND created_at > :since"
)
_KEEP = text(
    "INSERT INTO idempotency_key (tenant_id, id, body_hash, answer, created_at) VALUES (:tenant, :id, :body_hash, :answer, :at)"
    " ON CONFLICT (tenant_id, id) DO UPDATE"
    " SET body_hash = excluded.body_hash, answer = excluded.answer, created_at = excluded.created_at"
)
_DROP = text("DELETE FROM idempotency_key WHERE tenant_id = :tenant AND created_at <= :before")


def lock_key(session: TenantSession, row_id: uuid.UUID) -> bool:
    """Take the key until this transaction ends; False when another request has it."""
    # The tenant is mixed in: the same key in two regions is two keys.
    number = (row_id.int ^ (session.tenant_id << 40)) & (2**63 - 1)
    return bool(session.execute(_LOCK, {"number": number}).scalar_one())


def find_answer(session: TenantSession, row_id: uuid.UUID, *, since: datetime) -> Row[Any] | None:
    """body_hash and (encrypted) answer of a request done after `since`."""
    return session.execute(_FIND, {"tenant": session.tenant_id, "id": row_id, "since": since}).first()


def keep_answer(session: TenantSession, row_id: uuid.UUID, body_hash: str, answer: str, *, at: datetime) -> None:
    """Store the answer in the transaction of the work."""
    values = {"tenant": session.tenant_id, "id": row_id, "body_hash": body_hash, "answer": answer, "at": at}
    session.execute(_KEEP, values)


def drop_answers(session: TenantSession, *, before: datetime) -> int:
    """Forget answers stored up to `before`; how many there were."""
    result: Any = session.execute(_DROP, {"tenant": session.tenant_id, "before": before})
    return int(result.rowcount)
