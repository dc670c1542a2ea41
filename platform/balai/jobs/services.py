"""Queue work in the caller's own transaction: it runs if and only if that transaction commits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from balai.contracts import Task
from balai.db import TenantSession
from balai.jobs import queries

# Ids, not data: the job table holds jobs of all regions and isn't under row-level security.
_LONGEST_ID = 200


def defer(
    session: TenantSession,
    task: Task,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    schedule_at: datetime | None = None,
    priority: int | None = None,
    **ids: Any,
) -> int | None:
    """Queue `task` for the session's region; the job's number, None when `queueing_lock` is taken.

    lock: jobs with the same lock run one at a time, in order; queueing_lock: at most one such job waits; both count within
    the region. schedule_at: not before (aware). ids: arguments of the task, only str (at most 200 characters), int, bool, UUID
    or None; raises TypeError for anything else.
    """
    if schedule_at is not None and schedule_at.tzinfo is None:
        raise TypeError("schedule_at must be aware")
    args = {key: _id(key, value) for key, value in ids.items()}
    return queries.enqueue(
        session, task, args, lock=lock, queueing_lock=queueing_lock, at=schedule_at, priority=priority
    )


def _id(key: str, value: Any) -> str | int | None:
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= _LONGEST_ID):
        return value
    raise TypeError(f"{key}={value!r:.60}: a job takes ids, not data (str up to {_LONGEST_ID}, int, bool, UUID, None)")
