"""From report to rating in Debian's Chromium, by keyboard, with and without scripts; every page of the spine looked at.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from balai import cases
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
# Answers that a page shows as its own.
REFUSED = ("40",)


def photo() -> dict[str, object]:
    body = io.BytesIO()
    image = Image.radial_gradient("L").resize((1200, 900)).convert("RGB")
    image.save(body, "JPEG", quality=85)
    return {"name": "lampu.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context().new_page(), ignoring=REFUSED)


def fill_form(page: "Page", *, scripts: bool = True) -> None:
    """The complaint as somebody types it."""
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill(
        "Lampu jalan di depan balai desa mati sejak tiga hari lalu. Gelap sekali."
    )
    page.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    page.get_by_label("Patokan").fill("depan balai desa, tiang nomor 12")
    page.get_by_label("Foto", exact=False).first.set_input_files(photo())  # type: ignore[arg-type]
    if scripts:
        page.locator("[data-preview] img").wait_for()
    page.get_by_label("Nama", exact=False).last.fill("Rina Sari")


def test_from_report_to_rating(
    page: "Page", new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    desk = watched(new_context(viewport={"width": 1280, "height": 860}).new_page(), ignoring=REFUSED)
    officer = sign_in(desk, live_app, tenant, "officer")
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session, officer)  # type: ignore[arg-type]

    page.goto(live_url(tenant, "/layanan"))
    look_at(page, "layanan")
    page.get_by_role("link", name="Pengaduan").click()
    look_at(page, "pengaduan")
    fill_form(page)
    page.get_by_role("button", name="Kirim").click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    look_at(page, "terkirim")
    code = page.locator("#kode").inner_text()
    page.get_by_role("link", name="Lihat perkembangannya").click()
    look_at(page, "lacak-baru")
    mine = page.url

    desk.goto(live_url(tenant, "/kelola/laporan"))
    look_at(desk, "kelola-laporan")
    desk.get_by_role("link", name=re.compile("Lampu jalan di depan")).click()
    look_at(desk, "kelola-satu")
    desk.get_by_role("button", name="Saya kerjakan").click()
    desk.get_by_text("Tanya pelapor").first.click()
    desk.get_by_label("Pertanyaan untuk pelapor").fill("Apakah lampu di sebelahnya menyala?")
    desk.get_by_role("button", name="Tanya pelapor").click()

    page.goto(mine)
    look_at(page, "lacak-ditanya")
    page.get_by_label("Jawaban Anda").fill("Ya, yang sebelah menyala.")
    page.get_by_role("button", name="Jawab pertanyaan").click()
    page.get_by_text("Terima kasih, sudah kami terima.").wait_for()

    desk.goto(live_url(tenant, f"/kelola/laporan/{code}"))
    desk.get_by_text("Jawab dan selesaikan").first.click()
    desk.get_by_label("Jawaban untuk pelapor").last.fill("Lampu sudah kami ganti pagi ini.")
    desk.get_by_role("button", name="Jawab dan selesaikan").click()
    desk.get_by_text("Tersimpan.").wait_for()
    look_at(desk, "kelola-selesai")

    page.goto(mine)
    page.get_by_text("Lampu sudah kami ganti pagi ini.").first.wait_for()
    look_at(page, "lacak-selesai")
    page.get_by_label("5 – sangat baik").check()
    page.get_by_role("button", name="Kirim nilai").click()
    page.get_by_text("Nilai Anda: 5 dari 5").wait_for()

    stranger = watched(new_context().new_page(), ignoring=REFUSED)
    stranger.goto(live_url(tenant, f"/lacak?kode={code.lower()}"))
    stranger.get_by_text("Lampu sudah kami ganti pagi ini.").first.wait_for()
    assert "Rina" not in stranger.content()
    look_at(stranger, "lacak-umum")


def test_filing_without_scripts_and_with_a_mistake(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    page = watched(new_context(java_script_enabled=False).new_page(), ignoring=REFUSED)
    page.goto(live_url(tenant, "/layanan/feedback/pengaduan"))
    fill_form(page, scripts=False)
    page.get_by_label("Nomor HP").fill("12")
    page.get_by_role("button", name="Kirim").click()
    page.get_by_text("Nomor telepon ini tidak lengkap").first.wait_for()
    assert page.get_by_label("Patokan").input_value() == "depan balai desa, tiang nomor 12"
    assert page.get_by_text("lampu.jpg").is_visible()
    page.get_by_label("Nomor HP").fill("0812 3456 7890")
    page.get_by_role("button", name="Kirim").click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    page.get_by_role("link", name="Lihat perkembangannya").click()
    assert page.locator("ul.photos img").count() == 1


def test_filing_by_keyboard_alone(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    page.goto(live_url(tenant, "/layanan/feedback/usul"))
    typed = {
        "f-judul": "Taman baca di balai desa",
        "f-bidang": "p",  # the first choice that begins with p
        "f-uraian": "Anak-anak butuh tempat membaca sepulang sekolah.",
        "f-region": "D",
        "f-landmark": "samping balai desa",
    }
    for _n in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        if focused in typed:
            page.keyboard.type(typed.pop(focused))
        elif focused == "Kirim":
            break
    assert typed == {}
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Terima kasih").wait_for()


def test_other_pages(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    member = sign_in(page, live_app, tenant, "admin", "officer", name="Ani Wijaya")
    with live_app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session, member)  # type: ignore[arg-type]
        service = cases.service(session, "feedback.usul")
        data = {"judul": "Taman baca di balai desa", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat."}
        place = cases.Place(f"{tenant.region_code}.01.2001", "lapangan")
        idea = cases.file_case(session, service, data, place=place).case
        cases.publish(session, idea.id, person=office.staff())
    paths = (
        "/usul", "/lacak", "/lacak/lupa", "/lacak/salah", "/saya", "/kelola/unit", f"/kelola/unit/{office.unit_id}",
        "/kelola/layanan", "/kelola/layanan/feedback/pengaduan/atur", "/kelola/laporan?antrean=all&q=tidak-ada",
    )  # fmt: skip
    for path in paths:
        page.goto(live_url(tenant, path))
        look_at(page, path.strip("/").replace("/", "-").partition("?")[0] or "awal")


def test_a_service_that_takes_nothing_says_whom_to_call(page: "Page", live_url: Address, tenant: Tenant) -> None:
    page.goto(live_url(tenant, "/layanan/feedback/pengaduan"))
    page.get_by_role("link", name="(022) 123-4567").first.wait_for()
    look_at(page, "tutup")
