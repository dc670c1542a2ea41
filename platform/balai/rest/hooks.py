"""The API's part in the core: forgetting stored answers."""

from balai.contracts import Task
from balai.hookspecs import hookimpl
from balai.rest.tasks import forget_answers


@hookimpl
def register_tasks() -> list[Task]:
    """Hourly, through all regions."""
    return [forget_answers]
