"""What must hold of every case at every moment, whatever happened to it or to the people around it: for property tests."""

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balai.cases import Case
    from balai.db import TenantSession


def assert_whole(session: "TenantSession", case: "Case") -> None:
    """State, unit and next step while it is open, an outcome once it isn't, and a timeline without gaps that tells the same."""
    from balai import cases
    from balai.cases import timeline

    session.flush()
    flow = cases.rules(session, case).workflow
    state = flow.state(case.state)
    assert case.unit_id is not None
    if case.is_open:
        assert state.outcome is None
        assert flow.leaving(case.state), "an open case without a next step"
        assert case.waits_for == state.waits_for
        assert (case.outcome, case.closed_at) == (None, None)
        if state.waits_for == "staff" and state.sla_days:
            assert case.due_at is not None
    else:
        assert state.outcome == case.outcome
        assert (case.due_at, case.next_timer_at) == (None, None)
    events = [e.event for e in timeline.read(session, case, whole=True)]
    assert [e.seq for e in events] == list(range(1, case.seq + 1))
    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(events))
    assert events[-1].unit == case.unit_id, "the timeline names another unit"
    reached = None
    for event in events:
        if event.to_state is not None:
            assert event.from_state == reached, "the timeline has a gap"
            reached = event.to_state
    assert reached == case.state


def assert_read(session: "TenantSession", case: "Case") -> None:
    """Somebody can act on an open case: its unit is staffed, its assignee is there, a secret one has a reader."""
    from sqlalchemy import select

    from balai.auth import Member
    from balai.cases import units
    from balai.cases.models import CaseReader

    if not case.is_open:
        return
    unit = units.unit(session, case.unit_id)
    assert units.is_staffed(session, unit.id), f"nobody works in {unit.name}"
    if case.assignee_id is not None:
        assert session.scalars(select(Member.active).where(Member.id == case.assignee_id)).one(), "assigned to nobody"
    if case.visibility == "secret":
        readers = select(Member.id).join(
            CaseReader, (CaseReader.tenant_id == Member.tenant_id) & (CaseReader.member_id == Member.id)
        )
        living = readers.where(CaseReader.case_id == case.id, Member.active)
        assert session.scalars(living).first() is not None, "a secret case that nobody may read"
