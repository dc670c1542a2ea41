"""The room's part in the core: its background work."""

from balai.auth.tasks import drop_expired_sessions, follow_keycloak, write_addresses
from balai.contracts import Task
from balai.hookspecs import hookimpl


@hookimpl
def register_tasks() -> list[Task]:
    """What the room hands to the worker."""
    return [drop_expired_sessions, follow_keycloak, write_addresses]
