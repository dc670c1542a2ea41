"""The application's side of the queue: definer functions that stamp or filter the tenant, and the job's own receipts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from balai.clock import now
from balai.contracts import Task
from balai.db import TenantSession, driver

_ENQUEUE = "SELECT jobs.enqueue(%s, %s, %s, %s, %s, %s, %s)"
_CLAIM = text(
    "INSERT INTO job_receipt (tenant_id, job_id, at) VALUES (:tenant, :job, :at) ON CONFLICT (tenant_id, job_id) DO NOTHING"
)
_FAILURES = text("SELECT count(*) FROM job_failure WHERE tenant_id = :tenant AND job_id = :job")


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One line of the jobs page. since: its last change; args: ids only, without the tenant; error: of the last attempt."""

    id: int
    task: str
    queue: str
    attempts: int
    args: dict[str, Any]
    scheduled_at: datetime | None
    since: datetime | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QueueState:
    """Numbers of one queue over all regions."""

    queue: str
    ready: int
    later: int
    doing: int
    dead: int
    oldest_ready: datetime | None


def enqueue(
    session: TenantSession,
    task: Task,
    args: Mapping[str, Any],
    *,
    lock: str | None,
    queueing_lock: str | None,
    at: datetime | None,
    priority: int | None,
) -> int | None:
    """Insert the job in the session's transaction; its id, None when one with this queueing_lock waits already."""
    session.flush()
    values = (
        task.name, task.queue, task.priority if priority is None else priority, lock, queueing_lock, Jsonb(dict(args)), at,
    )  # fmt: skip
    row = driver(session).execute(_ENQUEUE, values).fetchone()
    return row[0] if row else None


def claim(session: TenantSession, job_id: int) -> bool:
    """Write the job's receipt; False when it has been done. Waits for another run of the same job that isn't over yet."""
    done: Any = session.execute(_CLAIM, {"tenant": session.tenant_id, "job": job_id, "at": now()})
    return bool(done.rowcount)


def failures(session: TenantSession, job_id: int) -> int:
    """How often this job has failed so far."""
    return int(session.scalar(_FAILURES, {"tenant": session.tenant_id, "job": job_id}) or 0)


def jobs_of_tenant(
    session: TenantSession, status: Literal["todo", "doing", "failed"] = "failed", *, limit: int = 100
) -> list[QueuedJob]:
    """Jobs of the session's region, newest first; "failed" are the dead ones, with the error of their last attempt."""
    rows = session.execute(
        text(
            "SELECT j.*, (SELECT f.error FROM job_failure f WHERE f.tenant_id = :tenant AND f.job_id = j.id"
            " ORDER BY f.at DESC LIMIT 1) AS error FROM jobs.of_tenant(:status, :limit) j"
        ),
        {"tenant": session.tenant_id, "status": status, "limit": limit},
    )
    return [
        QueuedJob(
            id=row.id,
            task=row.task,
            queue=row.queue,
            attempts=row.attempts,
            args={key: value for key, value in row.args.items() if key != "tenant_id"},
            scheduled_at=row.scheduled_at,
            since=row.since,
            error=row.error,
        )
        for row in rows
    ]


def run_again(session: TenantSession, job_id: int) -> bool:
    """Give a dead job of this region all its attempts back; False when there is no such job."""
    session.execute(
        text("DELETE FROM job_failure WHERE tenant_id = :tenant AND job_id = :job"),
        {"tenant": session.tenant_id, "job": job_id},
    )
    return bool(session.scalar(text("SELECT jobs.run_again(:job)"), {"job": job_id}))


def discard(session: TenantSession, job_id: int) -> bool:
    """Drop a dead job of this region; False when there is no such job."""
    return bool(session.scalar(text("SELECT jobs.discard(:job)"), {"job": job_id}))


def overview(session: Session) -> list[QueueState]:
    """Numbers per queue over all regions: no arguments, no tenants."""
    rows = session.execute(text("SELECT * FROM jobs.overview()"))
    return [QueueState(row.queue, row.ready, row.later, row.doing, row.dead, row.oldest_ready) for row in rows]


def last_heartbeat(session: Session) -> datetime | None:
    """When a worker last said that it is alive; None when none is registered."""
    found: datetime | None = session.scalar(text("SELECT jobs.last_heartbeat()"))
    return found


def tidy(session: TenantSession, *, receipts: timedelta, failures: timedelta) -> None:
    """Drop receipts and failures older than this: by then no run of their job can come back."""
    for table, age in (("job_receipt", receipts), ("job_failure", failures)):
        session.execute(
            text(f"DELETE FROM {table} WHERE tenant_id = :tenant AND at < :before"),
            {"tenant": session.tenant_id, "before": now() - age},
        )
