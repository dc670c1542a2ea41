"""What an inbox may be asked for."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """What an inbox shows. queue: mine | unit | all; state: open | closed | overdue | waiting | reopened | "" for all; region:
    code or the beginning of one; text: a code or its beginning, words of summary and landmark, or the name of a place.
    """

    queue: str = "unit"
    state: str = "open"
    service_id: str = ""
    unit_id: UUID | None = None
    assignee_id: UUID | None = None
    region: str = ""
    text: str = ""
    is_test: bool = False


STATES: dict[str, str] = {
    "open": "closed_at IS NULL",
    "closed": "closed_at IS NOT NULL",
    "overdue": "closed_at IS NULL AND overdue_at IS NOT NULL",
    "waiting": "closed_at IS NULL AND waits_for = 'citizen'",
    "reopened": "closed_at IS NULL AND reopened > 0",
}
