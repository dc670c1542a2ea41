"""Bukan kewenangan on pages and over the API: choosing a receiver, the reporter's answer, the list of other bodies."""

import io
import re

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import Case, Reporter
from balai.cases.models import OtherBody, Referral
from balai.cases.referral import bodies
from balai.jobs.worker import drain
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as, bearer_for
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

PLN = {"name": "PLN", "purpose": "listrik padam", "phone": "123", "topics": "listrik"}


@pytest.fixture
def officer(client, tenant, staffed):
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    return client


@pytest.fixture
def filed(session, tenant, officer):
    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    made = cases.file_case(
        session, service, COMPLAINT, place=place, reporter=Reporter(name="Rina", email="r@contoh.id")
    )
    session.commit()
    return made


@pytest.fixture
def citizen(client_of, tenant, filed):
    """The reporter's browser, holding the link."""
    browser = client_of(tenant)
    browser.get(f"/lacak/{filed.code}?kunci={filed.link_secret}")
    return browser


@pytest.fixture
def other(regions, staffed):
    tenant = regions()
    staffed(tenant)
    return tenant


def fresh(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalars(select(Case).order_by(Case.id.desc())).first()


def village(tenant):
    return f"{tenant.region_code}.01.2001"


def ask(officer, code, other):
    page = f"/kelola/laporan/{code}/bukan-kewenangan"
    form = {
        "langkah": "alihkan", "receiver": f"daerah:{other.region_code}:feedback.pengaduan", "reason": "Jalan kota sebelah.",
        "seen": "1",
    }  # fmt: skip
    return post_form(officer, page, form)


def test_the_officer_chooses_a_body(app, officer, tenant, filed):
    here = f"/kelola/laporan/{filed.code}"
    assert f"{here}/bukan-kewenangan?langkah=alihkan" in officer.get(here).text
    post_form(officer, "/kelola/instansi-lain", PLN)
    page = officer.get(f"{here}/bukan-kewenangan?langkah=alihkan")
    value = re.search(r'value="(instansi:[^"]+)"', page.text)[1]
    refused = post_form(officer, f"{here}/bukan-kewenangan", {"langkah": "alihkan", "reason": "Milik PLN."})
    assert refused.status_code == 422
    assert "Pilih siapa yang berwenang." in refused.text
    assert "Milik PLN." in refused.text
    done = post_form(
        officer, f"{here}/bukan-kewenangan", {"langkah": "alihkan", "receiver": value, "reason": "Milik PLN."}
    )
    assert done.status_code == 303
    assert fresh(app, tenant).outcome == "referred"
    public = officer.get(f"/lacak/{filed.code}").text
    assert "Telepon: 123" in public


def test_the_reporter_sees_the_contact(officer, citizen, filed):
    post_form(officer, "/kelola/instansi-lain", PLN)
    page = officer.get(f"/kelola/laporan/{filed.code}/bukan-kewenangan")
    value = re.search(r'value="(instansi:[^"]+)"', page.text)[1]
    form = {"langkah": "alihkan", "receiver": value, "reason": "Kabelnya milik PLN."}
    post_form(officer, f"/kelola/laporan/{filed.code}/bukan-kewenangan", form)
    seen = citizen.get(f"/lacak/{filed.code}").text
    assert "Telepon: 123" in seen
    assert "PLN" in seen


def test_over_two_regions(app, officer, citizen, client_of, tenant, filed, other):
    here = f"/kelola/laporan/{filed.code}/bukan-kewenangan"
    looked = post_form(
        officer, here, {"langkah": "alihkan", "daerah": other.region_code, "lihat": "ya", "reason": "Jalan"}
    )
    assert f'value="daerah:{other.region_code}:feedback.pengaduan"' in looked.text
    assert "Jalan" in looked.text
    assert ask(officer, filed.code, other).status_code == 303
    assert "Catat jawaban pelapor" in officer.get(f"/kelola/laporan/{filed.code}").text
    page = citizen.get(f"/lacak/{filed.code}")
    assert f"Bolehkah kami teruskan ke {other.name}?" in page.text
    assert plain(page.text)
    foreign = citizen.get(f"/lacak/{filed.code}?bahasa=qps").text
    assert untranslated(foreign, data=(other.name, tenant.name, "WIB", "Admin daerah")) == []
    citizen.get("/lacak?bahasa=id")
    public = client_of(tenant).get(f"/lacak/{filed.code}").text
    assert "Bolehkah kami teruskan" not in public
    missing = post_form(citizen, f"/lacak/{filed.code}/izin", {"izin": "ya"})
    assert missing.status_code == 422
    given = {"izin": "ya", "izin_tempat": village(other), "izin_kontak": "ya"}
    assert post_form(citizen, f"/lacak/{filed.code}/izin", given).status_code == 303
    drain(app, tenant=tenant)
    new = fresh(app, other)
    own = citizen.get(f"/lacak/{filed.code}").text
    assert new.code in own
    on = citizen.get(f"/lacak/{filed.code}/lanjut")
    assert on.status_code == 303
    assert on.headers["Referrer-Policy"] == "no-referrer"
    path, _question, secret = on.location.partition(f"/lacak/{new.code}?kunci=")
    assert other.slug in path
    there = client_of(other)
    assert there.get(f"/lacak/{new.code}?kunci={secret}").status_code == 303
    assert f"Diterima dari {tenant.name}" in there.get(f"/lacak/{new.code}").text
    assert "Lampu jalan depan balai" in there.get(f"/lacak/{new.code}").text
    assert client_of(tenant).get(f"/lacak/{filed.code}/lanjut").status_code == 404


def test_the_reporter_says_no(app, officer, citizen, tenant, filed, other):
    ask(officer, filed.code, other)
    assert post_form(citizen, f"/lacak/{filed.code}/izin", {"izin": "mungkin"}).status_code == 422
    assert post_form(citizen, f"/lacak/{filed.code}/izin", {"izin": "tidak"}).status_code == 303
    assert fresh(app, tenant).outcome == "referred"
    assert other.slug in citizen.get(f"/lacak/{filed.code}").text
    late = post_form(citizen, f"/lacak/{filed.code}/izin", {"izin": "ya", "izin_tempat": village(other)})
    assert late.status_code == 409
    assert "Tidak ada izin yang sedang ditunggu" in late.text


def test_strangers_answer_nothing(officer, client_of, tenant, filed, other):
    ask(officer, filed.code, other)
    stranger = client_of(tenant)
    assert post_form(stranger, f"/lacak/{filed.code}/izin", {"izin": "ya"}).status_code == 404
    assert post_form(stranger, f"/kelola/laporan/{filed.code}/izin", {"izin": "ya"}).status_code in {302, 303, 401}


def test_staff_write_down_what_they_heard(app, officer, tenant, filed, other):
    ask(officer, filed.code, other)
    here = f"/kelola/laporan/{filed.code}/izin"
    given = {"izin": "ya", "izin_tempat": village(other), "seen": "2"}
    refused = post_form(officer, here, given)
    assert refused.status_code == 422
    assert "Pilih bagaimana pelapor menyampaikannya." in refused.text
    assert post_form(officer, here, given | {"izin_lewat": "counter", "seen": "1"}).status_code == 409
    assert post_form(officer, here, given | {"izin_lewat": "counter"}).status_code == 303
    assert "sedang dikirim" in officer.get(f"/kelola/laporan/{filed.code}").text
    assert post_form(officer, f"/kelola/laporan/{filed.code}/kirim-ulang", {}).status_code == 303
    drain(app, tenant=tenant)
    assert fresh(app, other).channel == "web"
    assert fresh(app, tenant).outcome == "referred"


def test_a_second_officer_is_told(officer, filed, other):
    ask(officer, filed.code, other)
    late = ask(officer, filed.code, other)
    assert late.status_code == 409
    assert "Sudah berubah sejak Anda membukanya" in late.text


# --- the API ---


def test_the_api_takes_no_free_text(app, session, client, officer, tenant, filed):
    entry = OtherBody(name="PLN", purpose="listrik", phone="123")
    session.add(entry)
    session.commit()
    headers = bearer_for(app, tenant, "admin")
    path = f"/api/v1/cases/{filed.code}/transitions"
    step = {"step": "alihkan", "fields": {"receiver": "PLN, telepon 123", "reason": "Milik PLN."}}
    refused = client.post(path, json=step, headers=headers)
    assert refused.status_code == 422
    assert "receiver" in str(refused.get_json())
    step["fields"]["receiver"] = f"instansi:{entry.id}"
    done = client.post(path, json=step, headers=headers)
    assert done.status_code == 200, done.get_json()
    assert done.get_json()["outcome"] == "referred"


def test_the_reporter_agrees_over_the_api(app, officer, client, tenant, filed, other):
    ask(officer, filed.code, other)
    path = f"/api/v1/cases/{filed.code}"
    link = {"Link-Secret": filed.link_secret}
    nobody = client.application.test_client()
    host = {"base_url": f"http://{client.environ_base['HTTP_HOST']}", "headers": link}
    steps = {s["label"]: s["key"] for s in nobody.get(path, **host).get_json()["steps"]}
    yes = steps["Setuju, teruskan"]
    wrong = nobody.post(f"{path}/transitions", json={"step": yes, "fields": {"warna": "merah"}}, **host)
    assert wrong.status_code == 422
    fields = {"region": village(other), "contact": True}
    done = nobody.post(f"{path}/transitions", json={"step": yes, "fields": fields}, **host)
    assert done.status_code == 200, done.get_json()
    drain(app, tenant=tenant)
    assert fresh(app, other).contact_email is not None


# --- the list ---


def test_the_list_on_its_page(app, officer, tenant):
    assert "Daftarnya masih kosong" in officer.get("/kelola/instansi-lain").text
    assert untranslated(officer.get("/kelola/instansi-lain?bahasa=qps").text, data=(tenant.name, "WIB")) == []
    officer.get("/kelola/instansi-lain?bahasa=id")
    assert post_form(officer, "/kelola/instansi-lain/awal", {}).status_code == 303
    assert "lengkapi kontaknya" in officer.get("/kelola/instansi-lain").text
    refused = post_form(officer, "/kelola/instansi-lain", {"name": "Samsat", "purpose": "pajak"})
    assert refused.status_code == 422
    with app.app_context(), tenant_scope(tenant) as session:
        entry = next(e for e in bodies.all_bodies(session) if e.name == "PLN")
    here = f"/kelola/instansi-lain/{entry.id}"
    assert 'value="PLN"' in officer.get(here).text
    assert post_form(officer, here, {"pakai": "tidak"}).status_code == 303
    assert "tidak dipakai" in officer.get("/kelola/instansi-lain").text
    assert post_form(officer, here, PLN | {"name": "PLN Kota"}).status_code == 303
    assert "PLN Kota" in officer.get("/kelola/instansi-lain").text


def test_the_list_from_a_file(officer):
    def send(data):
        upload = (io.BytesIO(data), "daftar.csv")
        return post_form(officer, "/kelola/instansi-lain/impor", {"file": upload}, content_type="multipart/form-data")

    assert send(b"nama,untuk,telepon\nPLN,listrik,123\n").status_code == 303
    refused = send(b"nama,untuk,telepon\nBPN,tanah,abc\n")
    assert refused.status_code == 422
    assert "Baris 2" in refused.text
    assert post_form(officer, "/kelola/instansi-lain/impor", {}).status_code == 422


def test_who_may_only_read_the_list(client, tenant):
    act_as(client, tenant, "leader")
    assert client.get("/kelola/instansi-lain").status_code == 403
    act_as(client, tenant, "helper")
    assert post_form(client, "/kelola/instansi-lain", PLN).status_code in {303, 403, 404}


def test_nothing_is_kept_of_what_was_agreed_once_it_is_sent(app, session, officer, citizen, tenant, filed, other):
    ask(officer, filed.code, other)
    post_form(citizen, f"/lacak/{filed.code}/izin", {"izin": "ya", "izin_tempat": village(other)})
    drain(app, tenant=tenant)
    made = session.scalars(select(Referral)).one()
    assert (made.state, made.agreed) == ("sent", None)
