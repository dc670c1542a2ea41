"""The same thing reported twice: seen, joined, merged, taken out again, split; everybody told once."""

import io
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from balai import cases, files, notify
from balai.audit import entries
from balai.cases import Case, Person, Reporter, timeline
from balai.cases.models import CaseFile, CaseFollower, CaseLink
from balai.cases.together import following, merging, nearby, splitting, spreading
from balai.clock import frozen, now
from balai.contracts import Service
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.jobs.worker import drain
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as, bearer_for
from balai.testing.offices import add_member
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

HERE = (-6.914744, 107.60981)
# About 60 m and about 300 m away.
NEAR = (-6.915244, 107.60991)
FAR = (-6.917444, 107.60981)


def spot(tenant, at=None, landmark="depan balai desa"):
    return cases.Place(f"{tenant.region_code}.01.2001", landmark, *(at or (None, None)))


@pytest.fixture
def report(session, tenant, office, file_complaint):
    def make(at=HERE, published=True, who=None, **options):
        data = {"uraian": options.pop("uraian", "Lampu jalan padam semua di perempatan pasar.")}
        made = file_complaint(data, place=spot(tenant, at), reporter=who, **options).case
        if published:
            cases.publish(session, made.id, person=office.staff())
        return made

    return make


# --- near each other ---


def test_staff_see_what_is_near(session, office, report):
    one, close, far = report(), report(NEAR), report(FAR)
    session.flush()
    found = {n.code: n.metres for n in nearby.neighbours(session, office.staff(), one)}
    assert far.code not in found
    assert found == {close.code: pytest.approx(57, abs=5)}
    cases.move_case(session, close.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    assert nearby.neighbours(session, office.staff(), one) == []


def test_without_a_place_words_of_the_same_village_decide(session, office, report):
    one = report(None, uraian="Sampah menumpuk di belakang pasar induk.")
    same = report(None, uraian="Tumpukan sampah pasar induk belum diangkut.")
    report(None, uraian="Pohon tumbang menutup saluran air.")
    assert [n.code for n in nearby.neighbours(session, office.staff(), one)] == [same.code]
    assert [n.metres for n in nearby.neighbours(session, office.staff(), one)] == [None]


def test_old_ones_and_secret_ones_are_not_near(session, office, report):
    with frozen(now() - timedelta(days=40)):
        report()
    report(published=False, visibility="secret")
    one = report()
    assert nearby.neighbours(session, office.staff(), one) == []
    secret = report(published=False, visibility="secret")
    assert nearby.neighbours(session, office.staff(), secret) == []


def test_private_cases_are_near_only_for_their_unit(session, office, report):
    one, private = report(), report(NEAR, published=False, visibility="private")
    other = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    assert [n.code for n in nearby.neighbours(session, office.staff(), one)] == [private.code]
    assert nearby.neighbours(session, other, one) == []


def similar(session, at=NEAR, text="Lampu padam di pasar", tenant=None, region=""):
    service = cases.service(session, "feedback.pengaduan")
    latitude, longitude = at or (None, None)
    return nearby.similar(session, service, text=text, region=region, latitude=latitude, longitude=longitude)


def test_citizens_see_published_ones_only(session, office, report):
    report(published=False)
    report(published=False, visibility="private")
    shown = report()
    assert [s.code for s in similar(session)] == [shown.code]
    assert not hasattr(similar(session)[0], "landmark")
    cases.publish(session, shown.id, person=office.staff(), shown=False)
    assert similar(session) == []


def test_the_exact_place_is_not_found_by_trying(session, report):
    """Every point of a cell answers alike: what is shown follows the coarse place, never the exact one."""
    from balai.cases.filing import COARSE_DEGREES, coarse
    from balai.cases.together.queries import COARSE

    report()
    middle = coarse(HERE[0]), coarse(HERE[1])
    edge = COARSE - 1e-6
    for north in (-edge, 0, edge):
        assert len(similar(session, (middle[0] + north, middle[1] + north))) == 1
    assert similar(session, (middle[0] + COARSE + 1e-5, middle[1])) == []
    assert pytest.approx(0.0009) == COARSE - COARSE_DEGREES / 2


def test_services_that_are_not_public_show_none(session, report):
    from dataclasses import replace

    report()
    service: Service = cases.service(session, "feedback.pengaduan")
    for visibility in ("private", "secret"):
        closed = replace(service, visibility=visibility)
        assert nearby.similar(session, closed, text="lampu", region="", latitude=HERE[0], longitude=HERE[1]) == []


# --- the step before sending ---


@pytest.fixture
def citizen(client_of, tenant):
    return client_of(tenant)


def typed(tenant, at=NEAR, **more):
    return {
        "bidang": "lampu", "uraian": "Lampu di perempatan pasar padam, gelap sekali.", "region": f"{tenant.region_code}.01.2001",
        "landmark": "perempatan pasar", "latitude": str(at[0]), "longitude": str(at[1]), "visibility": "public",
        "anonymity": "named", "client_id": str(uuid.uuid4()), "name": "Sari", "phone": "081211112222", "email": "", **more,
    }  # fmt: skip


FORM = "/layanan/feedback/pengaduan"


def all_cases(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.execute(select(Case.code, Case.followers, Case.supporters, Case.seq).order_by(Case.id)).all()


def test_similar_ones_are_shown_before_sending(app, session, tenant, citizen, report):
    shown = report()
    session.commit()
    page = post_form(citizen, FORM, typed(tenant))
    assert page.status_code == 200
    assert shown.code in page.text
    assert "Apakah ini yang sama?" in page.text
    assert "depan balai desa" not in page.text
    assert plain(page.text)
    assert 'value="081211112222"' in page.text
    assert page.headers["Cache-Control"].startswith("no-store")
    assert len(all_cases(app, tenant)) == 1
    foreign = post_form(citizen, f"{FORM}?bahasa=qps", typed(tenant)).text
    assert untranslated(foreign, data=("WIB", tenant.name, "November")) == []


def test_joining_counts_and_files_nothing(app, session, tenant, citizen, report):
    shown = report()
    session.commit()
    form = typed(tenant, ikut=shown.code)
    seq = shown.seq
    done = post_form(citizen, FORM, form)
    assert (done.status_code, done.location) == (303, f"/lacak/{shown.code}")
    assert "Anda ikut melaporkan" in citizen.get(done.location).text
    post_form(citizen, FORM, form)
    post_form(citizen, FORM, typed(tenant, ikut=shown.code))
    session.expire_all()
    row = session.scalars(select(CaseFollower)).one()
    # Three times the same person: one; and an officer who is answering isn't stopped by it.
    assert all_cases(app, tenant) == [(shown.code, 1, 1, seq)]
    assert (row.kind, row.wants_news, row.person is not None) == ("also", True, True)
    assert row.contact.startswith("v1|")
    assert "gelap sekali" not in (row.words or "")
    assert [h.words for h in following.heard(session, shown)] == ["Lampu di perempatan pasar padam, gelap sekali."]
    assert "gelap sekali" not in citizen.get(f"/lacak/{shown.code}").text


def test_who_leaves_nothing_counts_as_support_but_as_no_person(app, session, tenant, citizen, report):
    shown = report()
    session.commit()
    form = typed(tenant, ikut=shown.code, phone="", name="")
    for _copy in range(2):
        post_form(citizen, FORM, form)
    row = session.scalars(select(CaseFollower)).one()
    assert (row.person, row.contact, row.wants_news) == (None, None, False)
    assert all_cases(app, tenant)[0].followers == 1


def test_my_report_is_different(app, session, tenant, citizen, report):
    report()
    session.commit()
    done = post_form(citizen, FORM, typed(tenant, berbeda="ya"))
    assert done.status_code == 303
    assert done.location.endswith("/terkirim")
    assert len(all_cases(app, tenant)) == 2


def test_back_to_the_form_loses_nothing(session, tenant, citizen, report):
    report()
    session.commit()
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(picture, "JPEG")
    picture.seek(0)
    sent = typed(tenant, foto=(picture, "lampu.jpg"))
    page = post_form(citizen, FORM, sent, content_type="multipart/form-data")
    import re

    token = re.search(r'name="foto_kept" value="([^"]+)"', page.text)[1]
    back = post_form(citizen, FORM, typed(tenant, kembali="ya", foto_kept=token))
    assert "gelap sekali" in back.text
    assert token in back.text
    assert "081211112222" in back.text


def test_what_needs_correcting_is_said_first(session, tenant, citizen, report):
    report()
    session.commit()
    page = post_form(citizen, FORM, typed(tenant, uraian="x"))
    assert page.status_code == 422
    assert "Apakah ini yang sama?" not in page.text
    wrong = post_form(citizen, FORM, typed(tenant, phone="12"))
    assert wrong.status_code == 422


def test_a_private_report_and_a_phones_sender_go_straight_through(app, session, tenant, citizen, report):
    report()
    session.commit()
    assert post_form(citizen, FORM, typed(tenant, visibility="private")).status_code == 303
    by_script = post_form(citizen, FORM, typed(tenant), headers={"Accept": "application/json"})
    assert by_script.status_code == 201
    assert len(all_cases(app, tenant)) == 3


def test_the_second_copy_of_a_filed_form_is_not_asked_again(session, tenant, citizen, report):
    report()
    session.commit()
    form = typed(tenant, berbeda="ya")
    first = post_form(citizen, FORM, form)
    del form["berbeda"]
    assert post_form(citizen, FORM, form).location == first.location


def test_only_public_reports_of_this_service_can_be_joined(session, tenant, citizen, report):
    hidden = report(published=False)
    shown = report()
    session.commit()
    for code in (hidden.code, "bukan-kode", "9999-00000-00000-0"):
        assert post_form(citizen, FORM, typed(tenant, ikut=code)).status_code == 404
    assert post_form(citizen, "/layanan/feedback/usul", typed(tenant, ikut=shown.code)).status_code == 404


def test_one_that_was_closed_meanwhile_brings_the_form_back(session, office, tenant, citizen, report):
    shown = report()
    cases.move_case(session, shown.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    session.commit()
    page = post_form(citizen, FORM, typed(tenant, ikut=shown.code))
    assert "baru saja selesai" in page.text
    assert "gelap sekali" in page.text


# --- merge and take out again ---


def merge(session, office, main, *others, **options):
    return merging.merge(session, main.id, [o.code for o in others], person=office.staff(), **options)


def test_merging_ends_the_others_in_the_main_one(session, office, report):
    main, other, third = report(), report(NEAR, who=Reporter(email="rina@contoh.id")), report(NEAR)
    due = main.due_at
    merge(session, office, main, other, third, reason="Lampu yang sama.")
    assert [(c.outcome, c.state, c.is_open) for c in (main, other, third)] == [
        (None, "diterima", True), ("merged", "2_gabung", False), ("merged", "2_gabung", False)
    ]  # fmt: skip
    assert (main.followers, main.due_at) == (2, due)
    assert [e.event.kind for e in timeline.read(session, main, whole=True)][-2:] == ["merged", "merged"]
    last = timeline.read(session, other, whole=True)[-1]
    assert (last.event.kind, last.event.to_state, last.words) == ("merged", "2_gabung", {"reason": "Lampu yang sama."})
    assert {(k.kind, k.other_code) for k in session.scalars(select(CaseLink))} == {("merged_into", main.code)}
    assert [e.data["into"] for e in entries(session, action="case.merged")] == [main.code] * 2
    subject, body = notify.text_of(session, notify.box(session, other.id)[0])
    assert "digabung" in subject
    assert main.code in body
    people = session.scalars(select(CaseFollower.person).where(CaseFollower.from_case == other.id)).all()
    assert people == [other.pseudonym]
    with pytest.raises(Conflict):
        cases.reopen(session, other.id, "Belum.", person=office.staff())


def test_everybody_is_told_once(app, session, office, tenant, report):
    main = report(who=Reporter(email="utama@contoh.id"))
    merged = report(NEAR, who=Reporter(email="gabung@contoh.id"))
    twin = report(NEAR, who=Reporter(email="gabung@contoh.id"))
    service = "feedback.pengaduan"
    for mail in ("ikut@contoh.id", "utama@contoh.id", "berhenti@contoh.id"):
        following.join(session, main.id, service_id=service, reporter=Reporter(email=mail), client_id=uuid.uuid4())
    from balai.notify import refusals

    refusals.refuse(session, refusals.index_of(session, "email", "berhenti@contoh.id"), by="page")
    merge(session, office, main, merged, twin)
    session.commit()
    cases.move_case(
        session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Bu Utama, lampu diganti."}
    )
    session.commit()
    drain(app, tenant=tenant)
    session.expire_all()
    sent = [
        (m.about_id, m.state, notify.text_of(session, m)[1], m)
        for m in session.scalars(
            select(Message).where(Message.template == spreading.TEMPLATE, Message.channel == "email")
        )
    ]
    assert len(sent) == 3  # the merged reporter once, the follower, and the one who wants none
    assert [state for _id, state, _text, _m in sent].count("unwanted") == 1
    assert all("Bu Utama" not in text and "Selesai" in text for _id, _state, text, _m in sent)
    assert all("berhenti" in text.lower() for _id, _state, text, _m in sent)
    # The merged reporters also read it in the box of their own page.
    for case in (merged, twin):
        assert spreading.TEMPLATE in {m.template for m in notify.box(session, case.id)}


def test_a_question_is_the_reporters_alone(app, session, office, tenant, report):
    main = report(who=Reporter(email="utama@contoh.id"))
    following.join(session, main.id, service_id="feedback.pengaduan", reporter=Reporter(email="ikut@contoh.id"))
    cases.ask(session, main.id, "Tiang nomor berapa?", person=office.staff())
    session.commit()
    drain(app, tenant=tenant)
    assert session.scalars(select(Message).where(Message.template == spreading.TEMPLATE)).all() == []


def test_taking_it_out_again_brings_back_state_and_deadline(session, office, report):
    main, other = report(), report(NEAR)
    cases.move_case(session, other.id, "teruskan", person=office.staff())
    stood = (other.state, other.due_at, other.unit_id, other.waits_for)
    merge(session, office, main, other)
    merging.unmerge(session, other.id, person=office.staff())
    assert (other.state, other.due_at, other.unit_id, other.waits_for) == stood
    assert (other.outcome, other.closed_at, main.followers) == (None, None, 0)
    assert session.scalars(select(CaseLink)).all() == []
    assert session.scalars(select(CaseFollower)).all() == []
    moves = [(e.event.from_state, e.event.to_state) for e in timeline.read(session, other, whole=True)]
    assert moves[-2:] == [("dikerjakan", "2_gabung"), ("2_gabung", "dikerjakan")]
    assert other.reopened == 0
    cases.move_case(session, other.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})


def test_not_for_ever_and_not_from_a_closed_one(session, office, report):
    main, other = report(), report(NEAR)
    with pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "tidak-digabung"
    merge(session, office, main, other)
    with frozen(now() + timedelta(days=31)), pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "lewat-waktu"
    cases.move_case(session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    with pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "sudah-selesai"


def test_what_can_not_be_merged(session, tenant, office, report, file_complaint):
    main, other = report(), report(NEAR)
    idea = cases.file_case(
        session, cases.service(session, "feedback.usul"),
        {"judul": "Taman baca", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat."}, place=spot(tenant),
    ).case  # fmt: skip
    secret, test = report(published=False, visibility="secret"), report(published=False, is_test=True)
    closed = report(NEAR)
    cases.move_case(session, closed.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    for wrong in (idea, secret, test):
        with pytest.raises(Invalid) as error:
            merge(session, office, main, wrong)
        assert [e.field for e in error.value.errors] == ["codes"]
    with pytest.raises(Invalid):
        merge(session, office, main)
    with pytest.raises(Invalid):
        merge(session, office, main, main)
    with pytest.raises(Conflict):
        merge(session, office, main, closed)
    with pytest.raises(NotFound):
        merging.merge(session, main.id, ["9999-00000-00000-0"], person=office.staff())
    stranger = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    with pytest.raises(Forbidden):
        merging.merge(session, main.id, [other.code], person=stranger)
    with pytest.raises(NotFound):
        merging.merge(session, main.id, [other.code], person=Person("citizen"))


def test_one_merges_while_the_other_answers(session, office, report):
    """The second sees what changed, on either side."""
    main, other = report(), report(NEAR)
    seen = {c.id: c.seq for c in (main, other)}
    merge(session, office, main, other, seen=seen[main.id])
    with pytest.raises(Conflict) as error:
        cases.move_case(
            session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."}, seen=seen[main.id]
        )
    assert [c["kind"] for c in error.value.extra["changed"]] == ["merged"]
    with pytest.raises(Conflict) as error:
        cases.move_case(
            session, other.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."}, seen=seen[other.id]
        )
    assert error.value.slug == "sudah-berubah"
    with pytest.raises(Conflict) as error:
        merge(session, office, main, report(NEAR), seen=seen[main.id])
    assert error.value.slug == "sudah-berubah"


def test_two_who_merge_crosswise_end_with_one_of_them(app, session, tenant, office, report):
    one, two = report(), report(NEAR)
    session.commit()
    start = threading.Barrier(2)
    pairs = [(one.id, two.code), (two.id, one.code)]

    def run(n):
        with app.app_context(), tenant_scope(tenant) as mine:
            mine.execute(select(1))
            start.wait(10)
            try:
                merging.merge(mine, pairs[n][0], [pairs[n][1]], person=office.staff())
            except Conflict:
                mine.rollback()
                return "late"
            return "first"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(f.result(30) for f in [pool.submit(run, n) for n in range(2)])
    assert answers == ["first", "late"]
    session.expire_all()
    assert sorted(c.outcome or "" for c in (one, two)) == ["", "merged"]


def test_merged_into_merged_is_told_too(app, session, office, tenant, report):
    first, second, third = report(who=Reporter(email="satu@contoh.id")), report(NEAR), report(NEAR)
    merge(session, office, second, first)
    merge(session, office, third, second)
    assert third.followers == 2
    session.commit()
    cases.move_case(session, third.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    session.commit()
    drain(app, tenant=tenant)
    assert spreading.TEMPLATE in {m.template for m in notify.box(session, first.id)}


# --- split ---


def test_one_report_of_two_problems(session, office, report):
    case = report(
        who=Reporter(name="Rina", email="rina@contoh.id"), uraian="Lampu padam, dan sampah menumpuk di pasar."
    )
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(picture, "JPEG")
    kept = [files.store(session, picture.getvalue(), purpose="case.attachment", filename=f"{n}.jpg") for n in (1, 2)]
    cases.attach(session, case.id, [f.id for f in kept], person=Person("citizen", holds=frozenset({case.id})))
    client = uuid.uuid4()
    text = "Sampah menumpuk di pasar."
    filed = splitting.split(session, case.id, person=office.staff(), text=text, files=[kept[1].id], client_id=client)
    again = splitting.split(session, case.id, person=office.staff(), text=text, files=[kept[1].id], client_id=client)
    assert (again.code, again.created) == (filed.code, False)
    new = filed.case
    assert (new.data["uraian"], new.data["bidang"], new.region) == (text, case.data["bidang"], case.region)
    assert (new.pseudonym, new.assisted, new.latitude) == (case.pseudonym, False, case.latitude)
    owners = dict(session.execute(select(CaseFile.file_id, CaseFile.case_id)).all())
    assert owners == {kept[0].id: case.id, kept[1].id: new.id}
    (link,) = session.scalars(select(CaseLink)).all()
    assert (link.case_id, link.kind, link.other_code) == (new.id, "split_from", case.code)
    for one in (case, new):
        assert timeline.read(session, one, whole=True)[-1].event.data.keys() == {"split"}
    assert any(new.code in notify.text_of(session, m)[0] for m in notify.box(session, new.id))
    assert [e.data["new"] for e in entries(session, action="case.split")] == [new.code]
    # Undone by merging it back.
    merge(session, office, case, new)
    assert new.outcome == "merged"


def test_what_can_not_be_split(session, office, report):
    case, stranger = report(), Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    with pytest.raises(Invalid) as error:
        splitting.split(session, case.id, person=office.staff(), text="x")
    assert [e.field for e in error.value.errors] == ["text"]
    with pytest.raises(Invalid) as error:
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.", files=[uuid.uuid4()])
    assert [e.field for e in error.value.errors] == ["files"]
    with pytest.raises(Forbidden):
        splitting.split(session, case.id, person=stranger, text="Sampah menumpuk.")
    with pytest.raises(Conflict):
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.", seen=0)
    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    with pytest.raises(Conflict):
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.")


# --- pages and the API ---


@pytest.fixture
def officer(client, tenant, session, office):
    from balai.cases.units import add_member as join_unit
    from balai.cases.units import admin_unit

    member = act_as(client, tenant, "officer", name="Budi Petugas")
    join_unit(session, admin_unit(session), member)
    session.commit()
    return client


def test_the_officers_page_merges_and_takes_out_again(session, officer, report):
    main, other = report(), report(NEAR)
    session.commit()
    here = f"/kelola/laporan/{main.code}"
    page = officer.get(here)
    assert "Mungkin sama: 1 laporan" in page.text
    assert f'value="{other.code}"' in page.text
    assert post_form(officer, f"{here}/gabung", {}).status_code == 422
    assert post_form(officer, f"{here}/gabung", {"gabung_kode": "xxx"}).status_code == 422
    assert post_form(officer, f"{here}/gabung", {"gabung": other.code, "seen": "0"}).status_code == 409
    assert post_form(officer, f"{here}/gabung", {"gabung": other.code, "seen": str(main.seq)}).status_code == 303
    assert "Digabung ke sini" in officer.get(here).text
    there = f"/kelola/laporan/{other.code}"
    assert "Pisahkan lagi" in officer.get(there).text
    assert post_form(officer, f"{there}/pisah", {}).status_code == 303
    assert post_form(officer, f"{there}/pisah", {}).status_code == 409


def test_the_officers_page_splits(session, officer, report):
    case = report()
    session.commit()
    here = f"/kelola/laporan/{case.code}/bagi"
    assert post_form(officer, here, {"bagi_isi": ""}).status_code == 422
    given = {"bagi_isi": "Sampah menumpuk di pasar.", "bagi_id": str(uuid.uuid4())}
    for _copy in range(2):
        assert post_form(officer, here, given).status_code == 303
    assert len(session.scalars(select(Case)).all()) == 2
    assert "Dibagi menjadi" in officer.get(f"/kelola/laporan/{case.code}").text


def test_over_the_api(app, session, client, tenant, office, report):
    main, other = report(), report(NEAR)
    session.commit()
    headers = bearer_for(app, tenant, "admin")
    here = f"/api/v1/cases/{main.code}"
    found = client.get(f"{here}/similar", headers=headers).get_json()["items"]
    assert [(n["code"], n["may_merge"]) for n in found] == [(other.code, True)]
    late = client.post(f"{here}/merge", json={"codes": [other.code]}, headers=headers | {"If-Match": '"0"'})
    assert late.status_code == 412
    stale = client.post(f"{here}/merge", json={"codes": [other.code], "seq": 0}, headers=headers)
    assert (stale.status_code, stale.get_json()["changed"] != []) == (409, True)
    assert client.post(f"{here}/merge", json={"codes": ["salah"]}, headers=headers).status_code == 422
    done = client.post(f"{here}/merge", json={"codes": [other.code]}, headers=headers)
    assert done.status_code == 200, done.get_json()
    there = f"/api/v1/cases/{other.code}"
    assert client.get(there, headers=headers).get_json()["outcome"] == "merged"
    assert client.post(f"{there}/unmerge", json={}, headers=headers).get_json()["outcome"] is None
    made = client.post(f"{here}/split", json={"text": "Sampah menumpuk di pasar."}, headers=headers)
    assert (made.status_code, set(made.get_json())) == (201, {"code", "tracking_url"})
    assert "kunci" not in made.get_json()["tracking_url"]


def test_joining_over_the_api(session, client_of, tenant, office, report):
    shown, hidden = report(), report(NEAR, published=False)
    session.commit()
    nobody = client_of(tenant)
    body = {"service": "feedback.pengaduan", "reporter": {"email": "ikut@contoh.id"}, "words": "Di sini juga gelap."}
    assert nobody.post(f"/api/v1/cases/{hidden.code}/followers", json=body).status_code == 404
    done = nobody.post(f"/api/v1/cases/{shown.code}/followers", json=body)
    assert (done.status_code, done.get_json()["view"]) == (200, "public")
    assert "gelap" not in str(done.get_json()["timeline"])
    wrong = nobody.post(f"/api/v1/cases/{shown.code}/followers", json=body | {"reporter": {"phone": "1"}})
    assert wrong.status_code == 422
    assert nobody.post(f"/api/v1/cases/{shown.code}/merge", json={"codes": [hidden.code]}).status_code == 401


def test_what_a_follower_left_is_forgotten_with_the_case(session, office, report):
    from balai.cases.personal import forget

    case = report(who=Reporter(email="utama@contoh.id"))
    given = Reporter(email="ikut@contoh.id")
    following.join(session, case.id, service_id="feedback.pengaduan", reporter=given, words="Nomor saya 081299998888.")
    assert "081299998888" not in next(h.words for h in following.heard(session, case))
    forget.forget_contact(session, case)
    session.expire_all()
    row = session.scalars(select(CaseFollower)).one()
    assert (row.contact, row.words, row.wants_news) == (None, None, False)
