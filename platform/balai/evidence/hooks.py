"""What evidence brings to the core."""

from balai.contracts import MenuItem, Task
from balai.evidence import tasks
from balai.hookspecs import hookimpl
from balai.web.i18n import lazy_gettext as _l

_MENU = [MenuItem(_l("Manfaat"), "evidence.overview", "gauge", "audit.read", 50)]


@hookimpl
def register_tasks() -> list[Task]:
    """Roll-up and verdicts."""
    return [tasks.roll_up_facts, tasks.judge_services]


@hookimpl
def collect_menu() -> list[MenuItem]:
    """The page of the leader."""
    return _MENU
