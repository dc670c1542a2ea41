"""The shell's part in the core: forgetting passed rate-limit windows."""

from balai.contracts import Task
from balai.hookspecs import hookimpl
from balai.web.tasks import forget_limits


@hookimpl
def register_tasks() -> list[Task]:
    """Hourly."""
    return [forget_limits]
