"""The audit's part in the core: a seal over every minute's entries."""

from balai.audit.tasks import SEAL_CRON, seal_audit
from balai.contracts import Task
from balai.hookspecs import hookimpl


@hookimpl
def register_tasks() -> list[Task]:
    """One round a minute through all regions."""
    return [Task("audit.seal", seal_audit, cron=SEAL_CRON, together=True, asleep=True)]
