"""Deadlines and timers of a case when it enters a state, and while it waits for its reporter."""

from datetime import datetime, timedelta

from balai.cases.models import Case
from balai.cases.workdays import Calendar
from balai.contracts import Service, Timer


def enter_state(
    case: Case,
    service: Service,
    calendar: Calendar,
    at: datetime,
    *,
    left_state: str | None = None,
    asked: bool = False,
) -> None:
    """Set the deadline and the first timer of the state in which the case now is; `case.state` is already the new one.

    asked: staff asked the reporter something while in `left_state`, so what was left of the deadline is kept and goes on when
    the answer brings the case back there. In every other way a state's own deadline starts anew.
    """
    state = service.workflow.state(case.state)
    case.waits_for = state.waits_for
    case.state_since = at
    if state.outcome is not None:
        case.due_at = case.due_left = case.due_for = None
    elif state.sla_hours is not None:
        # A law's hours run from the request on, whatever happens meanwhile; a reopened case begins a new request.
        case.due_at = (at if case.reopened else case.filed_at) + timedelta(hours=state.sla_hours)
        case.due_left = case.due_for = None
    elif asked:
        case.due_left = calendar.between(at, case.due_at) if case.due_at else None
        case.due_for, case.due_at = left_state, None
    elif case.due_left is not None and case.due_for == state.key:
        case.due_at = calendar.after(at, case.due_left)
        case.due_left = case.due_for = None
    else:
        case.due_at = calendar.after(at, state.sla_days) if state.sla_days else None
        case.due_left = case.due_for = None
    case.overdue_at = None
    case.timers_done = 0
    plan_timer(case, service, calendar)


def timers(service: Service, state: str) -> list[Timer]:
    """Timers of a state, earliest first."""
    return sorted((t for t in service.workflow.timers if t.state == state), key=lambda t: t.after_days)


def plan_timer(case: Case, service: Service, calendar: Calendar) -> None:
    """Write down when the next timer of the present state is due."""
    waiting = timers(service, case.state)[case.timers_done :]
    case.next_timer_at = calendar.after(case.state_since, waiting[0].after_days) if waiting else None
