"""The page behind a code: what was promised, how late it is, what comes next and from whom, how it ended; words added later."""

from datetime import UTC, datetime, timedelta

import pytest

from balai import auth, cases
from balai.cases import Reporter, units
from balai.clock import frozen
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import forbidden, untranslated

MONDAY = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def filed(session, file_complaint):
    with frozen(MONDAY):
        made = file_complaint()
    session.commit()
    return made


def track(client, case, at=MONDAY, **more):
    with frozen(at):
        page = client.get(f"/lacak/{case.code}", **more)
    assert page.status_code == 200
    assert forbidden(page.text) == []
    return page.text


def mine(client, filed):
    client.get(f"/lacak/{filed.case.code}?kunci={filed.link_secret}")


def test_promise_and_next_step_name_the_unit(client, session, office, filed):
    crew = units.create_unit(session, name="Unit Penerangan Jalan")
    units.add_member(session, crew, office.officer_id)
    units.map_slot(session, "feedback.pengaduan", "pelaksana", crew.id)
    session.commit()
    page = track(client, filed.case)
    assert "Kami janjikan paling lambat Kamis, 5 November 2026." in page
    assert "Sesudah itu: “Sedang dikerjakan”, oleh Unit Penerangan Jalan." in page


def test_late_is_said_in_working_days_at_once(client, filed):
    """The page doesn't wait for the clock's job: the promise and today's date are known."""
    page = track(client, filed.case, MONDAY + timedelta(days=8))
    assert "Terlambat 3 hari kerja dari janji kami, Kamis, 5 November 2026." in page


def test_done_late_stays_late(client, session, office, filed):
    from balai.cases.tasks import run_clock

    with frozen(MONDAY + timedelta(days=8)):
        run_clock(session, None)
        cases.move_case(
            session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."}
        )
        session.commit()
    page = track(client, filed.case, MONDAY + timedelta(days=8))
    assert "Selesai Selasa, 10 November 2026." in page
    assert "Terlambat 3 hari kerja dari janji kami" in page
    assert "Sudah diganti." in page


def test_done_in_time_says_nothing_of_late(client, session, office, filed):
    with frozen(MONDAY + timedelta(days=1)):
        cases.move_case(
            session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."}
        )
        session.commit()
    assert "erlambat" not in track(client, filed.case, MONDAY + timedelta(days=9))


def test_not_possible_shows_the_reason(client, session, office, filed):
    with frozen(MONDAY):
        fields = {"reason": "Tiangnya milik pengembang, belum diserahkan."}
        cases.move_case(session, filed.case.id, "tolak", person=office.staff(), fields=fields)
        session.commit()
    page = track(client, filed.case)
    assert "Belum bisa diselesaikan</h2>" in page
    assert "belum diserahkan" in page


def test_a_question_says_what_happens_without_an_answer(client, session, office, filed):
    with frozen(MONDAY):
        cases.ask(session, filed.case.id, "Tiang nomor berapa?", person=office.staff())
        session.commit()
    assert "Kami menunggu jawaban pelapor" in track(client, filed.case)
    mine(client, filed)
    page = track(client, filed.case)
    assert "Kami menunggu jawaban Anda" in page
    assert "ditutup sendiri pada Senin, 16 November 2026" in page


def test_a_note_later_reaches_staff_and_no_stranger(app, client, client_of, tenant, session, office, filed):
    from balai import notify

    mine(client, filed)
    with frozen(MONDAY):
        reply = post_form(client, f"/lacak/{filed.case.code}/keterangan", {"note": "Tiangnya juga miring."})
    assert reply.status_code == 303
    page = track(client, filed.case)
    assert "Pelapor menambahkan keterangan" in page
    assert "Tiangnya juga miring." in page
    stranger = client_of(tenant)
    assert "miring" not in track(stranger, filed.case)
    assert post_form(stranger, f"/lacak/{filed.case.code}/keterangan", {"note": "Saya juga."}).status_code == 404
    drain(app, tenant=tenant)
    session.rollback()
    assert any("Pelapor menjawab" in notify.text_of(session, m)[0] for m in notify.inbox(session, office.officer_id))
    assert post_form(client, f"/lacak/{filed.case.code}/keterangan", {"note": " "}).status_code == 422


def test_a_closed_one_takes_no_note(client, session, office, filed):
    cases.move_case(session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    session.commit()
    mine(client, filed)
    assert post_form(client, f"/lacak/{filed.case.code}/keterangan", {"note": "Belum."}).status_code == 409


def test_the_thanks_page_keeps_the_link_in_one_line(client, filed):
    mine(client, filed)
    page = client.get(f"/lacak/{filed.case.code}/terkirim").text
    assert 'value="http' in page
    assert f'?kunci={filed.link_secret}"' in page
    assert "Kami janjikan paling lambat" in page or "Terlambat" in page
    assert 'data-share="http' in page
    assert filed.link_secret not in page.partition("data-share=")[2].partition(">")[0]


def test_the_own_list_over_all_regions_follows_each_move(
    app, client_of, tenant, other_tenant, session, office, file_complaint
):
    client = client_of(other_tenant)
    act_as(client, other_tenant, name="Rina", sub="rina-di-mana-mana")
    made = file_complaint(reporter=Reporter(sub="rina-di-mana-mana", name="Rina")).case
    session.commit()
    database = app.extensions["balai.db"]
    assert auth.my_cases(database, "rina-di-mana-mana")[0].state == "diterima"
    assert "Diterima, sedang diperiksa" in client.get("/saya").text
    cases.move_case(session, made.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    session.commit()
    assert auth.my_cases(database, "rina-di-mana-mana")[0].state == "selesai"
    page = client.get("/saya").text
    assert tenant.name in page
    assert "Selesai" in page


@pytest.mark.parametrize("own", [True, False])
def test_every_string_of_the_page_can_be_translated(client, session, office, filed, own):
    with frozen(MONDAY):
        cases.ask(session, filed.case.id, "Tiang nomor berapa?", person=office.staff())
        session.commit()
    if own:
        mine(client, filed)
    page = client.get(f"/lacak/{filed.case.code}?bahasa=qps").text
    assert untranslated(page, data=(" WIB", "Admin daerah")) == []
