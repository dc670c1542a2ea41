"""A request about one's own data from both ends in Debian's Chromium: the citizen's form and page, the officer's tool; axe-core
clean at 360 and 1280 px. BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from balai import cases, privacy
from balai.cases.personal import marks
from balai.clock import now
from balai.privacy import breaches
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
PHONE = "+6281298765432"


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context().new_page(), ignoring=("422",))


def complain(app: "Flask", tenant: Tenant, reporter: cases.Reporter, *, held: bool = False) -> str:
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, "feedback.pengaduan")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        data = {"bidang": "lampu", "uraian": f"Lampu mati sejak Senin. Hubungi saya di {PHONE}."}
        case = cases.file_case(session, service, data, place=place, reporter=reporter).case
        if held:
            marks.mark(session, case, "hold", "Sengketa di pengadilan.")
        return case.code


def test_a_request_from_both_ends(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    siti = cases.Reporter(name="Siti Rahayu", phone=PHONE, email="siti@contoh.id")
    code = complain_after_opening(live_app, tenant, siti)
    page.goto(live_url(tenant, "/privasi"))
    look_at(page, "privasi")
    page.get_by_role("link", name="Minta salinan data saya").click()
    look_at(page, "privasi-formulir")
    page.get_by_label("NIK").fill("123")
    page.get_by_role("button", name="Kirim").click()
    look_at(page, "privasi-formulir-perbaiki")
    page.get_by_label("NIK").fill("3273014505890003")
    page.get_by_label("Nomor HP", exact=False).last.fill("0812 9876 5432")
    page.get_by_role("button", name="Kirim").click()
    page.wait_for_url("**/terkirim")
    look_at(page, "privasi-terkirim")
    asked = page.url.split("/")[-2]

    page.context.clear_cookies()
    officer = sign_in(page, live_app, tenant, "officer", "admin")
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session, officer)
    page.goto(live_url(tenant, f"/kelola/laporan/{asked}"))
    page.get_by_role("link", name="Cari data pemohon").click()
    look_at(page, "privasi-alat")
    assert PHONE not in page.content()
    page.keyboard.press("Tab")
    page.get_by_label("Bagaimana Anda tahu").fill("Ditelepon di nomor yang tercatat.")
    page.get_by_role("button", name="Cari", exact=True).click()
    page.get_by_role("heading", name="Yang kami simpan tentang orang ini").wait_for()
    assert code in page.content()
    look_at(page, "privasi-hasil")
    page.get_by_text("Salinan untuk pemohon").click()
    page.get_by_role("button", name="Tampilkan untuk dicetak").click()
    page.get_by_role("heading", name="Salinan data pribadi").wait_for()
    assert "Siti Rahayu" in page.content()
    look_at(page, "privasi-salinan")


def complain_after_opening(app: "Flask", tenant: Tenant, reporter: cases.Reporter) -> str:
    with app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    return complain(app, tenant, reporter)


def test_a_citizens_own_page(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    sign_in(page, live_app, tenant, sub="sub-siti")
    mine = cases.Reporter(sub="sub-siti", name="Siti Rahayu", phone=PHONE)
    complain_after_opening(live_app, tenant, mine)
    with live_app.app_context(), tenant_scope(tenant) as session:
        privacy.save_profile(session, "sub-siti", name="Siti Rahayu", phone=PHONE, email="siti@contoh.id")
        who = privacy.consent_key(session, sub="sub-siti")
        privacy.record_consent(
            session, who=who, purpose="kabar", given=True, wording="Kabari saya tentang kegiatan desa."
        )
    page.goto(live_url(tenant, "/privasi/data-saya"))
    look_at(page, "data-saya")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh semua data saya").click()
    assert "Siti Rahayu" in Path(download.value.path()).read_text("utf-8")
    page.get_by_role("button", name="Tarik persetujuan").click()
    page.get_by_text("Tidak ada persetujuan yang berlaku.").wait_for()
    page.get_by_role("link", name="Hapus data saya di daerah ini").click()
    look_at(page, "data-saya-hapus")
    page.get_by_role("button", name="Ya, hapus").click()
    page.get_by_text("Data Anda di daerah ini sudah dihapus.").wait_for()
    assert "Siti Rahayu" not in page.locator("main").inner_text()
    look_at(page, "data-saya-kosong")


def test_the_admins_pages(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    complain_after_opening(live_app, tenant, cases.Reporter(name="Siti"))
    complain(live_app, tenant, cases.Reporter(name="Siti"), held=True)
    with live_app.app_context(), tenant_scope(tenant) as session:
        breach = breaches.report_breach(
            session, noticed_at=now() - timedelta(hours=5), story="Laptop petugas hilang.", kinds="nama dan nomor HP"
        ).id
    sign_in(page, live_app, tenant, "admin")
    for path in ("", "/masa-simpan", "/kebocoran", f"/kebocoran/{breach}", f"/kebocoran/{breach}/surat"):
        page.goto(live_url(tenant, f"/kelola/data-pribadi{path}"))
        look_at(page, f"data-pribadi{path.replace('/', '-').replace(str(breach), 'satu')}")
    page.goto(live_url(tenant, "/kelola/data-pribadi/masa-simpan"))
    page.get_by_role("button", name="Cabut").click()
    page.get_by_text("Dicabut.").wait_for()
