"""Bukan kewenangan over two regions, from the officer's keyboard to the new code; and ikut melaporkan as a citizen, also without
scripts.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from balai import cases
from balai.cases import Reporter
from balai.cases.referral import bodies
from balai.jobs.worker import drain
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import COMPLAINT, Office, open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
DESK: Any = {"width": 1280, "height": 860}
HERE = (-6.914744, 107.60981)
PLN = {"name": "PLN ULP Kota", "purpose": "listrik padam", "phone": "123", "topics": "listrik"}


@pytest.fixture
def other(regions: Callable[..., Tenant], staffed: Callable[..., Office]) -> Tenant:
    tenant = regions()
    staffed(tenant)
    return tenant


@pytest.fixture
def desk(new_context: "Callable[..., BrowserContext]", live_app: "Flask", tenant: Tenant) -> "tuple[Page, Office]":
    """A signed-in officer who leads the admin unit."""
    page = watched(new_context(viewport=DESK).new_page())
    member = sign_in(page, live_app, tenant, "officer")
    with live_app.app_context(), tenant_scope(tenant) as session:
        return page, open_office(session, member)


def filed(app: "Flask", tenant: Tenant, office: Office, *, publish: bool = False, words: str = "") -> cases.Filed:
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, "feedback.pengaduan")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa", *HERE)
        data = COMPLAINT | ({"uraian": words} if words else {})
        made = cases.file_case(
            session, service, data, place=place, reporter=Reporter(name="Rina Sari", email="rina@contoh.id")
        )
        if publish:
            cases.publish(session, made.case.id, person=office.staff())
        return made


def test_not_ours_over_two_regions(
    desk: "tuple[Page, Office]",
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    tenant: Tenant,
    other: Tenant,
) -> None:
    officer, office = desk
    case = filed(live_app, tenant, office)
    with live_app.app_context(), tenant_scope(tenant) as session:
        bodies.save(session, office.staff("services.draw"), PLN)
    _choose_the_other_region(officer, live_url(tenant, f"/kelola/laporan/{case.code}"), other)
    phone = watched(new_context().new_page())
    phone.goto(live_url(tenant, f"/lacak/{case.code}?kunci={case.link_secret}"))
    look_at(phone, "izin-tanya")
    phone.get_by_label("Desa atau kecamatan di sana").select_option(label="Desa Mekar")
    phone.get_by_label("Nama, nomor HP, dan email boleh ikut dikirim").check()
    phone.get_by_role("button", name="Setuju, teruskan").click()
    phone.get_by_text("jawaban Anda kami catat").wait_for()
    officer.reload()
    look_at(officer, "izin-dikirim")
    drain(live_app, tenant=tenant)
    phone.reload()
    phone.get_by_role("heading", name=f"Sekarang ditangani {other.name}").wait_for()
    look_at(phone, "izin-sampai")
    phone.get_by_role("link", name="Buka di sana").click()
    phone.get_by_text(f"Diterima dari {tenant.name}").first.wait_for()
    assert other.slug in phone.url
    assert "kunci=" not in phone.url
    look_at(phone, "izin-di-sana")
    officer.reload()
    officer.get_by_text("Diteruskan ke pihak lain").first.wait_for()
    look_at(officer, "izin-selesai")


def _choose_the_other_region(page: "Page", url: str, other: Tenant) -> None:
    """By keyboard alone: to the step, the region, its service, the reason."""
    page.goto(url)
    look_at(page, "bukan-kewenangan-awal")
    page.get_by_role("link", name="Bukan kewenangan kami").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Siapa yang berwenang?").wait_for()
    look_at(page, "bukan-kewenangan")
    page.get_by_label("Daerah lain di Balai").focus()
    page.get_by_label("Daerah lain di Balai").select_option(label=other.name)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Pengaduan").wait_for()
    look_at(page, "bukan-kewenangan-daerah")
    page.get_by_role("radio", name="Pengaduan").focus()
    page.keyboard.press("Space")
    page.get_by_label("Alasan, dibaca pelapor").focus()
    page.keyboard.type("Jalan ini milik kota sebelah.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Pelapor kami tanya dulu").wait_for()
    page.get_by_text("Catat jawaban pelapor").click()
    look_at(page, "izin-meja")


def test_the_list_of_other_bodies(desk: "tuple[Page, Office]", live_url: Address, tenant: Tenant) -> None:
    page, _office = desk
    look_at(page, "instansi-kosong", live_url(tenant, "/kelola/instansi-lain"))
    page.get_by_role("button", name="Tambahkan daftar awal").click()
    page.get_by_text("Daftar awal ditambahkan").wait_for()
    look_at(page, "instansi-awal")
    page.get_by_role("link", name="Samsat").click()
    page.get_by_label("Alamat", exact=False).first.fill("Jalan Uji 5")
    look_at(page, "instansi-satu")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Tersimpan.").wait_for()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "without-scripts"])
def test_a_citizen_joins_instead_of_filing(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    tenant: Tenant,
    desk: "tuple[Page, Office]",
    scripts: bool,
) -> None:
    words = "Lampu jalan di perempatan pasar padam sejak tiga hari lalu."
    shown = filed(live_app, tenant, desk[1], publish=True, words=words)
    page = watched(new_context(java_script_enabled=scripts).new_page())
    _fill(page, live_url(tenant, "/layanan/feedback/pengaduan"))
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Apakah ini yang sama?").wait_for()
    if scripts:
        look_at(page, "sama")
    page.get_by_role("button", name="Ubah isian").click()
    assert "sangat gelap" in page.get_by_label("Apa yang terjadi?").input_value()
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("button", name="Ya, ikut melaporkan ini").click()
    page.get_by_text("Anda ikut melaporkan").wait_for()
    assert page.url.endswith(f"/lacak/{shown.code}")
    assert page.get_by_text("Rina").count() == 0
    if scripts:
        look_at(page, "sama-ikut")
        _see_and_merge(desk[0], live_app, live_url, tenant, desk[1], shown.code)


def _fill(page: "Page", url: str) -> None:
    page.goto(url)
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill("Lampu pasar padam, sangat gelap di malam hari.")
    page.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    page.get_by_label("Patokan").fill("perempatan pasar")
    page.get_by_label("Terbuka").check()
    page.get_by_label("Petugas boleh tahu nama saya").check()
    page.get_by_label("Alamat email", exact=False).fill("sari@contoh.id")


def _see_and_merge(page: "Page", app: "Flask", live_url: Address, tenant: Tenant, office: Office, code: str) -> None:
    """The officer sees who else reports it, merges a second case, and splits off what is another problem."""
    filed(app, tenant, office, words="Lampu perempatan pasar mati total, mohon diganti.")
    page.goto(live_url(tenant, f"/kelola/laporan/{code}"))
    page.get_by_text("1 orang lain melaporkan hal yang sama.").wait_for()
    page.get_by_role("checkbox", name="Lampu perempatan pasar mati total").check()
    look_at(page, "gabung")
    page.get_by_role("button", name="Gabungkan").click()
    page.get_by_text("Laporan digabung.").wait_for()
    look_at(page, "gabung-sudah")
    page.get_by_text("Bagi menjadi dua laporan").click()
    page.get_by_label("Masalah yang kedua").fill("Sampah menumpuk di pasar.")
    page.get_by_role("button", name="Bagi dua").click()
    page.get_by_text("Laporan dibagi dua.").wait_for()
    look_at(page, "bagi-sudah")
