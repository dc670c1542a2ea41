"""Which reports might be the same, and the step before a form is sent: join one, or say that it is another."""

import io
import uuid
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from balai import cases
from balai.cases import Case, Person
from balai.cases.models import CaseFollower
from balai.cases.together import following, nearby
from balai.clock import frozen, now
from balai.contracts import Service
from balai.tenancy import tenant_scope
from balai.testing.offices import add_member
from balai.testing.pages import post_form
from balai.testing.reports import FAR, HERE, NEAR
from balai.testing.words import plain, untranslated


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


def test_one_address_can_not_make_up_a_crowd(app, session, tenant, citizen, client_of, report, monkeypatch):
    shown, another = report(), report(NEAR)
    session.commit()
    monkeypatch.setattr(following, "_ONE_PER_DAY", 3)
    for number in range(3):
        form = typed(tenant, ikut=shown.code, phone=f"08121111000{number}")
        assert post_form(citizen, FORM, form).status_code == 303
    body = {"service": "feedback.pengaduan", "reporter": {"email": "lagi@contoh.id"}}
    assert post_form(citizen, FORM, typed(tenant, ikut=shown.code, phone="")).status_code == 429
    assert client_of(tenant).post(f"/api/v1/cases/{shown.code}/followers", json=body).status_code == 429
    assert client_of(tenant).post(f"/api/v1/cases/{another.code}/followers", json=body).status_code == 200
    assert [row.supporters for row in all_cases(app, tenant)] == [3, 1]
