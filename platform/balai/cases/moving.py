"""Steps of a case: what is possible now, and taking it. Every change of a case passes through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai.cases import access, catalogue, second_check, telling, timeline, units, voices
from balai.cases.clockwork import enter_state
from balai.cases.filing import summarise
from balai.cases.forms import check_step
from balai.cases.models import Case, CaseEvent
from balai.cases.people import Person
from balai.cases.personal import forget, lookups
from balai.cases.personal.shield import shield
from balai.cases.referral import flow as ways
from balai.clock import now
from balai.contracts import Field, Service, Transition
from balai.db import TenantSession, announce
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may be taken now."""

    key: str
    label: str
    demands: tuple[str, ...]
    target: str


def lock(session: TenantSession, case_id: UUID) -> Case:
    """The case, read anew and locked until the transaction ends; NotFound when there is none."""
    query = select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    case = session.scalars(query).first()
    if case is None:
        raise NotFound
    return case


def steps(session: TenantSession, case: Case, person: Person) -> list[Step]:
    """Steps that this person may take now; none in a closed case."""
    if not case.is_open:
        return []
    service = catalogue.rules(session, case)
    said = voices.untold(session, case, service) if person.kind == "staff" else None
    return [
        Step(t.key, t.label, _demands(t, said), t.target)
        for t in service.workflow.leaving(case.state)
        if _may(session, person, case, t)
    ]


def _demands(step: Transition, said: Field | None) -> tuple[str, ...]:
    """What the step asks for, and what a voice note said, as long as nobody has written that down."""
    return step.demands if said is None or said.key in step.demands else (*step.demands, said.key)


def _may(session: TenantSession, person: Person, case: Case, step: Transition) -> bool:
    if person.kind == "citizen":
        return step.by == "citizen" and access.is_reporter(person, case)
    if person.kind == "system":
        return step.by == "timer" or step.by.startswith("event:")
    if step.by != "staff" or not person.may(step.permission) or not access.may_work(session, person, case):
        return False
    return second_check.may_look(session, person, case, step)


def move_case(
    session: TenantSession,
    case_id: UUID,
    step: str,
    *,
    person: Person,
    fields: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Case:
    """Take a step of the workflow.

    fields: what the step demands (words such as "answer", answers to the form's questions); seen: the `seq` of the page that
    the person acts from. Raises Conflict (slug "sudah-berubah" with what happened since, or "langkah-tidak-bisa" with the steps
    that are possible), Forbidden, Invalid (missing demands, or a voice note that nobody has written down yet), NotFound.
    """
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    require_fresh(session, case, seen)
    transition = _transition(session, case, step, person)
    service = catalogue.rules(session, case)
    said = voices.untold(session, case, service) if person.kind == "staff" else None
    if said is not None and not str((fields or {}).get(said.key) or "").strip():
        raise Invalid.field(said.key, _("Dengarkan dulu pesan suaranya, lalu tulis isinya di sini."))
    demands = _demands(transition, said)
    from balai.cases.referral import services as referral  # which takes steps itself

    handled = referral.take(session, case, service, transition, person, fields or {}, demands)
    if handled is not None:
        return handled
    words, answers = check_step(service, demands, fields or {})
    event = apply_step(session, case, service, transition, person, words=words, answers=answers)
    told = second_check.words_of(session, case, transition, words)
    telling.case_moved(session, case, service, transition, event, told)
    return case


def require_fresh(session: TenantSession, case: Case, seen: int | None) -> None:
    """Conflict when somebody changed the case after the page that is acted from; says what they did."""
    if seen is None or seen == case.seq:
        return
    events = timeline.since(session, case, seen)
    changed = [{"seq": e.seq, "kind": e.kind, "at": e.at.isoformat(), "to_state": e.to_state} for e in events]
    raise Conflict(
        _("Orang lain baru saja mengubahnya. Lihat dulu apa yang berubah, lalu coba lagi."),
        title=_("Sudah berubah sejak Anda membukanya"),
        slug="sudah-berubah",
        seq=case.seq,
        changed=changed,
    )


def _transition(session: TenantSession, case: Case, key: str, person: Person) -> Transition:
    service = catalogue.rules(session, case)
    found = next((t for t in service.workflow.leaving(case.state) if t.key == key), None)
    if case.is_open and found is not None:
        if _may(session, person, case, found):
            return found
        if person.kind == "staff":
            raise Forbidden(_("Langkah ini untuk unit atau petugas lain."))
    allowed = [{"key": s.key, "label": s.label} for s in steps(session, case, person)]
    raise Conflict(
        _("Langkah ini tidak bisa diambil sekarang."),
        title=_("Belum bisa sekarang"),
        slug="langkah-tidak-bisa",
        allowed=allowed,
        state=case.state,
        seq=case.seq,
    )


def apply_step(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    person: Person,
    *,
    words: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """Bring a locked case to the step's target: state, unit, deadline, outcome, timeline, events. Says nothing to anybody."""
    # Read before anything is changed: a question in between would first write what has changed so far, by a statement of its own.
    calendar = units.calendar(session)
    at, left = now(), case.state
    target = service.workflow.state(second_check.goal(session, case, service.workflow, step))
    if target.outcome == "referred" and person.kind != "system" and not (words or {}).get("receiver"):
        # Whatever way leads here (a document's own step, one for many): nobody is sent away without a receiver.
        raise Conflict(_("Sebutkan dulu siapa yang berwenang menanganinya."), slug="tanpa-penerima", state=case.state)
    kind = "asked" if "question" in step.demands else "answered" if "reply" in step.demands else "moved"
    kind = second_check.kind_of(service, step) or ways.kind_of(step) or kind
    data = {"step": step.key, "effect": step.effect}
    write_answers(session, case, service, answers or {})
    case.state = target.key
    if target.slot:
        _hand_to(case, units.staffed_unit_for(session, case.service_id, target.slot).id)
        if second_check.is_check(target.key):
            case.assignee_id = None
    enter_state(case, service, calendar, at, left_state=left, asked=kind == "asked")
    if target.outcome is not None:
        case.outcome, case.closed_at = target.outcome, at
        case.reopen_until = calendar.after(at, service.reopen_days) if service.reopen_days else None
    event = timeline.append(
        session, case, kind, person, at=at, from_state=left, to_state=target.key, data=data, words=words
    )
    session.flush()
    announce(session, "case_moved", case.id)
    if target.outcome is not None:
        announce(session, "case_closed", case.id)
    return event


def _hand_to(case: Case, unit_id: UUID) -> None:
    if case.unit_id != unit_id:
        case.unit_id, case.assignee_id = unit_id, None


def write_answers(session: TenantSession, case: Case, service: Service, answers: Mapping[str, Any]) -> None:
    """Answers to the form's own questions that a step demanded: personal ones go to the sealed part."""
    if not answers:
        return
    sealed = {k: v for k, v in answers.items() if service.field(k).personal or case.visibility == "secret"}
    shielded = shield(service, {k: v for k, v in answers.items() if k not in sealed})
    case.data = {**case.data, **shielded.plain}
    if case.summary == service.title:  # lists had nothing better so far
        case.summary = summarise(service, shielded.plain)
    # A masked text whose new version holds no number any more leaves no old original behind.
    before = {k: v for k, v in forget.sealed_answers(session, case).items() if k not in shielded.plain}
    forget.keep_answers(session, case, {**before, **sealed, **shielded.sealed})
    found = lookups.of_answers(session, service, sealed) | lookups.of_traces(session, shielded.traces)
    lookups.add(session, case.id, found)


def step_for_event(session: TenantSession, case_id: UUID, event: str, *, person: Person) -> Sequence[CaseEvent]:
    """Take the step that waits for `event` ("invoice_settled") in this case's present state, if there is one."""
    case = lock(session, case_id)
    service = catalogue.rules(session, case)
    for step in service.workflow.leaving(case.state) if case.is_open else ():
        if step.by == f"event:{event}":
            made = apply_step(session, case, service, step, person)
            telling.case_moved(session, case, service, step, made, {})
            return [made]
    return []
