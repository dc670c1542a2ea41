"""The spine's clock: deadlines that pass, timers that are due, cases that wait where nobody works."""

from uuid import UUID

from balai.cases import catalogue, queries, telling, timeline, units
from balai.cases.clockwork import plan_timer, timers
from balai.cases.letterbox import leaving
from balai.cases.models import Case
from balai.cases.moving import apply_step, lock
from balai.cases.people import SYSTEM
from balai.cases.referral import flow
from balai.cases.referral import services as referral
from balai.clock import now
from balai.contracts import Service, Timer, periodic, task
from balai.db import TenantSession
from balai.tenancy import Tenant


@periodic("*/10 * * * *", together=True)
@task("cases.run_clock")
def run_clock(session: TenantSession, _tenant: Tenant) -> None:
    """Mark what is overdue, ring timers. Deadlines end with a day, so ten minutes are soon enough."""
    at = now()
    leaving.rescue(session)
    for case_id in queries.late(session, at):
        mark_overdue(session, case_id)
    for case_id in queries.ringing(session, at):
        ring(session, case_id)


def mark_overdue(session: TenantSession, case_id: UUID) -> None:
    """Write into the timeline that a deadline has passed."""
    case = lock(session, case_id)
    if not case.is_open or case.due_at is None or case.due_at >= now() or case.overdue_at is not None:
        return
    case.overdue_at = now()
    timeline.append(session, case, "overdue", SYSTEM, at=case.overdue_at, data={"due": case.due_at.isoformat()})
    session.flush()


def ring(session: TenantSession, case_id: UUID) -> None:
    """Do what the next timer of a case says."""
    case = lock(session, case_id)
    if case.next_timer_at is None or case.next_timer_at > now():
        return
    service = catalogue.rules(session, case)
    waiting = timers(service, case.state)[case.timers_done :] if case.is_open else []
    if not waiting:
        case.next_timer_at = None
        return
    case.timers_done += 1
    _do(session, case, service, waiting[0])
    session.flush()


def _do(session: TenantSession, case: Case, service: Service, timer: Timer) -> None:
    if timer.do in {"remind", "escalate"}:
        escalated = timer.do == "escalate"
        if escalated:
            timeline.append(session, case, "escalated", SYSTEM, public=False, data={"after_days": timer.after_days})
        telling.reminded(session, case, service, escalated=escalated)
        plan_timer(case, service, units.calendar(session))
        return
    step = service.workflow.transition(timer.do)
    if step.key.startswith(flow.SILENCE):
        referral.lapse(session, case, service, step)
        return
    event = apply_step(session, case, service, step, SYSTEM)
    telling.case_moved(session, case, service, step, event, {})
