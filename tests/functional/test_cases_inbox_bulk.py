"""Many cases at once, and taking it back: the timeline says both, and only where nobody has acted since."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import timeline, units
from balai.cases.models import SlotUnit
from balai.cases.officer import bulk, queries
from balai.cases.officer.models import BulkAct
from balai.clock import frozen, now
from balai.errors import Conflict, Invalid, NotFound
from balai.testing.acting import act_as
from balai.testing.offices import add_member
from balai.testing.pages import post_form


@pytest.fixture
def three(session, office, file_complaint):
    made = [file_complaint().case for _n in range(3)]
    session.commit()
    return made


def kinds(session, case):
    return [e.event.kind for e in timeline.read(session, case, whole=True)]


def codes(found):
    return [case.code for case in found]


def test_assigning_and_taking_it_back(session, office, three):
    who, colleague = office.staff(), add_member(session, "Tono Rekan")
    units.add_member(session, units.unit(session, office.unit_id), colleague)
    result = bulk.assign(session, who, codes(three), unit_id=None, member_id=colleague)
    assert (result.done, result.skipped) == (3, [])
    assert {case.assignee_id for case in three} == {colleague}
    cases.note(session, three[1].id, "Saya kerjakan.", person=who)
    back = bulk.undo(session, who, bulk.undoable(session, who).id)
    assert back.done == 2
    assert [code for code, _why in back.skipped] == [three[1].code]
    assert [case.assignee_id for case in three] == [None, colleague, None]
    assert kinds(session, three[0]) == ["filed", "assigned", "assigned"]
    assert timeline.read(session, three[0], whole=True)[-1].event.data["undo"] == str(back.act.id)
    assert bulk.undoable(session, who) is None
    with pytest.raises(Conflict):
        bulk.undo(session, who, back.act.id)


def test_moving_and_taking_it_back_leaves_the_clock_as_it_was(session, office, three):
    who, unit = office.staff(), units.create_unit(session, name="Penerangan Jalan", head_id=office.officer_id)
    session.add(SlotUnit(service_id="feedback.pengaduan", slot="pelaksana", unit_id=unit.id))
    session.flush()
    before = [(c.state, c.unit_id, c.due_at, c.state_since, c.next_timer_at, c.timers_done) for c in three]
    result = bulk.step(session, who, codes(three), "teruskan")
    assert {(c.state, c.unit_id) for c in three} == {("dikerjakan", unit.id)}
    assert bulk.undo(session, who, result.act.id).done == 3
    assert [(c.state, c.unit_id, c.due_at, c.state_since, c.next_timer_at, c.timers_done) for c in three] == before
    last = timeline.read(session, three[0], whole=True)[-1].event
    assert (last.kind, last.from_state, last.to_state) == ("moved", "dikerjakan", "diterima")


def test_steps_that_ask_or_end_are_not_for_many(session, office, three):
    who = office.staff()
    assert [s.key for s in bulk.quick_steps(session, three[0], who)] == ["teruskan"]
    result = bulk.step(session, who, codes(three), "selesaikan")
    assert (result.done, len(result.skipped), result.act) == (0, 3, None)
    assert {case.state for case in three} == {"diterima"}


def test_a_mixed_lot_does_what_it_can(session, office, three):
    who = office.staff()
    cases.move_case(session, three[0].id, "tolak", person=who, fields={"reason": "Bukan lampu kami."})
    result = bulk.assign(session, who, codes(three), unit_id=None, member_id=who.member_id)
    assert result.done == 2
    assert result.skipped == [(three[0].code, "Laporan ini sudah selesai.")]


def test_notes_are_taken_out_again(session, office, three):
    who = office.staff()
    with pytest.raises(Invalid):
        bulk.note(session, who, codes(three), "")
    result = bulk.note(session, who, codes(three), "Menunggu suku cadang.")
    assert timeline.read(session, three[0], whole=True)[-1].words == {"note": "Menunggu suku cadang."}
    bulk.undo(session, who, result.act.id)
    noted = timeline.read(session, three[0], whole=True)[-2]
    assert (noted.words, noted.redacted) == ({}, True)
    assert "Menunggu" not in str(result.act.items)


def test_marking_as_read_and_back(session, office, three):
    who, ids = office.staff(), [case.id for case in three]
    queries.mark_read(session, who.member_id, {ids[0]: 1}, now())
    cases.note(session, ids[0], "Catatan.", person=who)
    result = bulk.read(session, who, codes(three))
    assert queries.read_until(session, who.member_id, ids) == {ids[0]: 2, ids[1]: 1, ids[2]: 1}
    bulk.undo(session, who, result.act.id)
    assert queries.read_until(session, who.member_id, ids) == {ids[0]: 1}


def test_ten_minutes_and_only_ones_own(session, office, three):
    who, at = office.staff(), now()
    result = bulk.read(session, who, codes(three))
    stranger = office.staff(member_id=add_member(session, "Orang lain"))
    with pytest.raises(NotFound):
        bulk.undo(session, stranger, result.act.id)
    with frozen(lambda: at + timedelta(minutes=11)), pytest.raises(Conflict):
        bulk.undo(session, who, result.act.id)
    with pytest.raises(Invalid):
        bulk.read(session, who, [])
    with pytest.raises(Invalid):
        bulk.read(session, who, ["x"] * 101)


def test_the_forms(app, client, tenant, staffed, session, file_complaint):
    made = [file_complaint().case for _n in range(2)]
    session.commit()
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    ticked = {"pilih": codes(made), "kembali": "antrean=all&keadaan=semua&q=lampu&ganjil=1"}
    answer = post_form(client, "/kelola/laporan/borongan", ticked | {"tindakan": "tugas", "kepada": "saya:"})
    assert answer.location == "/kelola/laporan?antrean=all&keadaan=semua&q=lampu"
    page = client.get(answer.location).text
    assert "2 laporan diubah." in page
    assert "Batalkan" in page
    assert "Anda baru membagi 2 laporan." in page
    act = session.scalars(select(BulkAct)).one()
    answer = post_form(client, f"/kelola/laporan/borongan/{act.id}/batal", {"kembali": ""})
    assert "2 laporan dikembalikan." in client.get(answer.location).text
    for wrong in ({"tindakan": "tugas", "kepada": ""}, {"tindakan": "terbang"}, {"tindakan": "dibaca", "pilih": []}):
        answer = post_form(client, "/kelola/laporan/borongan", ticked | wrong)
        assert answer.status_code == 303
        assert "Pilih dulu" in client.get(answer.location).text
    assert (
        post_form(client, "/kelola/laporan/borongan", ticked | {"tindakan": "tugas", "kepada": "unit:x"}).status_code
        == 400
    )


def test_a_citizen_may_none_of_it(client, tenant):
    act_as(client, tenant)
    for path in ("/kelola/laporan/borongan", "/kelola/contoh-jawaban"):
        assert post_form(client, path, {"tindakan": "dibaca"}).status_code in {403, 404}
    assert client.get("/kelola/laporan/kabar").status_code in {403, 404}
