"""A second look before *selesai* counts: by the reporter, or by another unit (a slot of the document).

A document only says `second_check: citizen` or `second_check: <slot>`, and `check_days` where the usual days don't fit. The rules
of a running case then get one more state before each end that means done, with its own steps, deadline and timers, so that inbox,
tracking, messages, REST and the chain view need to know nothing about it: a case that waits for its second look is open, and
*completed* is outcome done, nothing else.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, select

from balai import keys
from balai.cases import units
from balai.cases.models import Case, CaseEvent, CaseText
from balai.cases.people import Person
from balai.contracts import Service, State, Timer, Transition, Workflow
from balai.db import TenantSession

# Keys of documents begin with a letter: these can't be taken.
CHECK: Final = "2_periksa_"
CONFIRM: Final = "2_beres_"
DISPUTE: Final = "2_belum_"
SILENCE: Final = "2_diam_"
# A unit looks within three days; whoever doesn't answer within LAPOR's ten has nothing to object.
UNIT_DAYS: Final = 3
CITIZEN_DAYS: Final = 10


def _l(text: str) -> str:
    """Marks a source string for the catalogues; `wording.localise` translates it for its reader."""
    return text


def is_completed(case: Case) -> bool:
    """Whether a case counts as completed: done, and its second check passed if its service demands one."""
    return case.outcome == "done"


def completed() -> ColumnElement[bool]:
    """The same as a condition on Case, for lists and figures."""
    return Case.outcome == "done"


def is_check(state: str) -> bool:
    """Whether a state is the wait for the second look."""
    return state.startswith(CHECK)


def with_check(service: Service) -> Service:
    """The service with the states and steps of its second check; itself when it demands none. Documents keep the short form."""
    flow = service.workflow
    ends = [s.key for s in flow.states if s.outcome == "done"]
    if service.second_check == "none" or not ends or any(is_check(s.key) for s in flow.states):
        return service
    steps, checked = [], set()
    for step in flow.transitions:
        if step.target in ends and _needs_look(service, step):
            checked.add(step.target)
            steps.append(_stopped(service, step))
        else:
            steps.append(step)
    for end in [key for key in ends if key in checked]:
        flow = _add(service, flow, end)
    return replace(service, workflow=replace(flow, transitions=(*steps, *flow.transitions[len(steps) :])))


def days_of(service: Service) -> int:
    """Working days for the second look: the document's or the region's own, else the usual ones."""
    return service.check_days or (CITIZEN_DAYS if service.second_check == "citizen" else UNIT_DAYS)


def _needs_look(service: Service, step: Transition) -> bool:
    if service.second_check != "citizen":
        return True
    asked = all(service.workflow.state(key).waits_for == "citizen" for key in step.source)
    # Where the reporter was asked already, their yes or their silence is the second look.
    return step.by != "citizen" and not (step.by == "timer" and asked)


def _stopped(service: Service, step: Transition) -> Transition:
    # "selesai" would be a lie now. A reporter who must confirm is told what was answered; else they hear after the second look.
    message = "answered" if service.second_check == "citizen" and step.message else None
    return replace(step, target=CHECK + step.target, message=message)


def _add(service: Service, flow: Workflow, end: str) -> Workflow:
    here, by_citizen = CHECK + end, service.second_check == "citizen"
    days = days_of(service)
    source = next(
        (s.key for s in flow.states if s.outcome is None and s.waits_for == "staff" and s.key != flow.start), flow.start
    )
    if by_citizen:
        label, by, demand, state = _l("Sudah dikerjakan, menunggu pelapor memastikan"), "citizen", "reply", None
    else:
        label, by, demand, state = (
            _l("Sudah dikerjakan, sedang diperiksa lagi"),
            "staff",
            "reason",
            service.second_check,
        )
    confirm = Transition(
        CONFIRM + end, (here,), end, _l("Sudah beres"), by, effect="approved", message=None if by_citizen else "done"
    )
    # The real target is where the work was done (`goal`); this one is for whoever reads the flow.
    dispute = Transition(DISPUTE + end, (here,), source, _l("Belum beres"), by, demands=(demand,), effect="returned")
    added: tuple[Transition, ...] = (confirm, dispute)
    timers: tuple[Timer, ...] = (Timer(here, max(1, days - 1), "remind"), Timer(here, days + 1, "escalate"))
    if by_citizen:
        silence = Transition(
            SILENCE + end, (here,), end, _l("Ditutup karena tidak ada tanggapan"), "timer", message="closed"
        )
        added, timers = (*added, silence), (Timer(here, days, SILENCE + end),)
    made = State(here, label, state, None if by_citizen else days, "citizen" if by_citizen else "staff")
    return replace(
        flow, states=(*flow.states, made), transitions=(*flow.transitions, *added), timers=(*flow.timers, *timers)
    )


def kind_of(service: Service, step: Transition) -> str | None:
    """The timeline's word for a step of the second check; None for every other step."""
    if step.key.startswith(CONFIRM):
        return "confirmed"
    if step.key.startswith(DISPUTE):
        return "disputed"
    ends_well = step.by == "citizen" and service.workflow.state(step.target).outcome == "done"
    return "confirmed" if service.second_check == "citizen" and ends_well else None


def goal(session: TenantSession, case: Case, flow: Workflow, step: Transition) -> str:
    """Where a step leads: a dispute goes back to where the work was done."""
    return working_state(session, case, flow) if step.key.startswith(DISPUTE) else step.target


def working_state(session: TenantSession, case: Case, flow: Workflow) -> str:
    """The last state in which staff had to act and which was no check; the start when there was none."""
    query = select(CaseEvent.from_state).where(CaseEvent.case_id == case.id, CaseEvent.from_state.is_not(None))
    for key in session.scalars(query.order_by(CaseEvent.seq.desc())):
        state = flow.state(key or flow.start)
        if state.outcome is None and state.waits_for == "staff" and not is_check(state.key):
            return state.key
    return flow.start


def may_look(session: TenantSession, person: Person, case: Case, step: Transition) -> bool:
    """Four eyes: whoever finished the work doesn't check it, unless nobody else works in the checking unit."""
    if person.member_id is None or not step.key.startswith((CONFIRM, DISPUTE)):
        return True
    finished = _finishing(session, case)
    if finished is None or finished.actor != person.member_id:
        return True
    return all(m.id == person.member_id for m in units.members_of(session, case.unit_id))


def words_of(session: TenantSession, case: Case, step: Transition, words: Mapping[str, str]) -> Mapping[str, str]:
    """What the reporter is told at the end: after a unit's second look, the answer that waited for it."""
    if words or not step.key.startswith(CONFIRM) or step.by != "staff":
        return words
    finished = _finishing(session, case)
    text = finished and session.scalars(select(CaseText).where(CaseText.id == finished.id)).first()
    body = keys.reveal(session, text, "body") if text and text.body is not None else None
    found: dict[str, Any] = msgspec.json.decode(body) if body else {}
    return {key: word for key, word in found.items() if key == "answer"}


def _finishing(session: TenantSession, case: Case) -> CaseEvent | None:
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.to_state.startswith(CHECK, autoescape=True))
    return session.scalars(query.order_by(CaseEvent.seq.desc()).limit(1)).first()
