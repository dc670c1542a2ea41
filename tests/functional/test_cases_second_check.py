"""The second look before *selesai* counts: by the reporter or by another unit, with steps, deadline, timers and four eyes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from balai import cases, notify
from balai.cases import Person, Reporter, catalogue, second_check, tasks, timeline, units
from balai.cases.acting import reopen
from balai.cases.models import SlotUnit
from balai.cases.moving import move_case, steps
from balai.clock import frozen
from balai.errors import Conflict, Forbidden
from balai.notify.models import Message
from balai.testing.offices import COMPLAINT, add_member, fields_for

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def checked(session, tenant, office):
    """`checked("citizen")`: a complaint under rules that demand this second check."""

    def make(who, **options):
        service = replace(cases.service(session, "feedback.pengaduan"), second_check=who)
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        options.setdefault("reporter", Reporter(name="Rina", email="rina@contoh.id"))
        return cases.file_case(session, service, COMPLAINT, place=place, **options).case

    return make


@pytest.fixture
def works(session, office):
    """A unit of its own for `pelaksana`, with one member; the officer of the admin unit receives and checks."""
    member = add_member(session, "Wati Pelaksana")
    unit = units.create_unit(session, name="Penerangan Jalan", phone="", parent_id=None, head_id=member)
    units.add_member(session, unit, member)
    session.add(SlotUnit(service_id="feedback.pengaduan", slot="pelaksana", unit_id=unit.id))
    session.flush()
    granted = frozenset({"cases.work", "cases.assign"})
    return Person("staff", member, permissions=granted, units=frozenset({unit.id}), heads=frozenset({unit.id}))


def kinds(session, case):
    return [e.event.kind for e in timeline.read(session, case, whole=True)]


def mails(session):
    found = session.scalars(select(Message).where(Message.channel == "email").order_by(Message.id))
    return [(m.template, notify.text_of(session, m)[1]) for m in found]


def finish(session, case, person):
    return move_case(session, case.id, "selesaikan", person=person, fields={"answer": "Lampu diganti."})


def test_the_reporter_confirms(session, office, checked):
    case = checked("citizen")
    rina = Person("citizen", holds=frozenset({case.id}))
    finish(session, case, office.staff())
    assert (case.is_open, case.outcome, case.waits_for) == (True, None, "citizen")
    assert not second_check.is_completed(case)
    assert steps(session, case, office.staff()) == []
    assert [s.label for s in steps(session, case, rina)] == ["Sudah beres", "Belum beres"]
    template, text = mails(session)[-1]
    assert template == "cases.answered"
    assert "Lampu diganti." in text
    move_case(session, case.id, "2_beres_selesai", person=rina)
    assert (case.state, case.outcome) == ("selesai", "done")
    assert second_check.is_completed(case)
    assert kinds(session, case)[-1] == "confirmed"


def test_the_reporter_disputes_and_it_goes_back_to_where_the_work_was_done(session, office, works, checked):
    case = checked("citizen")
    rina = Person("citizen", holds=frozenset({case.id}))
    move_case(session, case.id, "teruskan", person=office.staff())
    finish(session, case, works)
    move_case(session, case.id, "2_belum_selesai", person=rina, fields={"reply": "Masih gelap."})
    assert (case.state, case.waits_for, case.unit_id) == ("dikerjakan", "staff", next(iter(works.units)))
    assert case.due_at is not None
    assert kinds(session, case)[-1] == "disputed"
    told = session.scalars(select(Message).where(Message.template == "cases.staff_replied")).all()
    assert {m.member_id for m in told} == {works.member_id}


def test_silence_of_the_reporter_closes_after_ten_working_days(session, office, checked):
    at = MONDAY
    with frozen(lambda: at):
        case = checked("citizen")
        finish(session, case, office.staff())
        at += timedelta(days=9)
        tasks.ring(session, case.id)
        assert case.is_open
        at += timedelta(days=9)
        tasks.ring(session, case.id)
    assert case.outcome == "done"
    assert kinds(session, case)[-1] == "moved", "silence is no confirmation"


def test_another_unit_confirms_and_only_then_the_reporter_hears(session, office, works, checked):
    case = checked("penerima")
    move_case(session, case.id, "teruskan", person=office.staff())
    before = len(mails(session))
    finish(session, case, works)
    assert (case.is_open, case.waits_for, case.unit_id) == (True, "staff", office.unit_id)
    assert case.due_at is not None
    assert len(mails(session)) == before
    assert steps(session, case, works) == [], "the unit that did the work doesn't check it"
    move_case(session, case.id, "2_beres_selesai", person=office.staff())
    assert case.outcome == "done"
    template, text = mails(session)[-1]
    assert template == "cases.done"
    assert "Lampu diganti." in text
    assert kinds(session, case)[-1] == "confirmed"


def test_another_unit_disputes_with_a_reason(session, office, works, checked):
    case = checked("penerima")
    move_case(session, case.id, "teruskan", person=office.staff())
    finish(session, case, works)
    fields = {"reason": "Foto sesudahnya belum ada."}
    move_case(session, case.id, "2_belum_selesai", person=office.staff(), fields=fields)
    assert (case.state, case.unit_id) == ("dikerjakan", next(iter(works.units)))
    assert kinds(session, case)[-1] == "disputed"


def test_four_eyes_unless_there_are_only_two(session, office, checked):
    alone = checked("penerima")
    finish(session, alone, office.staff())
    assert steps(session, alone, office.staff()), "the only member of the unit can't be locked out"
    colleague = add_member(session, "Tono Rekan")
    units.add_member(session, units.unit(session, office.unit_id), colleague)
    assert steps(session, alone, office.staff()) == []
    with pytest.raises(Forbidden):
        move_case(session, alone.id, "2_beres_selesai", person=office.staff())
    other = replace(office.staff(), member_id=colleague)
    move_case(session, alone.id, "2_beres_selesai", person=other)
    assert alone.outcome == "done"


def test_reopening_restarts_the_clock_where_the_work_was_done(session, office, works, checked):
    at = MONDAY
    with frozen(lambda: at):
        case = checked("penerima")
        move_case(session, case.id, "teruskan", person=office.staff())
        finish(session, case, works)
        move_case(session, case.id, "2_beres_selesai", person=office.staff())
        at += timedelta(days=3)
        reopen(session, case.id, "Mati lagi.", person=Person("citizen", holds=frozenset({case.id})))
        assert (case.state, case.unit_id, case.overdue_at) == ("dikerjakan", next(iter(works.units)), None)
        assert case.state_since == at
        assert case.due_at > at + timedelta(days=4)
        told = session.scalars(select(Message).where(Message.template == "cases.staff_reopened")).all()
        assert {m.member_id for m in told} == {works.member_id}
        finish(session, case, works)
        move_case(session, case.id, "2_beres_selesai", person=office.staff())
        at += timedelta(days=90)
        with pytest.raises(Conflict):
            reopen(session, case.id, "Mati lagi.", person=Person("citizen", holds=frozenset({case.id})))


def test_documents_without_a_check_and_their_digests_stay_as_they_are(session, office):
    service = cases.service(session, "feedback.pengaduan")
    assert second_check.with_check(service) is service
    demanding = replace(service, second_check="citizen")
    once = second_check.with_check(demanding)
    assert second_check.with_check(once) is once
    assert catalogue.digest_of(demanding) != catalogue.digest_of(service)


SLOW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(who=st.sampled_from(["citizen", "penerima", "pelaksana"]), choices=st.lists(st.integers(0, 40), max_size=14))
def test_any_way_through_a_checked_service_keeps_the_case_whole(session, office, checked, who, choices):
    try:
        case = checked(who)
        rina = Person("citizen", holds=frozenset({case.id}))
        colleague = replace(office.staff(), member_id=add_member(session, "Rekan"))
        units.add_member(session, units.unit(session, office.unit_id), colleague.member_id)
        for choice in choices:
            if not case.is_open:
                reopen(session, case.id, "Belum.", person=rina)
            able = [(p, s) for p in (office.staff(), rina, colleague) for s in steps(session, case, p)]
            assert able, "an open case that nobody can move"
            person, step = able[choice % len(able)]
            move_case(session, case.id, step.key, person=person, fields=fields_for(session, step.demands))
            events = [e.event for e in timeline.read(session, case, whole=True)]
            if case.outcome == "done":
                assert events[-1].kind == "confirmed", "done without a second look"
            assert case.waits_for == cases.rules(session, case).workflow.state(case.state).waits_for
    finally:
        session.rollback()
