"""The second look before *selesai* counts: by the reporter or by another unit, with steps, deadline, timers and four eyes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from balai import cases, notify
from balai.cases import Person, Reporter, catalogue, second_check, service_settings, tasks, timeline, units
from balai.cases.acting import reopen
from balai.cases.models import SlotUnit
from balai.cases.moving import move_case, steps
from balai.clock import frozen
from balai.errors import Conflict, Forbidden, Invalid
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


# --- how long, and who ---


@pytest.fixture
def windows(session, office):
    """`windows(reopen_days="3")`: the region's own windows for complaints, as the page of rules keeps them."""

    def save(service=None, **given):
        found = service or cases.service(session, "feedback.pengaduan")
        return service_settings.save(session, found, state="on", trial_until=None, sla={}, steps_off=[], windows=given)

    return save


def test_a_region_s_own_reopening_window(session, tenant, office, windows):
    shipped = cases.service(session, "feedback.pengaduan").reopen_days
    windows(reopen_days="2", check_days="9")
    service = cases.service(session, "feedback.pengaduan")
    assert (service.reopen_days, service.check_days) == (2, None), "nothing is checked here, so no days are kept for it"
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    at = MONDAY
    with frozen(lambda: at):
        case = cases.file_case(session, service, COMPLAINT, place=place).case
        finish(session, case, office.staff())
        assert case.reopen_until.isoformat() == "2026-11-25T16:59:59+00:00"
        at += timedelta(days=2, hours=14, minutes=59)
        reopen(session, case.id, "Mati lagi.", person=Person("citizen", holds=frozenset({case.id})))
        assert case.is_open
        assert case.due_at > at, "the clock starts anew"
        finish(session, case, office.staff())
        at += timedelta(days=3)
        with pytest.raises(Conflict, match="sudah lewat"):
            reopen(session, case.id, "Mati lagi.", person=Person("citizen", holds=frozenset({case.id})))
        # A running case keeps the window that it began with.
        windows(reopen_days="")
        assert cases.rules(session, case).reopen_days == 2
        assert cases.service(session, "feedback.pengaduan").reopen_days == shipped


def test_a_region_s_own_days_for_the_second_look(office):
    for who, usual in (("penerima", second_check.UNIT_DAYS), ("citizen", second_check.CITIZEN_DAYS)):
        shipped = replace(catalogue.registered()["feedback.pengaduan"], second_check=who)
        assert second_check.days_of(shipped) == usual
        setting = cases.ServiceSetting(
            service_id=shipped.id, sla={}, texts={}, steps_off=[], extra_fields={}, check_days=6
        )
        own = catalogue.changed(shipped, setting)
        flow = second_check.with_check(own).workflow
        state = flow.state("2_periksa_selesai")
        days = {t.do: t.after_days for t in flow.timers if t.state == state.key}
        if who == "citizen":
            assert days == {"2_diam_selesai": 6}
        else:
            assert (state.sla_days, days) == (6, {"remind": 5, "escalate": 7})


@pytest.mark.parametrize("given", [{"reopen_days": "banyak"}, {"reopen_days": "251"}, {"reopen_days": "-1"}])
def test_windows_that_make_no_sense_are_named(windows, given):
    with pytest.raises(Invalid) as caught:
        windows(**given)
    assert (caught.value.errors[0].field, "0 sampai 250 hari kerja" in caught.value.errors[0].message) == (
        "reopen_days", True,
    )  # fmt: skip


def test_a_unit_that_only_checks(session, office, works, checked):
    """The slot `pemeriksa` stands at no state of the path: an inspectorate that looks at what others finished."""
    inspector = add_member(session, "Ina Inspektorat")
    unit = units.create_unit(session, name="Inspektorat", head_id=inspector)
    units.map_slot(session, "feedback.pengaduan", "pemeriksa", unit.id)
    case = checked("pemeriksa")
    assert "pemeriksa" in cases.rules(session, case).slots
    move_case(session, case.id, "teruskan", person=office.staff())
    finish(session, case, works)
    assert (case.unit_id, case.is_open) == (unit.id, True)
    ina = Person("staff", inspector, permissions=frozenset({"cases.work"}), units=frozenset({unit.id}))
    assert {s.key for s in steps(session, case, ina)} == {"2_beres_selesai", "2_belum_selesai"}
    move_case(session, case.id, "2_beres_selesai", person=ina)
    assert case.outcome == "done"


def test_reminder_and_escalation_of_the_second_look(session, tenant, office, works, checked):
    at = MONDAY
    with frozen(lambda: at):
        case = checked("penerima")
        move_case(session, case.id, "teruskan", person=office.staff())
        finish(session, case, works)
        for days, template in ((2, "cases.staff_remind"), (4, "cases.staff_escalated")):
            at = MONDAY + timedelta(days=days + (2 if days > 3 else 0), hours=16)
            tasks.run_clock(session, tenant)
            told = [m.template for m in notify.inbox(session, office.officer_id)]
            assert template in told
    assert timeline.read(session, case, whole=True)[-1].event.kind in {"escalated", "overdue"}
