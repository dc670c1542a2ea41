"""The officer's pages: inbox, one case, units, services; who may open what."""

import re

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import Case, Reporter
from balai.cases.models import Unit
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import untranslated


@pytest.fixture
def officer(client, tenant, staffed):
    """A signed-in officer who leads the admin unit."""
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    return client


@pytest.fixture
def case(session, tenant, officer):
    from balai.testing.offices import COMPLAINT

    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    made = cases.file_case(
        session, service, COMPLAINT, place=place, reporter=Reporter(name="Rina", phone="081234567890")
    ).case
    session.commit()
    return made


def fresh(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalars(select(Case)).one()


def seen(page):
    return re.search(r'name="seen" value="(\d+)"', page.text).group(1)


def test_the_inbox_shows_filters_and_leads_to_the_case(officer, case):
    page = officer.get("/kelola/laporan")
    assert page.status_code == 200
    assert case.code in page.text
    assert case.code in officer.get("/kelola/laporan?antrean=all&keadaan=semua&q=LAMPU").text
    assert case.code not in officer.get("/kelola/laporan?keadaan=closed").text
    assert case.code not in officer.get("/kelola/laporan?q=jembatan").text
    assert officer.get(f"/kelola/laporan/cari?q={case.code.lower()}").status_code == 303
    assert officer.get(f"/kelola/laporan?q={case.code.replace('-', '')}").location == f"/kelola/laporan/{case.code}"
    assert officer.get("/kelola/laporan?unit=bukan-id").status_code == 400


def test_the_officers_way(app, officer, tenant, case):
    here = f"/kelola/laporan/{case.code}"
    page = officer.get(here)
    assert page.status_code == 200
    assert "Lampu jalan depan balai" in page.text
    assert "+62812*****890" in page.text.replace("&#43;", "+")
    assert post_form(officer, f"{here}/tugas", {"ambil": "ya", "seen": seen(page)}).status_code == 303
    assert post_form(officer, f"{here}/catatan", {"note": "Sudah ditelepon."}).status_code == 303
    assert "Sudah ditelepon." in officer.get(here).text
    done = {"langkah": "selesaikan", "answer": "Lampu diganti."}
    assert post_form(officer, f"{here}/langkah", done | {"seen": seen(officer.get(here))}).status_code == 303
    closed = fresh(app, tenant)
    assert (closed.outcome, closed.assignee_id is not None) == ("done", True)
    assert "Lampu diganti." in officer.get(here).text


def test_a_stale_page_is_told_what_happened(app, officer, tenant, case):
    here = f"/kelola/laporan/{case.code}"
    old = seen(officer.get(here))
    post_form(officer, f"{here}/langkah", {"langkah": "teruskan", "seen": old})
    page = post_form(officer, f"{here}/langkah", {"langkah": "tolak", "reason": "Tidak ada.", "seen": old})
    assert page.status_code == 409
    assert "Sudah berubah sejak Anda membukanya" in page.text
    assert fresh(app, tenant).state == "dikerjakan"


def test_a_missing_answer_keeps_the_page_and_what_was_typed(officer, case):
    here = f"/kelola/laporan/{case.code}"
    page = post_form(officer, f"{here}/langkah", {"langkah": "alihkan", "reason": "Jalan provinsi.", "receiver": ""})
    assert page.status_code == 422
    assert "Jalan provinsi." in page.text


def test_contact_is_shown_for_a_reason_that_is_recorded(session, officer, case):
    from balai.audit import entries

    here = f"/kelola/laporan/{case.code}"
    assert post_form(officer, f"{here}/kontak", {"reveal_reason": ""}).status_code == 422
    page = post_form(officer, f"{here}/kontak", {"reveal_reason": "Menanyakan lokasi."})
    assert "+6281234567890" in page.text.replace("&#43;", "+")
    assert "+6281234567890" not in officer.get(here).text
    assert [e.data["reason"] for e in entries(session, action="case.revealed")] == ["Menanyakan lokasi."]


def test_showing_and_hiding_an_idea_in_public(app, officer, client_of, tenant, session):
    service = cases.service(session, "feedback.usul")
    place = cases.Place(f"{tenant.region_code}.01.2001", "lapangan desa")
    data = {"judul": "Taman baca di balai desa", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat membaca."}
    idea = cases.file_case(session, service, data, place=place).case
    session.commit()
    citizen = client_of(tenant)
    assert "Taman baca" not in citizen.get("/usul").text
    post_form(officer, f"/kelola/laporan/{idea.code}/tampilkan", {"tampil": "ya"})
    assert "Taman baca" in citizen.get("/usul").text
    post_form(officer, f"/kelola/laporan/{idea.code}/tampilkan", {"tampil": "tidak"})
    assert "Taman baca" not in citizen.get("/usul").text


def test_an_admin_arranges_units_and_services(app, client, tenant, staffed):
    admin = act_as(client, tenant, "admin", name="Ani Admin")
    staffed(tenant, admin)
    made = post_form(client, "/kelola/unit", {"name": "Penerangan Jalan", "head_id": str(admin)})
    assert made.status_code == 303
    assert "Ani Admin" in client.get(made.location).text
    with app.app_context(), tenant_scope(tenant) as session:
        unit = session.scalars(select(Unit).where(~Unit.is_admin)).one()
    assert "Penerangan Jalan" in client.get("/kelola/unit").text
    page = "/kelola/layanan/feedback/pengaduan/atur"
    assert client.get(page).status_code == 200
    changed = {"state": "on", "slot.penerima": str(unit.id), "sla.diterima": "2", "sla.dikerjakan": "5"}
    assert post_form(client, page, changed).status_code == 303
    assert "Penerangan Jalan" in client.get("/kelola/layanan").text
    bad = post_form(client, page, changed | {"sla.diterima": "nol", "state": "trial"})
    assert bad.status_code == 422
    post_form(client, page, changed | {"state": "paused", "call_instead": "(022) 999"})
    assert "(022) 999" in client.get("/layanan/feedback/pengaduan").text
    removed = {"aksi": "keluarkan", "member_id": str(admin)}
    post_form(client, f"/kelola/unit/{unit.id}", removed)
    assert "belum punya anggota" in client.get(f"/kelola/unit/{unit.id}").text


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("officer", {"/kelola/laporan", "/kelola/layanan"}),
        ("admin", {"/kelola/laporan", "/kelola/layanan", "/kelola/unit"}),
        ("leader", set()),
        ("auditor", set()),
        ("helper", set()),
    ],
)
def test_who_may_open_which_page(client, tenant, role, allowed):
    act_as(client, tenant, role)
    for path in ("/kelola/laporan", "/kelola/layanan", "/kelola/unit"):
        assert client.get(path).status_code == (200 if path in allowed else 403), path


def test_nobody_else_gets_in(client, client_of, other_tenant, case):
    from balai.auth.sessions import COOKIE

    client.delete_cookie(COOKIE, domain=client.environ_base["HTTP_HOST"].partition(":")[0])
    assert client.get(f"/kelola/laporan/{case.code}").status_code == 303
    elsewhere = client_of(other_tenant)
    act_as(elsewhere, other_tenant, "admin", "officer")
    assert elsewhere.get(f"/kelola/laporan/{case.code}").status_code == 404
    assert post_form(elsewhere, f"/kelola/laporan/{case.code}/catatan", {"note": "halo"}).status_code == 404


def test_pages_can_be_translated(officer, case):
    data = (
        "Pengaduan",
        "Usul",
        "Permintaan informasi",
        "Desa Mekar",
        "Kecamatan Uji",
        "Admin daerah",
        " WIB",
        "Budi Petugas",
        "Rina",
    )
    rules = "/kelola/layanan/feedback/pengaduan/atur"
    for path in ("/kelola/laporan", f"/kelola/laporan/{case.code}", "/kelola/layanan", rules):
        assert untranslated(officer.get(f"{path}?bahasa=qps").text, data=data) == [], path
