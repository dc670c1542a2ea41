"""Background work on the PostgreSQL queue, behind the job gate."""

from flask import Flask

from balai import plugins
from balai.contracts import RetryLater, Task, periodic, task
from balai.jobs.events import Dispatcher
from balai.jobs.models import JobFailure, JobReceipt
from balai.jobs.queries import (
    QueuedJob,
    QueueState,
    discard,
    jobs_of_tenant,
    last_heartbeat,
    overview,
    run_again,
)
from balai.jobs.services import defer


def init_app(app: Flask) -> None:
    """Let `db.announce` queue events. The worker itself is `balai.jobs.worker`, which web processes don't import."""
    app.extensions["balai.db"].dispatcher = Dispatcher(plugins.manager(app))


__all__ = [
    "JobFailure",
    "JobReceipt",
    "QueueState",
    "QueuedJob",
    "RetryLater",
    "Task",
    "defer",
    "discard",
    "init_app",
    "jobs_of_tenant",
    "last_heartbeat",
    "overview",
    "periodic",
    "run_again",
    "task",
]
