"""The hand-over of everything that a person holds: what moves to whom, who may, what is kept, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import audit, cases, clock, notify
from balai.auth import Member, leaving
from balai.cases import acting, timeline, units
from balai.cases.drawing import services as drawing
from balai.cases.letterbox import handing, undoing
from balai.cases.models import CaseReader
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.testing.acting import act_as
from balai.testing.offices import add_member
from balai.testing.pages import post_form

REASON = "Pindah ke Dinas Kesehatan."


@pytest.fixture
def lamps(session, office):
    """A unit with a head (Wati) and a colleague (Tono)."""
    unit = units.create_unit(
        session, name="Penerangan Jalan", phone="022 765", head_id=add_member(session, "Wati Lampu")
    )
    units.add_member(session, unit, add_member(session, "Tono Lampu"))
    units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)
    session.commit()
    return unit


@pytest.fixture
def wati(lamps):
    return lamps.head_id


@pytest.fixture
def tono(session, lamps):
    return next(m.id for m in units.members_of(session, lamps.id) if m.name == "Tono Lampu")


@pytest.fixture
def admin(office):
    return office.staff(admin=True)


def given(session, admin, member_id, file_complaint, **options):
    case = file_complaint(**options).case
    if case.visibility == "secret":
        return case
    acting.assign(session, case.id, person=admin, member_id=member_id)
    return case


def everything(session, person, member_id):
    return [p.key for p in handing.parts_of(session, person, member_id)]


def do(session, person, member_id, to, keys=None):
    chosen = keys if keys is not None else everything(session, person, member_id)
    return handing.hand_over(session, person, member_id, to=to, keys_=chosen, reason=REASON)


def last(session, case):
    return timeline.read(session, case, whole=True)[-1].event


def head_of(unit, member_id):
    return cases.Person(
        "staff", member_id=member_id, permissions=frozenset({"cases.work"}), units=frozenset({unit.id}),
        heads=frozenset({unit.id}),
    )  # fmt: skip


def test_everything_moves_and_is_written_down(session, office, admin, lamps, wati, tono, file_complaint):
    mine = given(session, admin, wati, file_complaint)
    tonos = given(session, admin, tono, file_complaint)
    nobodys = file_complaint().case
    secret = given(session, admin, wati, file_complaint, visibility="secret")
    asked = drawing.begin(session, title="Pinjam aula", flow_key="", audience="staff", member=wati)
    asked.state, asked.asked_by = "asked", wati
    session.flush()
    (unit, drawings) = handing.parts_of(session, admin, wati)
    assert (unit.cases, unit.secrets, unit.leads, unit.works, drawings.drawings) == (1, 1, True, True, 1)

    made = do(session, admin, wati, tono)

    assert (mine.assignee_id, mine.unit_id, tonos.assignee_id, nobodys.assignee_id) == (tono, lamps.id, tono, None)
    event = last(session, mine)
    assert (event.kind, event.actor, event.public, event.seq) == ("handed_over", admin.member_id, False, mine.seq)
    assert event.data == {
        "of": "member", "hand_over": str(made.id), "from": {"unit": str(lamps.id), "member": str(wati)},
        "unit": str(lamps.id), "member": str(tono),
    }  # fmt: skip
    assert last(session, tonos).kind == "assigned", "whose it was already isn't touched"
    readers = set(session.scalars(select(CaseReader.member_id).where(CaseReader.case_id == secret.id)))
    assert readers == {tono}
    assert (lamps.head_id, [m.name for m in units.members_of(session, lamps.id)]) == (tono, ["Tono Lampu"])
    assert asked.asked_by == tono
    entry = next(e for e in audit.entries(session) if e.action == "member.handed_over")
    assert (entry.data["cases"], entry.data["named"], entry.data["reason"]) == (1, 1, REASON)
    (told,) = [m for m in notify.inbox(session, tono) if m.template == "letterbox.handed_over"]
    assert notify.text_of(session, told)[0] == "Diserahkan kepada Anda: pekerjaan Wati Lampu"
    assert REASON not in str(made.reason), "a reason about a person stands sealed"


def test_only_what_was_chosen_moves(session, office, admin, lamps, wati, tono, file_complaint):
    elsewhere = units.create_unit(session, name="Loket", head_id=wati)
    mine = given(session, admin, wati, file_complaint)
    do(session, admin, wati, tono, [f"unit:{elsewhere.id}"])
    assert (mine.assignee_id, lamps.head_id, elsewhere.head_id) == (wati, wati, tono)
    assert [u.id for u in units.units_of(session, wati)] == [lamps.id]


def test_tasks_in_units_where_the_person_has_no_seat(session, office, admin, lamps, tono, file_complaint):
    """An admin may take a case anywhere; handed over, it stays in its unit."""
    case = file_complaint().case
    acting.assign(session, case.id, person=admin, member_id=office.officer_id)
    keys = everything(session, admin, office.officer_id)
    assert keys == [f"unit:{office.unit_id}", "lain"]
    do(session, admin, office.officer_id, tono, ["lain"])
    assert (case.assignee_id, case.unit_id) == (tono, lamps.id)


def test_the_admins_unit_keeps_an_admin_whoever_receives(session, office, admin, lamps, tono):
    do(session, admin, office.officer_id, tono)
    inside = {m.id for m in units.members_of(session, office.unit_id)}
    assert {tono, office.officer_id} <= inside


def test_undo_brings_back_what_nobody_touched(session, office, admin, lamps, wati, tono, file_complaint):
    mine, touched = (given(session, admin, wati, file_complaint) for _n in range(2))
    secret = given(session, admin, wati, file_complaint, visibility="secret")
    made = do(session, admin, wati, tono)
    acting.note(session, touched.id, "Sudah saya lihat.", person=head_of(lamps, tono))
    assert handing_undo(session, admin, made) == (1, 1)
    session.refresh(mine)
    assert (mine.assignee_id, touched.assignee_id) == (wati, tono)
    event = last(session, mine)
    assert (event.kind, event.data["undo"]) == ("handed_over", str(made.id))
    assert lamps.head_id == wati
    assert {m.id for m in units.members_of(session, lamps.id)} == {wati, tono}
    readers = set(session.scalars(select(CaseReader.member_id).where(CaseReader.case_id == secret.id)))
    assert readers == {wati}
    with pytest.raises(Conflict, match="sudah dibatalkan"):
        handing_undo(session, admin, made)


def handing_undo(session, person, made):
    return undoing.undo(session, person, made.id)


def test_undo_has_an_end(session, office, admin, lamps, wati, tono):
    made = do(session, admin, wati, tono)
    assert undoing.undoable(session, admin, wati) is made
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert undoing.undoable(session, admin, wati) is None
        with pytest.raises(Conflict, match="10 menit"):
            handing_undo(session, admin, made)
    with pytest.raises(NotFound):
        handing_undo(session, head_of(lamps, tono), made)
    leaving.let_go(session, session.get(Member, (session.tenant_id, wati)))
    with pytest.raises(Conflict, match="tidak bekerja di sini"):
        handing_undo(session, admin, made)


def test_undo_asks_again_who_may(session, office, admin, lamps, wati, tono, file_complaint):
    other = units.create_unit(session, name="Loket", head_id=add_member(session, "Sari Loket"))
    head = head_of(lamps, wati)
    mine = given(session, admin, tono, file_complaint)
    made = do(session, head, tono, wati)
    # Meanwhile somebody else leads the unit: it is their business now.
    for person in (head_of(other, wati), cases.Person("staff", member_id=wati)):
        assert undoing.undoable(session, person, tono) is None
        with pytest.raises(Forbidden):
            handing_undo(session, person, made)
    assert handing_undo(session, head, made) == (1, 0)
    assert mine.assignee_id == tono
    # Who gave the own headship away may have it back from whoever received it, and from nobody else.
    own = do(session, head, wati, tono)
    left = cases.Person("staff", member_id=wati, permissions=frozenset({"cases.work"}))
    units.set_head(session, lamps, other.head_id)
    with pytest.raises(Forbidden):
        handing_undo(session, left, own)
    units.set_head(session, lamps, tono)
    handing_undo(session, left, own)
    assert lamps.head_id == wati


def test_a_head_hands_over_within_their_units_only(session, office, admin, lamps, wati, tono, file_complaint):
    other = units.create_unit(session, name="Loket", head_id=tono)
    head = head_of(lamps, wati)
    mine = given(session, admin, tono, file_complaint)
    assert everything(session, head, tono) == [f"unit:{lamps.id}"]
    with pytest.raises(Invalid) as caught:
        do(session, head, tono, wati, [f"unit:{lamps.id}", f"unit:{other.id}"])
    assert caught.value.errors[0].field == "bagian"
    do(session, head, tono, wati)
    assert (mine.assignee_id, other.head_id) == (wati, tono)
    stranger = cases.Person("staff", member_id=tono, permissions=frozenset({"cases.work"}), units=frozenset())
    with pytest.raises(Forbidden):
        handing.parts_of(session, stranger, wati)
    assert handing.people(session, stranger) == []
    assert [line.member.name for line in handing.people(session, head)] == ["Wati Lampu"]


def test_nobody_gives_themselves_secret_cases_to_read(session, office, admin, lamps, wati, file_complaint):
    secret = file_complaint(visibility="secret").case
    session.flush()
    with pytest.raises(Invalid) as caught:
        do(session, admin, wati, office.officer_id)
    assert "bukan kepada Anda sendiri" in caught.value.errors[0].message
    assert set(session.scalars(select(CaseReader.member_id).where(CaseReader.case_id == secret.id))) == {wati}


def test_wrong_wishes_are_named(session, office, admin, lamps, wati, tono, other_tenant, staffed):
    foreign = staffed(other_tenant).officer_id
    gone = add_member(session, "Sudah Pergi")
    session.get(Member, (session.tenant_id, gone)).active = False
    for to in (None, wati, gone, foreign):
        with pytest.raises(Invalid) as caught:
            handing.plan(session, admin, wati, to=to, keys_=[], reason=" ")
        assert [e.field for e in caught.value.errors] == ["ke", "bagian", "alasan"]
    with pytest.raises(NotFound):
        handing.plan(session, admin, foreign, to=tono, keys_=["lain"], reason=REASON)


def test_a_suspended_person_s_seats_are_handed_over_too(session, office, admin, lamps, wati, tono):
    leaving.let_go(session, session.get(Member, (session.tenant_id, wati)), suspended=True)
    do(session, admin, wati, tono)
    assert [m.id for m in units.members_of(session, lamps.id, active=False)] == [tono]


# --- pages ---


@pytest.fixture
def page(session, client, tenant, office, lamps, wati, file_complaint, admin):
    given(session, admin, wati, file_complaint)
    session.commit()
    act_as(client, tenant, "admin", name="Dewi Admin")
    return f"/kelola/petugas/{wati}/serah-terima"


def test_first_the_preview_then_the_move_then_the_way_back(session, client, page, lamps, wati, tono):
    assert page in client.get("/kelola/serah-terima").text
    asked = client.get(page).text
    assert "kepala unit, anggota unit, 1 laporan yang belum selesai" in asked
    wish = {"bagian": f"unit:{lamps.id}", "ke": str(tono), "alasan": REASON}
    shown = post_form(client, page, wish).text
    assert all(words in shown for words in ("Belum ada yang pindah", "Wati Lampu", "Tono Lampu", REASON))
    session.expire_all()
    assert lamps.head_id == wati
    done = post_form(client, page, {**wish, "aksi": "serahkan"})
    assert done.status_code == 303
    session.expire_all()
    assert lamps.head_id == tono
    after = client.get(page).text
    assert "Diserahkan: 1 laporan." in after
    act = session.scalars(select(handing.HandOver.id)).one()
    assert post_form(client, f"{page}/{act}/batal").status_code == 303
    assert "1 laporan dikembalikan." in client.get(page).text
    session.expire_all()
    assert lamps.head_id == wati


def test_what_was_wrong_keeps_what_was_typed(client, page, lamps):
    answer = post_form(client, page, {"bagian": f"unit:{lamps.id}", "alasan": "Pindah bagian."})
    assert answer.status_code == 422
    assert "Pindah bagian." in answer.text
    assert "Pilih orang yang bekerja di sini" in answer.text


def test_the_page_is_for_heads_and_admins(session, client_of, tenant, page, wati, tono):
    officer = client_of(tenant)
    act_as(officer, tenant, "officer")
    assert officer.get(page).status_code == 403
    assert post_form(officer, page, {"ke": str(tono)}).status_code == 403
    assert "Tidak ada yang bisa Anda serahkan" in officer.get("/kelola/serah-terima").text
    helper = client_of(tenant)
    act_as(helper, tenant, "helper")
    assert helper.get("/kelola/serah-terima").status_code == 403


def test_the_case_says_who_has_it_now(session, client, page, office, admin, lamps, wati, tono):
    do(session, admin, wati, tono)
    session.commit()
    case = session.scalars(select(cases.Case)).one()
    assert "Diserahkan ke petugas lain" in client.get(f"/kelola/laporan/{case.code}").text
