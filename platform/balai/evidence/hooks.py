"""What evidence brings to the core."""

from uuid import UUID

from balai.contracts import ChainAction, MenuItem, Refusal, Task
from balai.db import TenantSession
from balai.evidence import stages, tasks
from balai.hookspecs import hookimpl
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

_MENU = [MenuItem(_l("Manfaat"), "evidence.overview", "gauge", "audit.read", 50)]


@hookimpl
def register_tasks() -> list[Task]:
    """Roll-up, verdicts, the monthly message."""
    return [tasks.roll_up_facts, tasks.judge_services, tasks.tell_month]


@hookimpl
def collect_menu() -> list[MenuItem]:
    """The page of the leader."""
    return _MENU


@hookimpl
def check_enable(session: TenantSession, plugin: str) -> Refusal | None:
    """Basic services first."""
    return stages.check(session, plugin)


@hookimpl
def collect_chain_actions(unit_id: UUID) -> list[ChainAction]:
    """A link of the chain that could be cut is tried out first."""
    return [ChainAction(_("Coba tanpa unit ini"), f"/kelola/manfaat/uji-coba/unit/{unit_id}")]
