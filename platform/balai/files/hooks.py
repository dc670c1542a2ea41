"""The files' part in the core: sweeping up once a night."""

from balai.contracts import Task
from balai.files.tasks import SWEEP_CRON, sweep_files
from balai.hookspecs import hookimpl


@hookimpl
def register_tasks() -> list[Task]:
    """One job per region: it walks through folders."""
    return [Task("files.sweep", sweep_files, cron=SWEEP_CRON)]
