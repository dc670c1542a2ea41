"""Help at the counter in Debian's Chromium: pages, fields, keys and machine seconds counted; the slip on A6 paper.

A person has 60 seconds: what the machine needs of them is asserted here, what is left is for listening and typing.
BALAI_SCREENS=<folder> keeps pictures and the slip as PDF.
"""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf
import pytest
from PIL import Image
from sqlalchemy import select

from balai.cases import Case, Unit
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in
from balai.testing.offices import open_office
from balai.testing.words import forbidden

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
# Of a person's 60 seconds the machine may take this many; on a loaded machine too.
MACHINE_SECONDS = 15
FIELDS = "main form input:not([type=hidden]), main form select, main form textarea"
STORY = "Lampu jalan depan balai desa mati sejak tiga hari."


@pytest.fixture(params=["officer", "helper"])
def desk(
    request: pytest.FixtureRequest,
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    tenant: Tenant,
) -> "Page":
    """An officer and a village helper, each at their machine; the unit is staffed."""
    page = new_context(viewport={"width": 1280, "height": 860}).new_page()
    sign_in(page, live_app, tenant, request.param)
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    return page


class Counted:
    """Pages loaded and seconds that passed since the beginning."""

    def __init__(self, page: "Page") -> None:
        self.pages, self._began = 0, time.perf_counter()
        page.on("framenavigated", lambda frame: self._count(frame.parent_frame is None))

    def _count(self, whole: bool) -> None:
        self.pages += whole

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began


def type_through(page: "Page", keys: list[str]) -> int:
    """Type into what has the focus, Tab to the next; how many keys besides the words were pressed."""
    for words in keys:
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    return len(keys)


def test_a_phone_call_by_keyboard_alone(desk: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    counted = Counted(desk)
    desk.goto(live_url(tenant, "/kelola/catat?jalur=phone"))
    assert desk.evaluate("document.activeElement.id") == "f-c-isi"
    assert desk.locator(FIELDS).count() <= 6
    tabs = type_through(desk, [STORY, "Lampu", "Desa", "depan balai desa", "Rina Sari 0812 3456 7890"])
    assert desk.evaluate("document.activeElement.textContent.trim()") == "Simpan dan cetak"
    desk.keyboard.press("Enter")
    desk.get_by_role("heading", name="Tanda terima").wait_for()
    desk.locator("img.slip-qr").evaluate("i => i.decode()")
    spent = counted.seconds
    print(f"\nphone call: {counted.pages} pages, 5 fields, 0 clicks, {tabs + 1} keys, {spent:.1f} machine seconds")
    assert counted.pages == 2
    assert spent < MACHINE_SECONDS
    assert desk.evaluate("document.activeElement.textContent.trim()") == "Cetak"
    with live_app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
    assert (case.channel, case.assisted, case.data["bidang"]) == ("phone", True, "lampu")
    assert case.code in desk.content()


def test_somebody_at_the_counter_with_a_photo(desk: "Page", live_url: Address, tenant: Tenant) -> None:
    desk.goto(live_url(tenant, "/kelola/catat"))
    assert desk.locator(FIELDS).count() == 6
    look_at(desk, "catat")
    desk.get_by_label("Apa yang disampaikan?").fill(STORY)
    desk.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    desk.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    desk.get_by_label("Patokan").fill("depan balai desa")
    desk.get_by_label("Nama dan nomor HP").fill("Rina Sari 0812")
    body = io.BytesIO()
    Image.radial_gradient("L").resize((900, 600)).convert("RGB").save(body, "JPEG")
    picture = {"name": "lampu.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}
    desk.get_by_label("Foto").set_input_files(picture)  # type: ignore[arg-type]
    desk.locator("[data-preview] img").wait_for()
    desk.get_by_role("button", name="Simpan dan cetak").click()
    desk.get_by_text("Nomor HP ini tidak lengkap").first.wait_for()
    assert desk.get_by_text("lampu.jpg").is_visible()
    look_at(desk, "catat-salah")
    desk.get_by_label("Nama dan nomor HP").fill("Rina Sari 0812 3456 7890")
    desk.get_by_role("button", name="Simpan dan cetak").click()
    desk.get_by_role("heading", name="Tanda terima").wait_for()
    desk.get_by_role("link", name="Catat yang berikutnya").click()
    assert desk.get_by_label("Apa yang disampaikan?").input_value() == ""


def test_a_pasted_whatsapp_text(desk: "Page", live_url: Address, tenant: Tenant) -> None:
    counted = Counted(desk)
    desk.goto(live_url(tenant, "/kelola/catat?jalur=whatsapp"))
    look_at(desk, "catat-whatsapp")
    desk.get_by_label("Tempel teksnya di sini").fill(
        "[24/11/26, 14.03.11] Rina Sari: Pak, lampu jalan di depan masjid Desa Mekar mati\n"
        "[24/11/26, 14.03.50] Rina Sari: sudah tiga hari"
    )
    desk.get_by_role("button", name="Lanjut").click()
    desk.get_by_text("Saran dari teksnya").first.wait_for()
    assert desk.locator(FIELDS).count() == 6
    look_at(desk, "catat-saran")
    desk.get_by_role("button", name="Simpan dan cetak").click()
    desk.get_by_role("heading", name="Tanda terima").wait_for()
    print(
        f"\nwhatsapp: {counted.pages} pages, 1 + 6 fields (5 of them suggested), 2 clicks, {counted.seconds:.1f} s with axe"
    )
    assert counted.pages == 3


def test_the_slip_fits_a6_and_says_no_forbidden_word(
    desk: "Page", live_app: "Flask", live_url: Address, tenant: Tenant, screens: Path
) -> None:
    with live_app.app_context(), tenant_scope(tenant) as session:
        session.scalars(select(Unit)).one().name = "Seksi Penerangan Jalan Umum dan Pertamanan, Dinas Perumahan Rakyat"
    desk.goto(live_url(tenant, "/kelola/catat?jalur=phone"))
    type_through(desk, [STORY, "Lampu", "Desa", "depan balai desa", "Rina Sari 0812 3456 7890"])
    desk.keyboard.press("Enter")
    desk.get_by_role("heading", name="Tanda terima").wait_for()
    desk.locator("img.slip-qr").evaluate("i => i.decode()")
    look_at(desk, "tanda-terima")
    assert forbidden(desk.content()) == []
    paper = screens / "tanda-terima.pdf"
    paper.write_bytes(desk.pdf(prefer_css_page_size=True))
    pages = pypdf.PdfReader(paper).pages
    assert len(pages) == 1
    assert [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]] == [105, 148]
    words = pages[0].extract_text()
    with live_app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
    assert case.code in words
    assert "Cara mengikuti" in words
    assert "menjawab atas nama Anda" in " ".join(words.split()), "the last sentence must not be cut off"
    for hidden in ("Catat yang berikutnya", "Ctrl+P", "Keluar", "Menu"):
        assert hidden not in words
    desk.emulate_media(media="print")
    desk.set_viewport_size({"width": 397, "height": 559})  # A6 at 96 dpi
    desk.screenshot(path=str(screens / "tanda-terima-a6.png"))
    inside = "n => n.getBoundingClientRect().bottom <= 559 && n.scrollWidth <= n.clientWidth + 1"
    assert desk.locator(".slip").evaluate(inside)


def test_a_helper_is_kept_in(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    page = new_context().new_page()
    sign_in(page, live_app, tenant, "helper")
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    page.goto(live_url(tenant, "/kelola"))
    assert page.url.endswith("/kelola/catat")
    assert page.locator("nav.side, .bell, .top-search").count() == 0
    for path in ("/kelola/laporan", "/kelola/unit", "/kelola/layanan-pegawai", "/kelola/rantai", "/kelola/petugas"):
        answer = page.goto(live_url(tenant, path))
        assert answer is not None
        assert answer.status == 403, path


def test_without_scripts_and_the_reporters_own_word(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 1280, "height": 860}).new_page()
    sign_in(page, live_app, tenant, "helper")
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    page.goto(live_url(tenant, "/kelola/catat?jalur=letter"))
    page.get_by_label("Apa yang disampaikan?").fill("Mohon salinan anggaran jalan desa tahun 2026.")
    page.get_by_label("Tentang apa?").select_option(label="Di halaman ini")
    page.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    page.get_by_role("button", name="Simpan dan cetak").click()
    page.get_by_label("Untuk apa informasi ini dipakai?").fill("rapat warga")
    page.get_by_role("button", name="Simpan dan cetak").click()
    page.get_by_role("heading", name="Tanda terima").wait_for()
    assert not page.get_by_role("button", name="Cetak").is_visible()

    phone = new_context().new_page()
    phone.goto(live_url(tenant, _link(page, live_app)))
    phone.get_by_role("heading", name="Apakah ini laporan Anda?").wait_for()
    look_at(phone, "lacak-milik")
    phone.get_by_text("Bukan saya", exact=True).click()
    phone.get_by_label("Apa yang tidak benar?").fill("Saya tidak pernah meminta ini.")
    phone.get_by_role("button", name="Ini bukan laporan saya").click()
    phone.get_by_text("Unit yang menangani sudah kami beri tahu.").wait_for()
    look_at(phone, "lacak-disangkal")
    assert forbidden(phone.content()) == []


def _link(page: "Page", app: "Flask") -> str:
    """Where the QR of the slip leads: code and secret as the session's cookie carries them."""
    cookie = next(c for c in page.context.cookies() if c["name"] == "__Host-balai-slip")
    secret = re.search(r"\.([0-9a-f]{32})$", str(cookie["value"]))
    assert secret, app.name
    return f"/lacak/{page.locator('.slip-code').inner_text()}?kunci={secret[1]}"
