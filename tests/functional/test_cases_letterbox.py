"""Never a dead letterbox: what becomes of cases, units and services when people leave, are suspended, or were never there."""

import uuid

import pytest
from sqlalchemy import select

from balai import audit, cases, notify
from balai.auth import Member, leaving
from balai.cases import acting, catalogue, tasks, timeline, units
from balai.cases.letterbox import leaving as letterbox
from balai.cases.models import Case, CaseReader
from balai.cases.moving import move_case
from balai.errors import Conflict, Invalid
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT, add_member
from balai.testing.pages import post_form


@pytest.fixture
def lamps(session, office):
    """A unit of one, which receives complaints; its member leads it."""
    member = add_member(session, "Wati Lampu")
    unit = units.create_unit(session, name="Penerangan Jalan", phone="(022) 765-4321", head_id=member)
    units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)
    units.map_slot(session, "feedback.pengaduan", "pelaksana", unit.id)
    session.commit()
    return unit


def go(session, member_id, *, suspended=False):
    leaving.let_go(session, session.get(Member, (session.tenant_id, member_id)), suspended=suspended)


def kinds(session, case):
    return [e.event.kind for e in timeline.read(session, case, whole=True)]


@pytest.mark.parametrize("suspended", [False, True])
def test_the_last_member_s_cases_are_the_admins_in_the_same_transaction(
    session, office, lamps, file_complaint, suspended
):
    case = file_complaint().case
    assert case.unit_id == lamps.id
    acting.assign(session, case.id, person=office.staff(admin=True), member_id=lamps.head_id)
    done = file_complaint().case
    session.flush()
    staff = cases.Person("staff", member_id=lamps.head_id, permissions=frozenset({"cases.work"}), units={lamps.id})
    move_case(session, done.id, "selesaikan", person=staff, fields={"answer": "Beres."})
    go(session, lamps.head_id, suspended=suspended)
    # Nothing has been committed, no job has run.
    assert (case.unit_id, case.assignee_id, case.is_open) == (office.unit_id, None, True)
    assert done.unit_id == lamps.id, "what is closed stays where it was worked on"
    assert kinds(session, case)[-2:] == ["assigned", "assigned"]
    last = timeline.read(session, case, whole=True)[-1].event
    assert (last.actor_kind, last.unit, last.public, last.seq) == ("system", office.unit_id, True, case.seq)
    (told,) = [m for m in notify.inbox(session, office.officer_id) if m.template == "letterbox.landed"]
    assert notify.text_of(session, told)[0] == "1 laporan dari Penerangan Jalan"
    assert lamps.head_id is None
    assert any(e.action == "unit.emptied" for e in audit.entries(session))


def test_thousands_of_cases_move_at_once(session, office, lamps, file_complaint):
    count = 2300
    first = file_complaint().case
    session.flush()
    values = {
        c.name: getattr(first, c.key) for c in Case.__table__.columns if c.name not in {"id", "code", "tenant_id"}
    }
    session.bulk_insert_mappings(
        Case,
        [{**values, "tenant_id": session.tenant_id, "id": uuid.uuid4(), "code": f"x{n}"} for n in range(count - 1)],
    )
    go(session, lamps.head_id)
    left = session.scalars(select(Case.id).where(Case.unit_id == lamps.id)).all()
    moved = session.scalars(select(Case).where(Case.unit_id == office.unit_id)).all()
    assert (len(left), len(moved)) == (0, count)
    assert {c.seq for c in moved} == {2}


def test_colleagues_keep_the_cases_of_who_leaves(session, office, lamps, file_complaint):
    colleague = add_member(session, "Tono Lampu")
    units.add_member(session, lamps, colleague)
    case = file_complaint().case
    acting.assign(session, case.id, person=office.staff(admin=True), member_id=lamps.head_id)
    go(session, lamps.head_id)
    assert (case.unit_id, case.assignee_id) == (lamps.id, None)
    service = cases.service(session, "feedback.pengaduan")
    accepted = cases.accepts(catalogue.tenant_of(session), service, session=session)
    assert not accepted.open
    assert list(accepted.missing) == ["Unit “Penerangan Jalan” belum punya kepala."]


def test_out_of_the_unit_is_enough(session, office, lamps, file_complaint):
    case = file_complaint().case
    letterbox.take_out(session, lamps, lamps.head_id)
    assert case.unit_id == office.unit_id


def test_the_admins_unit_keeps_an_admin(session, office):
    admins = units.unit(session, office.unit_id)
    with pytest.raises(Invalid) as caught:
        letterbox.take_out(session, admins, office.officer_id)
    assert "paling sedikit satu admin" in caught.value.errors[0].message
    second = add_member(session, "Admin Dua", "admin")
    go(session, office.officer_id)
    assert admins.head_id == second
    assert [m.id for m in units.members_of(session, admins.id)] == [second]


def test_who_comes_back_from_a_suspension_has_the_units_again(session, office, lamps):
    member = session.get(Member, (session.tenant_id, lamps.head_id))
    go(session, member.id, suspended=True)
    assert member.roles == ["officer"]
    assert units.members_of(session, lamps.id) == []
    leaving.let_in(member)
    leaving.settle(session, member, "roles")
    assert [m.id for m in units.members_of(session, lamps.id)] == [member.id]
    assert units.missing(session, lamps) == ["Unit “Penerangan Jalan” belum punya kepala."]


def test_a_secret_case_gets_a_reader_who_is_there(session, office, lamps, file_complaint):
    case = file_complaint(visibility="secret").case
    session.flush()
    go(session, lamps.head_id)
    readers = set(session.scalars(select(CaseReader.member_id).where(CaseReader.case_id == case.id)))
    assert office.officer_id in readers
    assert any(e.action == "case.reader_named" for e in audit.entries(session))


def test_no_step_leads_into_a_deserted_unit(session, office, lamps, file_complaint):
    units.map_slot(session, "feedback.pengaduan", "penerima", None)
    case = file_complaint().case
    go(session, lamps.head_id)
    move_case(session, case.id, "teruskan", person=office.staff())
    assert (case.state, case.unit_id) == ("dikerjakan", office.unit_id)
    with pytest.raises(Invalid) as caught:
        acting.assign(session, case.id, person=office.staff(), unit_id=lamps.id)
    assert "belum punya anggota yang aktif" in caught.value.errors[0].message


def test_a_reopened_case_lands_where_somebody_is(session, office, lamps, file_complaint):
    case = file_complaint().case
    member = lamps.head_id
    staff = cases.Person("staff", member_id=member, permissions=frozenset({"cases.work"}), units=frozenset({lamps.id}))
    acting.assign(session, case.id, person=staff, member_id=member)
    move_case(session, case.id, "selesaikan", person=staff, fields={"answer": "Beres."})
    go(session, member)
    acting.reopen(session, case.id, "Mati lagi.", person=cases.Person("citizen", holds=frozenset({case.id})))
    assert (case.unit_id, case.assignee_id) == (office.unit_id, None)


def test_the_clock_finds_what_came_too_late(session, tenant, office, lamps, file_complaint):
    """A report that was filed while the unit's last member was just being removed: each saw the other as not there yet."""
    lamps.head_id = None
    for member in units.members_of(session, lamps.id):
        member.active = False
    case = file_complaint(is_test=True).case
    case.assignee_id = session.scalars(select(Member.id).where(~Member.active)).first()
    session.flush()
    assert case.unit_id == lamps.id
    tasks.run_clock(session, tenant)
    session.refresh(case)
    assert (case.unit_id, case.assignee_id) == (office.unit_id, None)


def test_a_service_appears_only_while_somebody_would_read_it(session, client, office, lamps):
    def shown():
        listed = {s["id"] for s in client.get("/api/v1/services").json["items"]}
        return "/layanan/feedback/pengaduan" in client.get("/layanan").text, "feedback.pengaduan" in listed

    assert shown() == (True, True)
    colleague = add_member(session, "Tono Lampu")
    units.add_member(session, lamps, colleague)
    units.set_head(session, lamps, None)
    session.commit()
    assert shown() == (False, False), "without a head"
    units.set_head(session, lamps, colleague)
    session.commit()
    assert shown() == (True, True)
    for member in units.members_of(session, lamps.id):
        go(session, member.id)
    session.commit()
    assert shown() == (False, False), "without anybody"
    assert "/layanan/feedback/usul" in client.get("/layanan").text
    act_as(client, catalogue.tenant_of(session), "admin")
    page = client.get("/kelola/layanan").text
    assert "Unit “Penerangan Jalan” belum punya anggota yang aktif." in page
    assert "Unit “Penerangan Jalan” belum punya kepala." in page


def test_a_closed_service_says_whom_to_call(session, client, tenant, office, lamps):
    go(session, lamps.head_id)
    session.commit()
    page = client.get("/layanan/feedback/pengaduan")
    assert "Sedang tidak menerima laporan" in page.text
    assert "(022) 765-4321" in page.text
    body = {"service": "feedback.pengaduan", "data": COMPLAINT, "place": {"region": f"{tenant.region_code}.01.2001"}}
    refused = client.post("/api/v1/cases", json=body)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:balai:masalah:layanan-tutup")
    assert refused.json["call"] == "(022) 765-4321"
    lamps.phone = ""
    session.commit()
    # Without a number of its own it is the region's.
    assert "(022) 123-4567" in client.get("/layanan/feedback/pengaduan").text
    assert client.post("/api/v1/cases", json=body).json["call"] == "(022) 123-4567"


def test_the_unit_page_takes_the_last_member_out_and_says_what_is_missing(
    session, client, tenant, office, lamps, file_complaint
):
    case = file_complaint().case
    member = lamps.head_id
    session.commit()
    act_as(client, tenant, "admin")
    answer = post_form(client, f"/kelola/unit/{lamps.id}", {"aksi": "keluarkan", "member_id": str(member)})
    assert answer.status_code == 303
    session.refresh(case)
    assert case.unit_id == office.unit_id
    assert "belum punya anggota yang aktif" in client.get(f"/kelola/unit/{lamps.id}").text
    refused = post_form(
        client, f"/kelola/unit/{office.unit_id}", {"aksi": "keluarkan", "member_id": str(office.officer_id)}
    )
    assert refused.status_code == 422
    assert "paling sedikit satu admin" in refused.text


def test_filing_into_a_deserted_unit_is_refused_with_words(session, office, lamps, file_complaint):
    go(session, lamps.head_id)
    with pytest.raises(Conflict) as caught:
        file_complaint()
    assert caught.value.detail == "Layanan ini sedang tidak menerima laporan."
