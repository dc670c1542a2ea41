"""The roll-up in SQL, by what it does."""

from balai.evidence.facts.queries.books import FIRST_MONTH, State, anything, horizon, hurry, keep_state, lock, state
from balai.evidence.facts.queries.counting import (
    count_cells,
    count_needs,
    count_years,
    drop_open,
    first_event,
    months_of,
    open_cells,
    open_years,
)
from balai.evidence.facts.queries.metrics import keep_metrics
from balai.evidence.facts.queries.taking import Given, take_in

__all__ = [
    "FIRST_MONTH",
    "Given",
    "State",
    "anything",
    "count_cells",
    "count_needs",
    "count_years",
    "drop_open",
    "first_event",
    "horizon",
    "hurry",
    "keep_metrics",
    "keep_state",
    "lock",
    "months_of",
    "open_cells",
    "open_years",
    "state",
    "take_in",
]
