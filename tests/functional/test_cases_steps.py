"""Steps of a case: allowed ones, refused ones, two officers at once, and the words that stay where they belong."""

import pytest
from sqlalchemy import select

from balai import cases, notify
from balai.cases import Person, Reporter, timeline
from balai.cases.queries import Filters, inbox, public_cases
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.testing.offices import add_member


@pytest.fixture
def case(session, file_complaint):
    made = file_complaint(reporter=Reporter(name="Rina", email="rina@contoh.id")).case
    session.commit()
    return made


@pytest.fixture
def rina(case):
    """The reporter, holding the link."""
    return Person("citizen", holds=frozenset({case.id}))


def test_from_filing_to_rating(session, office, case, rina):
    officer = office.staff()
    cases.move_case(session, case.id, "teruskan", person=officer)
    cases.ask(session, case.id, "Tiang nomor berapa?", person=officer)
    assert (case.state, case.waits_for, case.due_at) == ("ditanya_pelaksana", "citizen", None)
    cases.answer(session, case.id, "Nomor 12.", person=rina)
    assert case.state == "dikerjakan"
    cases.move_case(session, case.id, "selesaikan", person=officer, fields={"answer": "Lampu sudah diganti."})
    assert (case.outcome, case.is_open) == ("done", False)
    cases.rate_case(session, case.id, 5, "Terima kasih", person=rina)
    session.commit()
    kinds = [(e.event.kind, e.event.actor_kind) for e in timeline.read(session, case, whole=True)]
    assert kinds == [
        ("filed", "citizen"), ("moved", "staff"), ("asked", "staff"), ("answered", "citizen"), ("moved", "staff"),
        ("rated", "citizen"),
    ]  # fmt: skip
    assert case.rating == 5
    with pytest.raises(Conflict):
        cases.rate_case(session, case.id, 1, person=rina)


def test_a_step_that_isnt_allowed_says_what_is(session, office, case):
    with pytest.raises(Conflict) as error:
        cases.move_case(session, case.id, "kembalikan", person=office.staff())
    assert {s["key"] for s in error.value.extra["allowed"]} == {
        "teruskan",
        "tanya",
        "jawab",
        "selesaikan",
        "tolak",
        "alihkan",
    }
    with pytest.raises(Conflict):
        cases.move_case(session, case.id, "terbang", person=office.staff())


def test_what_a_step_demands_is_demanded(session, office, case):
    with pytest.raises(Invalid) as error:
        cases.move_case(session, case.id, "alihkan", person=office.staff(), fields={"reason": "", "warna": "merah"})
    assert {e.field for e in error.value.errors} == {"receiver", "reason", "warna"}
    assert case.state == "diterima"


def test_the_second_officer_sees_what_changed(session, office, case):
    seen = case.seq
    cases.move_case(session, case.id, "teruskan", person=office.staff(), seen=seen)
    session.commit()
    with pytest.raises(Conflict) as error:
        cases.move_case(session, case.id, "tolak", person=office.staff(), fields={"reason": "tidak ada"}, seen=seen)
    assert error.value.slug == "sudah-berubah"
    assert [c["to_state"] for c in error.value.extra["changed"]] == ["dikerjakan"]


def test_nobody_else_takes_steps(session, office, case):
    stranger = Person("citizen")
    elsewhere = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    helper = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.file_for"}))
    for person, fault in ((stranger, NotFound), (helper, NotFound), (elsewhere, Forbidden)):
        with pytest.raises(fault):
            cases.move_case(session, case.id, "teruskan", person=person)
        with pytest.raises((NotFound, Forbidden)):
            cases.note(session, case.id, "halo", person=person)


def test_a_reporter_reopens_within_the_window(session, office, case, rina):
    from datetime import timedelta

    from balai.clock import frozen, now

    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    until = case.reopen_until
    with frozen(until + timedelta(seconds=1)), pytest.raises(Conflict):
        cases.reopen(session, case.id, "Masih mati", person=rina)
    cases.reopen(session, case.id, "Masih mati", person=rina)
    assert (case.state, case.outcome, case.reopened) == ("diterima", None, 1)
    assert case.due_at > now()
    assert any("Dibuka lagi" in notify.text_of(session, m)[0] for m in notify.inbox(session, office.officer_id))


def test_private_cases_stay_in_their_unit(session, office, file_complaint):
    private = file_complaint(visibility="private").case
    public = file_complaint().case
    other = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    seen = {row.code for row in inbox(session, other, Filters(queue="all"))}
    assert seen == {public.code}
    with pytest.raises(NotFound):
        cases.read_case(session, other, private.code)
    assert {r.code for r in inbox(session, office.staff(), Filters())} == {private.code, public.code}


def test_secret_cases_are_in_no_list_and_each_look_is_recorded(session, tenant, office, file_complaint):
    from balai.audit import entries

    secret = file_complaint(visibility="secret").case
    admin = Person(
        "staff", member_id=add_member(session, "Ani", "admin"), permissions=frozenset({"cases.work"}), is_admin=True
    )
    for person in (admin, office.staff()):
        assert inbox(session, person, Filters(queue="all", text=secret.code)) == []
    with pytest.raises(NotFound):
        cases.read_case(session, admin, secret.code)
    assert cases.read_case(session, office.staff(), secret.code).id == secret.id
    assert [e.data["code"] for e in entries(session, action="case.secret_read")] == [secret.code]


def test_only_published_cases_are_public_and_coarse(session, tenant, office, file_complaint):
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan rumah Pak Adi", -6.914744, 107.60981)
    case = file_complaint(place=place).case
    assert public_cases(session) == []
    cases.publish(session, case.id, person=office.staff())
    (shown,) = public_cases(session)
    assert abs(shown.latitude - -6.914744) <= 0.00125 + 1e-9
    assert shown.latitude != -6.914744
    assert not hasattr(shown, "landmark")
    private = file_complaint(visibility="private").case
    with pytest.raises(Conflict):
        cases.publish(session, private.id, person=office.staff())


def test_everybody_with_the_code_reads_public_words_only(session, office, case, rina):
    officer = office.staff()
    cases.note(session, case.id, "Pelapor pernah marah-marah.", person=officer)
    cases.ask(session, case.id, "Nomor rumah Anda?", person=officer)
    cases.answer(session, case.id, "Rumah nomor 7.", person=rina)
    cases.move_case(session, case.id, "selesaikan", person=officer, fields={"answer": "Sudah menyala."})
    words = [w for e in timeline.read(session, case, whole=False) for w in e.words.values()]
    assert words == ["Sudah menyala."]
    own = timeline.for_reporter(timeline.read(session, case, whole=True))
    assert "Pelapor pernah marah-marah." not in [w for e in own for w in e.words.values()]
    assert "Rumah nomor 7." in [w for e in own for w in e.words.values()]


def test_words_are_taken_out_for_good(session, office, case):
    from balai.cases.models import CaseText

    cases.note(session, case.id, "NIK beliau 3273010101900001", person=office.staff())
    event = session.scalars(select(CaseText)).one()
    cases.redact(session, case.id, person=office.staff(), reason="memuat NIK", event_id=event.id)
    session.flush()
    assert event.body is None
    cases.redact(session, case.id, person=office.staff(), reason="memuat nama", field="uraian")
    assert case.data["uraian"] == "[disamarkan]"
    assert "Lampu" not in case.summary


def test_a_secret_or_anonymous_reporter_is_revealed_to_nobody_without_reason(session, office, case, file_complaint):
    with pytest.raises(Invalid):
        cases.reveal_contact(session, case, person=office.staff(), reason="")
    assert cases.reveal_contact(session, case, person=office.staff(), reason="menanyakan alamat")["name"] == "Rina"
    with pytest.raises(Forbidden):
        cases.reveal_contact(session, case, person=office.staff("cases.work"), reason="ingin tahu")
    nobody = file_complaint(anonymity="anonymous", reporter=Reporter(phone="081234567890")).case
    with pytest.raises(NotFound):
        cases.reveal_contact(session, nobody, person=office.staff(), reason="ingin tahu")


def test_assigning(session, office, case):
    from balai.cases import units

    colleague, outsider = add_member(session, "Cici"), add_member(session, "Dedi")
    units.add_member(session, units.unit(session, office.unit_id), colleague)
    with pytest.raises(Invalid):
        cases.assign(session, case.id, person=office.staff(), member_id=outsider)
    cases.assign(session, case.id, person=office.staff(), member_id=colleague)
    assert [m.template for m in notify.inbox(session, colleague)] == ["cases.staff_assigned"]
    lamps = units.create_unit(session, name="Penerangan", head_id=outsider)
    cases.assign(session, case.id, person=office.staff(), unit_id=lamps.id)
    assert (case.unit_id, case.assignee_id) == (lamps.id, None)
    officer = Person(
        "staff", member_id=colleague, permissions=frozenset({"cases.work"}), units=frozenset({office.unit_id})
    )
    with pytest.raises(Forbidden):
        cases.assign(session, case.id, person=officer, member_id=colleague)


def test_a_slot_goes_to_its_unit(session, office, case):
    from balai.cases import units

    works = units.create_unit(session, name="Pekerjaan Umum", head_id=add_member(session))
    units.map_slot(session, "feedback.pengaduan", "pelaksana", works.id)
    cases.move_case(session, case.id, "teruskan", person=office.staff())
    assert case.unit_id == works.id
    with pytest.raises(Forbidden):
        cases.move_case(session, case.id, "selesaikan", person=office.staff("cases.work"), fields={"answer": "Beres."})
