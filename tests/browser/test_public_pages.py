"""Ideas, public list and map, decisions and the moderators' pages in Debian's Chromium: one journey, every page looked at."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from balai import cases
from balai.cases.decisions import services as decisions
from balai.cases.gate import services as gate
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
IDEA = {
    "judul": "Bangun taman baca di setiap desa",
    "bidang": "pendidikan",
    "uraian": "Anak-anak perlu tempat membaca sore hari. Lihat contohnya di https://contoh.com/taman.",
}
_PROBLEMS = (
    "Lampu jalan mati",
    "Saluran mampet dan bau",
    "Jalan berlubang besar",
    "Sampah menumpuk di pasar",
    "Pohon tumbang",
)


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    return watched(new_context().new_page())


@pytest.fixture
def town(live_app: "Flask", tenant: Tenant) -> Tenant:
    """A region with an office, an idea and some reports, two of them held."""
    with live_app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session)
        complaint, idea = cases.service(session, "feedback.pengaduan"), cases.service(session, "feedback.usul")
        village = f"{tenant.region_code}.01.2001"
        cases.file_case(session, idea, IDEA, place=cases.Place(village, "balai desa"))
        for n in range(12):
            words = f"{_PROBLEMS[n % 5]} di jalan nomor {n}, sejak minggu lalu"
            place = cases.Place(village, "pasar", -6.9 + n % 7 / 70, 107.6 + n % 5 / 50)
            case = cases.file_case(session, complaint, {"bidang": "lampu", "uraian": words}, place=place).case
            if n < 2:
                case.held_at, case.held_for = case.filed_at, ("flood", "copy")[n]
                session.flush()
            else:
                cases.publish(session, case.id, person=office.staff())
            if n == 11:
                cases.move_case(
                    session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah beres."}
                )
        made = decisions.record(
            session, kind="repair", title="Lampu jalan di tiga kecamatan diperbaiki", reason="Banyak lampu mati."
        )
        decisions.make_public(session, cases.Person("staff", permissions=frozenset({"plugins.switch"})), made.id)
        gate.block_contact(session, office.staff(), contact="0812 3456 7890", days="7", reason="Ancaman berulang")
    return tenant


def test_from_a_moderated_idea_to_its_support(
    page: "Page", new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, town: Tenant
) -> None:
    look_at(page, "usul-kosong", live_url(town, "/usul"))
    desk = watched(new_context(viewport={"width": 1280, "height": 860}).new_page())
    sign_in(desk, live_app, town, "admin", "officer", name="Siti Aminah")
    look_at(desk, "kelola-tampil", live_url(town, "/kelola/laporan/tampil"))
    desk.get_by_role("link", name="Bangun taman baca").click()
    look_at(desk, "kelola-periksa")
    assert "contoh[.]com" in desk.locator("#f-body").input_value()
    desk.get_by_role("button", name="Tampilkan", exact=True).click()
    desk.get_by_text("Sekarang tampil untuk umum.").wait_for()

    page.goto(live_url(town, "/usul"))
    look_at(page, "usul")
    page.get_by_role("link", name="Bangun taman baca").click()
    look_at(page, "usul-satu")
    page.get_by_role("button", name="Dukung usul ini").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 orang mendukung").wait_for()
    look_at(page, "usul-didukung")
    page.get_by_role("button", name="Tarik dukungan").click()
    page.get_by_text("0 orang mendukung").wait_for()


def test_public_pages_at_phone_size(page: "Page", live_url: Address, town: Tenant, tenant: Tenant) -> None:
    for name, path in (
        ("laporan", "/laporan"),
        ("laporan-kosong", "/laporan?wilayah=99.99.99&keadaan=selesai&layanan=feedback.pengaduan&topik=air"),
        ("peta", "/peta"),
        ("perubahan", "/perubahan"),
    ):
        look_at(page, name, live_url(town, path))
    page.get_by_role("link", name="Lampu jalan di tiga kecamatan").click()
    look_at(page, "perubahan-satu")


def test_staff_pages_of_moderation_and_decisions(
    page: "Page", live_app: "Flask", live_url: Address, town: Tenant
) -> None:
    sign_in(page, live_app, town, "admin", "officer", "leader", name="Siti Aminah")
    for name, path in (
        ("kelola-perlu-dilihat", "/kelola/laporan/perlu-dilihat"),
        ("kelola-sampah", "/kelola/laporan/perlu-dilihat?sampah=ya"),
        ("kelola-blokir", "/kelola/laporan/blokir"),
        ("kelola-keputusan", "/kelola/keputusan"),
    ):
        look_at(page, name, live_url(town, path))
    page.get_by_role("link", name="Catat keputusan").click()
    look_at(page, "kelola-keputusan-baru")
    page.get_by_label("Jenis").select_option(label="Uji coba")
    page.get_by_label("Apa yang diputuskan").fill("Kantor kelurahan buka Sabtu pagi selama tiga bulan")
    page.get_by_label("Mengapa").fill("Banyak warga bekerja pada hari Senin sampai Jumat.")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_label("Kata atau kode").fill("lampu")
    page.get_by_role("button", name="Tampilkan").click()
    look_at(page, "kelola-keputusan-cari")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Sebut yang dicentang").click()
    page.get_by_role("button", name="Lepas yang dicentang").wait_for()
    look_at(page, "kelola-keputusan-satu")
