"""Acts of the room under one name: readings that arrive, what people decide, the life of a month."""

from balai_water.readings.book import Entry, here
from balai_water.readings.deciding import (
    accept,
    accept_all,
    correct,
    correct_closed,
    find_reading,
    put_estimate,
    send_back,
)
from balai_water.readings.periods import (
    Missing,
    NotReady,
    close,
    current_period,
    estimate_missing,
    find_period,
    missing,
    move,
    next_month,
    open_months,
    open_period,
    period,
    reckon,
)
from balai_water.readings.recording import NoPeriod, Outcome, record, sheet_id

__all__ = [
    "Entry",
    "Missing",
    "NoPeriod",
    "NotReady",
    "Outcome",
    "accept",
    "accept_all",
    "close",
    "correct",
    "correct_closed",
    "current_period",
    "estimate_missing",
    "find_period",
    "find_reading",
    "here",
    "missing",
    "move",
    "next_month",
    "open_months",
    "open_period",
    "period",
    "put_estimate",
    "reckon",
    "record",
    "send_back",
    "sheet_id",
]
