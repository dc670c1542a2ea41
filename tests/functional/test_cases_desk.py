"""The one statement that filing asks says what the long way says, and staff learn of a new case by job."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import catalogue, units
from balai.cases.desk import desk_for, open_desk
from balai.cases.models import OwnDay, ServiceSetting
from balai.clock import now
from balai.errors import NotFound
from balai.notify import Message
from balai.testing.offices import add_member

SERVICE = "feedback.pengaduan"


def same(session, *areas):
    short = open_desk(session, SERVICE, *areas)
    session.info.clear()
    long = desk_for(session, catalogue.service(session, SERVICE))
    for name in ("open", "state", "reason", "missing", "call_instead"):
        assert getattr(short.accepted, name) == getattr(long.accepted, name), name
    assert short.unit.id == long.unit.id
    assert short.unit.head_id == long.unit.head_id
    assert (short.service, short.version) == (long.service, long.version)
    return short


def test_a_fresh_region(session, office):
    assert same(session).accepted.open


def test_without_staff(session, tenant):
    units.admin_unit(session)
    desk = same(session)
    assert not desk.accepted.open
    assert len(desk.accepted.missing) == 2


def test_a_mapped_unit_and_one_without_people(session, office):
    roads = units.create_unit(session, name="Dinas Jalan", phone="022 1", head_id=add_member(session))
    units.map_slot(session, SERVICE, "penerima", roads.id)
    assert same(session).unit.name == "Dinas Jalan"
    roads.active = False
    assert same(session).unit.id == office.unit_id


@pytest.mark.parametrize("state", ["on", "paused", "closing", "off", "trial"])
def test_every_state_of_a_service(session, office, state):
    until = now().date() - timedelta(days=1) if state == "trial" else None
    session.add(ServiceSetting(service_id=SERVICE, state=state, trial_until=until, call_instead="112"))
    assert same(session).accepted.open == (state == "on")


def test_changed_rules_get_a_number_of_their_own(session, office):
    first = same(session).version
    session.add(ServiceSetting(service_id=SERVICE, sla={"diterima": 1}, texts={"titles.id": "Lapor"}, steps_off=[]))
    desk = same(session)
    assert desk.version == first + 1
    assert desk.service.title == "Lapor"


def test_own_days_count_and_areas_are_those_of_this_region(session, tenant, other_tenant, office):
    session.add(OwnDay(day=date(2026, 3, 2), name="HUT kota", working=False))
    here, there = f"{tenant.region_code}.01", f"{other_tenant.region_code}.01"
    assert same(session, here, there, "x").areas == {here}
    open_desk(session, SERVICE)
    assert not units.calendar(session).is_working(date(2026, 3, 2))


def test_what_is_not_offered(session, regions, app):
    from balai.tenancy import tenant_scope

    with pytest.raises(NotFound):
        open_desk(session, "feedback.tidak")
    with app.app_context(), tenant_scope(regions(plugins=())) as bare, pytest.raises(NotFound):
        open_desk(bare, SERVICE)


def test_the_head_learns_of_a_new_case_by_job(app, session, tenant, office, file_complaint, jobs_done):
    filed = file_complaint()
    session.commit()
    assert session.scalars(select(Message)).all() == []
    jobs_done(app, tenant=tenant)
    message = session.scalars(select(Message)).one()
    assert (message.template, message.member_id) == ("cases.staff_new", office.officer_id)
    assert cases.Case is type(filed.case)
