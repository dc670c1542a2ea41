"""The clock of cases: overdue, reminders, escalation, automatic closing, pausing while the reporter must answer."""

from datetime import UTC, datetime, timedelta

import pytest

from balai import cases, notify
from balai.cases import Person, Reporter, tasks, timeline
from balai.clock import frozen

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09.00 in Jakarta


@pytest.fixture
def case(session, file_complaint):
    with frozen(MONDAY):
        made = file_complaint(reporter=Reporter(email="rina@contoh.id")).case
    session.commit()
    return made


def on(day, hour=3):
    """A moment in November or December 2026: on(24) is Tuesday the 24th, on(34) the 4th of December."""
    return frozen(datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day - 1))


def test_lapor_deadlines(case):
    assert case.due_at.isoformat() == "2026-11-26T16:59:59+00:00"  # Thursday, 23.59.59 in Jakarta


def test_overdue_is_marked_once(session, tenant, case):
    with on(26):
        tasks.run_clock(session, tenant)
        assert not case.is_overdue
    with on(27):
        tasks.run_clock(session, tenant)
        tasks.run_clock(session, tenant)
        assert case.is_overdue
    kinds = [e.event.kind for e in timeline.read(session, case, whole=True)]
    assert kinds.count("overdue") == 1


def test_reminder_then_escalation(session, tenant, office, case):
    for day in (26, 30):
        with on(day):
            tasks.run_clock(session, tenant)
    templates = [m.template for m in notify.inbox(session, office.officer_id)]
    assert templates == ["cases.staff_escalated", "cases.staff_remind"]
    assert case.next_timer_at is None


def test_the_clock_stands_while_the_reporter_must_answer(session, tenant, office, case):
    rina = Person("citizen", holds=frozenset({case.id}))
    with on(24):
        cases.ask(session, case.id, "Di sebelah mana?", person=office.staff())
        assert case.due_left == 2
    with on(30):
        tasks.run_clock(session, tenant)
        assert not case.is_overdue
        cases.answer(session, case.id, "Sebelah kiri.", person=rina)
    assert case.due_at.isoformat() == "2026-12-02T16:59:59+00:00"


def test_an_unanswered_question_closes_the_case_after_ten_working_days(session, tenant, office, case):
    with on(24):
        cases.ask(session, case.id, "Di sebelah mana?", person=office.staff())
    with on(38):
        tasks.run_clock(session, tenant)
        assert case.is_open
    with on(39):
        tasks.run_clock(session, tenant)
    assert (case.state, case.outcome) == ("kedaluwarsa", "lapsed")
    assert timeline.read(session, case, whole=True)[-1].event.actor_kind == "system"


def test_an_answer_without_reply_counts_as_done(session, tenant, office, case):
    with on(24):
        cases.move_case(session, case.id, "jawab", person=office.staff(), fields={"answer": "Sudah diganti."})
    with on(39):
        tasks.run_clock(session, tenant)
    assert case.outcome == "done"


def test_who_leaves_leaves_nothing_behind(session, tenant, office, file_complaint):
    from balai.cases import units
    from balai.cases.letterbox import leaving
    from balai.testing.offices import add_member

    lone = add_member(session, "Sendiri")
    unit = units.create_unit(session, name="Satu orang", head_id=lone)
    units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)
    case = file_complaint().case
    assert case.unit_id == unit.id
    leaving.leave_nothing_behind(session, lone)
    session.refresh(case)
    assert case.unit_id == office.unit_id


def test_proof_says_how_long_it_usually_takes(session, office, file_complaint):
    from balai.cases.figures import count_figures
    from balai.cases.hooks import collect_service_proof

    for _n in range(5):
        with frozen(MONDAY):
            made = file_complaint().case
        with frozen(MONDAY + timedelta(days=4)):
            cases.move_case(session, made.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    with frozen(MONDAY + timedelta(days=30)):
        assert collect_service_proof(session, "feedback.pengaduan") == []  # nothing is counted for a page
        count_figures(session, None)
        (proof,) = collect_service_proof(session, "feedback.pengaduan")
        assert proof.sentence == "Biasanya selesai 4 hari"
        assert collect_service_proof(session, "feedback.usul") == []


def test_lapor_s_numbers_are_the_defaults(session, office, case):
    """3 working days to route, 5 to respond, 10 without an answer close it."""
    flow = cases.rules(session, case).workflow
    assert flow.state("diterima").sla_days == 3
    assert flow.state("dikerjakan").sla_days == 5
    closing = {t.state: t.after_days for t in flow.timers if t.do not in {"remind", "escalate"}}
    assert closing
    assert set(closing.values()) == {10}
    with on(24):
        cases.move_case(session, case.id, "teruskan", person=office.staff())
    assert case.due_at.isoformat() == "2026-12-01T16:59:59+00:00"


def test_escalation_reaches_the_head_and_the_reminder_the_assignee(session, tenant, office, case):
    from balai.cases import units
    from balai.testing.offices import add_member

    colleague = add_member(session, "Tono Rekan")
    units.add_member(session, units.unit(session, office.unit_id), colleague)
    with on(23):
        cases.assign(session, case.id, person=office.staff(), member_id=colleague)
    for day in (26, 30):
        with on(day):
            tasks.run_clock(session, tenant)
    assert [m.template for m in notify.inbox(session, colleague)] == ["cases.staff_remind", "cases.staff_assigned"]
    assert "cases.staff_escalated" in [m.template for m in notify.inbox(session, office.officer_id)]


def test_over_christmas_and_new_year(session, tenant, office, file_complaint):
    """Filed on the 23rd: the 24th is joint leave, the 25th Christmas, the 1st New Year."""
    with frozen(datetime(2026, 12, 23, 3, tzinfo=UTC)):
        made = file_complaint().case
        assert made.due_at.isoformat() == "2026-12-30T16:59:59+00:00"
        cases.move_case(session, made.id, "teruskan", person=office.staff())
        assert made.due_at.isoformat() == "2027-01-04T16:59:59+00:00"
    with frozen(datetime(2027, 1, 2, tzinfo=UTC)):
        tasks.run_clock(session, tenant)
        assert not made.is_overdue
