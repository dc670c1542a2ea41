"""One act on several cases, and taking it back.

Each case is acted on by the same functions as on its own page, so nothing is possible here that isn't there. Undoing writes what
it takes back into the timeline (which can't be changed), and only where nobody has acted since. Steps that ask for words or that
end a case are left to the case's page: what a reporter was told can't be taken back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.cases import access, acting, catalogue, moving, timeline
from balai.cases.models import Case, CaseText
from balai.cases.officer import queries
from balai.cases.officer.models import BulkAct
from balai.cases.people import Person
from balai.clock import now
from balai.db import TenantSession, announce
from balai.errors import Conflict, Invalid, NotFound, Problem
from balai.web.i18n import gettext as _

MOST: Final = 100
UNDO_WITHIN: Final = timedelta(minutes=10)
_IDS = ("unit_id", "assignee_id")
_TIMES = ("state_since", "due_at", "overdue_at", "next_timer_at")
_PLAIN = ("state", "waits_for", "due_left", "due_for", "timers_done")


@dataclass(slots=True)
class Result:
    """What came of an act: how many cases, and (code, why) of those that were left out."""

    act: BulkAct | None = None
    done: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def assign(
    session: TenantSession, person: Person, codes: Sequence[str], *, unit_id: UUID | None, member_id: UUID | None
) -> Result:
    """Give cases to a unit, a member, or both; neither: to nobody in particular of the unit that has them."""

    def act(case: Case) -> dict[str, Any]:
        acting.assign(session, case.id, person=person, unit_id=unit_id, member_id=member_id)
        return {}

    return _each(session, person, "assign", codes, act)


def step(session: TenantSession, person: Person, codes: Sequence[str], key: str) -> Result:
    """Take a step of the workflow that asks for nothing and ends nothing."""

    def act(case: Case) -> dict[str, Any]:
        if key not in {s.key for s in quick_steps(session, case, person)}:
            raise Conflict(_("Langkah ini tidak bisa diambil sekarang."), slug="langkah-tidak-bisa")
        moving.move_case(session, case.id, key, person=person)
        return {}

    return _each(session, person, "step", codes, act)


def quick_steps(session: TenantSession, case: Any, person: Person) -> list[moving.Step]:
    """Steps of a case that may be taken for many at once."""
    flow = catalogue.rules_of(session, case.service_id, case.service_version).workflow
    return [s for s in moving.steps(session, case, person) if not s.demands and flow.state(s.target).outcome is None]


def note(session: TenantSession, person: Person, codes: Sequence[str], text: str) -> Result:
    """The same internal note to each."""

    def act(case: Case) -> dict[str, Any]:
        return {"event": str(acting.note(session, case.id, text, person=person).id)}

    return _each(session, person, "note", codes, act)


def read(session: TenantSession, person: Person, codes: Sequence[str]) -> Result:
    """The member has seen them."""
    return _each(session, person, "read", codes, lambda _case: {})


def _each(
    session: TenantSession, person: Person, kind: str, codes: Sequence[str], act: Callable[[Case], dict[str, Any]]
) -> Result:
    if person.member_id is None:
        raise NotFound
    if not codes:
        raise Invalid.field("pilih", _("Pilih dulu satu atau lebih."))
    if len(codes) > MOST:
        raise Invalid.field("pilih", _("Paling banyak %(most)s sekali jalan.", most=MOST))
    result, items, wrong = Result(), [], None
    # In the order of ids everywhere, so that two officers' locks never wait for each other in a ring.
    for case in _found(session, person, codes):
        try:
            with session.begin_nested():
                before = _snapshot(moving.lock(session, case.id))
                items.append(act(case) | {"case": str(case.id), "code": case.code, "before": before})
        except Problem as problem:
            wrong = problem if isinstance(problem, Invalid) else wrong
            result.skipped.append((case.code, problem.detail or problem.title))
    if not items and wrong is not None:
        raise wrong
    _finish(session, person, kind, items, result)
    return result


def _finish(session: TenantSession, person: Person, kind: str, items: list[dict[str, Any]], result: Result) -> None:
    if not items or person.member_id is None:
        return
    session.flush()
    touched = {UUID(i["case"]): i for i in items}
    seqs = dict(session.execute(select(Case.id, Case.seq).where(Case.id.in_(touched))).all())
    known = queries.read_until(session, person.member_id, list(touched))
    for case_id, item in touched.items():
        item |= {"seq": seqs[case_id], "read": known.get(case_id)}
    queries.mark_read(session, person.member_id, seqs, now())
    result.act = BulkAct(member_id=person.member_id, kind=kind, items=items)
    result.done = len(items)
    session.add(result.act)
    session.flush()


def _found(session: TenantSession, person: Person, codes: Sequence[str]) -> list[Case]:
    """Those that this person may read; secret ones are in no list, so not here either."""
    found = session.scalars(
        select(Case).where(Case.code.in_(set(codes)), Case.visibility != "secret").order_by(Case.id)
    )
    return [case for case in found if access.may_read(session, person, case)]


def undoable(session: TenantSession, person: Person) -> BulkAct | None:
    """The member's last act, while it can be taken back."""
    query = select(BulkAct).where(BulkAct.member_id == person.member_id).order_by(BulkAct.id.desc()).limit(1)
    act = session.scalars(query).first() if person.member_id else None
    return act if act is not None and act.undone_at is None and act.at > now() - UNDO_WITHIN else None


def undo(session: TenantSession, person: Person, act_id: UUID) -> Result:
    """Take an act back, case by case, where nobody has acted since. Raises Conflict after ten minutes or a second time."""
    query = select(BulkAct).where(BulkAct.id == act_id, BulkAct.member_id == person.member_id).with_for_update()
    act = session.scalars(query).first() if person.member_id else None
    if act is None or person.member_id is None:
        raise NotFound
    if act.undone_at is not None:
        raise Conflict(_("Ini sudah dibatalkan."), slug="sudah-dibatalkan")
    if act.at <= now() - UNDO_WITHIN:
        raise Conflict(_("Sudah lebih dari 10 menit: tidak bisa dibatalkan lagi."), slug="lewat-waktu")
    result, back = Result(act), {}
    for item in act.items:
        case = moving.lock(session, UUID(item["case"]))
        if case.seq != item["seq"]:
            result.skipped.append((case.code, _("Sudah ada yang mengubahnya sesudah Anda.")))
            continue
        _take_back(session, person, act, case, item)
        back[case.id] = item["read"]
        result.done += 1
    session.flush()
    queries.unread_again(session, person.member_id, back)
    act.undone_at = now()
    session.flush()
    return result


def _take_back(session: TenantSession, person: Person, act: BulkAct, case: Case, item: dict[str, Any]) -> None:
    data, left, unit = {"undo": str(act.id)}, case.state, case.unit_id
    if act.kind == "note":
        text = session.get(CaseText, (session.tenant_id, UUID(item["event"])))
        if text is not None:
            text.redacted_at = now()
            keys.seal(session, text, "body", None)
        timeline.append(session, case, "redacted", person, public=False, data=data | {"event": item["event"]})
    elif act.kind == "assign":
        _restore(case, item["before"], _IDS)
        held = {"unit": str(case.unit_id), "member": str(case.assignee_id or ""), "from": {"unit": str(unit)}}
        timeline.append(session, case, "assigned", person, public=unit != case.unit_id, data=data | held)
    elif act.kind == "step":
        _restore(case, item["before"], (*_IDS, *_TIMES, *_PLAIN))
        data |= {"step": "", "effect": "none"}
        timeline.append(session, case, "moved", person, from_state=left, to_state=case.state, data=data)
        session.flush()
        announce(session, "case_moved", case.id)


def _snapshot(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(case, name) for name in _PLAIN}
    found |= {name: str(value) if (value := getattr(case, name)) else None for name in _IDS}
    return found | {name: value.isoformat() if (value := getattr(case, name)) else None for name in _TIMES}


def _restore(case: Case, before: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        value = before[name]
        if value is not None and name in _IDS:
            value = UUID(value)
        elif value is not None and name in _TIMES:
            value = datetime.fromisoformat(value)
        setattr(case, name, value)
