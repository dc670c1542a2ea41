"""A year behind each demo region, so that its evidence shows something: made up from a seed, told case by case.

Stories first (plain values, from which a test counts by itself what pages must show), then the rows that they would have left.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from balai import cases, clock, keys
from balai.cases import Case, CaseEvent, catalogue, units
from balai.cases.clockwork import enter_state, plan_timer
from balai.cases.codes import new_code
from balai.cases.second_check import with_check
from balai.contracts import Service
from balai.db import TenantSession, new_id
from balai.places import AreaName

CATEGORIES: Final = (
    ("air", 24, "Air keruh dan sering mati sejak sepekan."), ("jalan", 20, "Jalan berlubang dan licin waktu hujan."),
    ("sampah", 16, "Sampah menumpuk di tepi jalan."), ("lampu", 12, "Lampu jalan padam sejak beberapa malam."),
    ("ketertiban", 6, "Suara bising sampai larut malam."), ("pohon", 5, "Dahan pohon hampir mengenai kabel."),
    ("pelayanan", 7, "Antrean loket lama dan petugas hanya satu."), ("lainnya", 10, "Selokan mampet, genangan tidak surut."),
)  # fmt: skip
_CHANNELS: Final = (("web", 70), ("counter", 15), ("phone", 10), ("api", 5))
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one request. person: a made-up phone number or None; closings: (when, outcome), reopened between them."""

    service: str
    category: str
    text: str
    village: str
    channel: str
    assisted: bool
    person: str | None
    filed_at: datetime
    overdue_at: datetime | None
    closings: tuple[tuple[datetime, str], ...]
    reopened_at: datetime | None
    stars: int | None


def tell(seed: int, monthly: Mapping[str, int], villages: Sequence[AreaName], now: datetime) -> list[Story]:
    """Stories of the twelve months before `now`; monthly: service id -> how many in a month."""
    dice = random.Random(seed)  # noqa: S311 - made-up data
    # People live where they live: some districts have nobody who reports.
    homes = villages[: max(1, len(villages) * 4 // 5)]
    found = [
        _story(dice, service, now - timedelta(days=dice.randrange(1, 360)), dice.choice(homes).code, now)
        for service, number in sorted(monthly.items())
        for _n in range(12 * number)
    ]
    return sorted(found, key=lambda story: (story.filed_at, story.service, story.village, story.text))


def _story(dice: random.Random, service: str, day: datetime, village: str, now: datetime) -> Story:
    filed_at = day.replace(
        hour=1 + dice.randrange(8), minute=dice.randrange(60), second=dice.randrange(60), microsecond=0
    )
    category, _weight, text = dice.choices(CATEGORIES, [c[1] for c in CATEGORIES])[0]
    channel = dice.choices([c[0] for c in _CHANNELS], [c[1] for c in _CHANNELS])[0]
    person = f"0812777{dice.randrange(500):05d}" if dice.random() < 0.7 else None  # noqa: PLR2004 - shares of a made-up year
    took = timedelta(days=dice.choice((1, 1, 2, 3, 4, 6, 9, 14)), hours=dice.randrange(3))
    late = took > timedelta(days=7)
    outcome = dice.choices(("done", "not_possible", "referred", "withdrawn"), (82, 8, 6, 4))[0]
    closings: tuple[tuple[datetime, str], ...] = ((filed_at + took, outcome),)
    reopened: datetime | None = None
    stars: int | None = None
    if outcome == "done" and dice.random() < 0.06:  # noqa: PLR2004
        reopened = filed_at + took + timedelta(days=1)
        closings = (*closings, (reopened + timedelta(days=2), "done"))
    if outcome == "done" and dice.random() < 0.35:  # noqa: PLR2004
        stars = dice.choices((1, 2, 3, 4, 5), (4, 6, 12, 38, 40))[0]
    if closings[-1][0] + _HOUR >= now:
        closings, reopened, stars = (), None, None
    overdue = filed_at + timedelta(days=7) if late and closings else None
    return Story(
        service, category, text, village, channel, channel not in {"web", "api"}, person, filed_at, overdue, closings,
        reopened, stars,
    )  # fmt: skip


def write(session: TenantSession, stories: Iterable[Story]) -> int:
    """Write the rows that these stories would have left; answers how many cases."""
    known: dict[str, tuple[Service, int, Any]] = {}
    made: list[tuple[Case, list[CaseEvent]]] = []
    for story in stories:
        if story.service not in known:
            service = cases.service(session, story.service)
            version = catalogue.current_version(session, service)
            unit = units.unit_for(session, service.id, catalogue.first_slot(service))
            known[story.service] = with_check(service), version, unit.id
        made.append(_rows(session, story, *known[story.service]))
    session.add_all(case for case, _events in made)
    session.flush()
    session.add_all(event for _case, events in made for event in events)
    session.flush()
    return len(made)


def _rows(
    session: TenantSession, story: Story, service: Service, version: int, unit: Any
) -> tuple[Case, list[CaseEvent]]:
    last = story.closings[-1] if story.closings else None
    state = _end(service, last[1]) if last else service.workflow.start
    region = catalogue.tenant_of(session).region_code or "0000"
    year = units.calendar(session).today(story.filed_at).year
    case = Case(
        id=new_id(), code=new_code(region), service_id=service.id, service_version=version, state=state, waits_for="staff",
        outcome=last[1] if last else None, unit_id=unit, region=story.village, channel=story.channel, assisted=story.assisted,
        anonymity="named", visibility="public", summary=story.text, data={"bidang": story.category, "uraian": story.text},
        pseudonym=keys.pseudonym(session, year, sub=None, phone=story.person, email=None), filed_at=story.filed_at,
        changed_at=last[0] if last else story.filed_at, state_since=last[0] if last else story.filed_at,
        closed_at=last[0] if last else None, reopened=1 if story.reopened_at else 0, rating=story.stars,
    )  # fmt: skip
    events = list(_events(story, service))
    if last is None:
        events += _running(session, case, service)
    case.seq = len(events)
    for number, event in enumerate(events, start=1):
        event.case_id, event.seq, event.unit = case.id, number, unit
    return case, events


def _running(session: TenantSession, case: Case, service: Service) -> Iterator[CaseEvent]:
    """Give an open case its deadline and its next timer, as the spine would have; what has rung already, rang."""
    calendar, at = units.calendar(session), clock.now()
    enter_state(case, service, calendar, case.filed_at)
    while case.next_timer_at is not None and case.next_timer_at <= at:
        case.timers_done += 1
        plan_timer(case, service, calendar)
    if case.due_at is not None and case.due_at < at:
        case.overdue_at = case.due_at + timedelta(seconds=1)
        yield _event("overdue", case.overdue_at, "system", data={"due": case.due_at.isoformat()})


def _events(story: Story, service: Service) -> Iterator[CaseEvent]:
    start = service.workflow.start
    yield _event("filed", story.filed_at, "citizen", to=start, data={"channel": story.channel})
    if story.overdue_at:
        yield _event("overdue", story.overdue_at, "system")
    for number, (at, outcome) in enumerate(story.closings):
        if number and story.reopened_at:
            yield _event("reopened", story.reopened_at, "citizen", to=start)
        step = {"step": "selesaikan", "effect": "approved"}
        yield _event("moved", at, "staff", to=_end(service, outcome), data=step)
    if story.stars and story.closings:
        yield _event("rated", story.closings[-1][0] + _HOUR, "citizen", data={"stars": story.stars})


def _event(
    kind: str, at: datetime, actor: str, *, to: str | None = None, data: dict[str, Any] | None = None
) -> CaseEvent:
    came = None if kind == "filed" or to is None else "dikerjakan"
    return CaseEvent(
        id=new_id(), kind=kind, at=at, actor_kind=actor, to_state=to, from_state=came, public=True, data=data or {}
    )


def _end(service: Service, outcome: str) -> str:
    """The state with this outcome, else the first end."""
    ends = [s for s in service.workflow.states if s.outcome is not None]
    return next((s.key for s in ends if s.outcome == outcome), ends[0].key)
