"""Open cases of the demo's made-up year stand in the inbox as the spine would have left them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from balai import clock
from balai.admin.demo import year
from balai.cases import Case, CaseEvent, tasks, units
from balai.places import villages

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_open_ones_have_their_deadline_and_the_clock_finds_nothing_to_catch_up(session, tenant, office):
    with clock.frozen(NOW):
        year.write(session, year.tell(7, {"feedback.pengaduan": 80, "feedback.usul": 10}, villages(session), NOW))
        found = session.scalars(select(Case).where(Case.closed_at.is_(None))).all()
        assert len({case.overdue_at is None for case in found}) == 2, "some on time, some late"
        calendar = units.calendar(session)
        for case in found:
            assert case.due_at == calendar.after(case.filed_at, 3)
            assert (case.overdue_at is not None) == (case.due_at < NOW)
            assert case.next_timer_at is None or case.next_timer_at > NOW
        told = session.scalars(select(CaseEvent).where(CaseEvent.kind == "overdue")).all()
        assert {case.id for case in found if case.overdue_at} <= {event.case_id for event in told}
        tasks.run_clock.run(session, tenant)
        assert len(session.scalars(select(CaseEvent)).all()) == sum(c.seq for c in session.scalars(select(Case)))
    with clock.frozen(NOW + timedelta(days=7)):
        before = len(told)
        tasks.run_clock.run(session, tenant)
        assert len(session.scalars(select(CaseEvent).where(CaseEvent.kind == "overdue")).all()) > before
