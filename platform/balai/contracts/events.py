"""Domain events: facts that happened, told to listeners by queued jobs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

EVENT_NAMES = frozenset(
    {
        "case_filed",
        "case_moved",
        "case_closed",
        "case_rated",
        "member_left",
        "plugin_switched",
        "decision_made",
        "invoice_settled",
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `name` is one of EVENT_NAMES (hook `on_<name>`); `subject_id` is what it is about.

    Delivered at least once: listeners are idempotent by `id`.
    """

    id: UUID
    tenant_id: int
    name: str
    at: datetime
    subject_id: str
