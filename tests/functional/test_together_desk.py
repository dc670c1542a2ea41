"""Merging and splitting on the officer's page and over the API; what a follower left is forgotten."""

import uuid

import pytest
from sqlalchemy import select

from balai.cases import Case, Reporter
from balai.cases.models import CaseFollower
from balai.cases.together import following
from balai.testing.acting import act_as, bearer_for
from balai.testing.pages import post_form
from balai.testing.reports import NEAR


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
