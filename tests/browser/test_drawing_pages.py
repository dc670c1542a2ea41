"""docs/draw-a-service.md in Debian's Chromium: the service built, tried, published, requested, approved and returned; counted.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from balai.tenancy import Tenant, tenant_scope
from balai.testing.accessibility import violations
from balai.testing.acting import act_as
from balai.testing.offices import open_office
from balai.testing.probe import client_on

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser
SIZES = ((360, 740), (1280, 860))
TITLE = "Peminjaman kendaraan dinas"
# Somebody who does it for the first time: reads a page, thinks about a field, finds a button.
SECONDS_PER_PAGE, SECONDS_PER_FIELD, SECONDS_PER_CLICK = 20, 15, 4


@dataclass
class Count:
    """What a person has to do."""

    pages: int = 0
    fields: int = 0
    clicks: int = 0

    @property
    def minutes(self) -> float:
        return (self.pages * SECONDS_PER_PAGE + self.fields * SECONDS_PER_FIELD + self.clicks * SECONDS_PER_CLICK) / 60


class Desk:
    """A page that counts."""

    def __init__(self, page: "Page", count: Count) -> None:
        self.page, self.count, self.problems = page, count, []
        page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" and "40" not in m.text else None)
        page.on("pageerror", lambda e: self.problems.append(str(e)))

    def fill(self, label: str, text: str) -> None:
        self.page.locator("main").get_by_label(label).first.fill(text)
        self.count.fields += 1

    def choose(self, label: str, option: str) -> None:
        self.page.locator("main").get_by_label(label).first.select_option(label=option)
        self.count.fields += 1

    def tick(self, label: str) -> None:
        self.page.locator("main").get_by_label(label).first.check()
        self.count.clicks += 1

    def press(self, name: str, *, role: str = "button") -> None:
        place = self.page.locator("main") if role != "menu" else self.page.locator(".side-wide")
        place.get_by_role("link" if role == "menu" else role, name=name, exact=role != "link").first.click()
        # A click waits for the page that it leads to; what a script changes is waited for by whoever looks at it.
        self.page.wait_for_load_state("load")
        self.count.clicks += 1
        self.count.pages += 1

    def look(self, name: str) -> None:
        folder = os.environ.get("BALAI_SCREENS")
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
            assert violations(self.page) == [], f"{name} at {width} px"
            if folder:
                self.page.screenshot(path=str(Path(folder) / f"susun-{name}-{width}.png"), full_page=True)
        assert self.problems == []


class Keys(Desk):
    """The same by keyboard alone: everything is reached by Tab from where the page begins, past the menu by the skip link."""

    def reach(self, target: "Locator") -> None:
        element = target.element_handle()
        for _n in range(200):
            # Of a group of radio buttons Tab reaches one; the arrows go on from there.
            if element.evaluate(
                """e => { const at = document.activeElement;
                    return e === at || (e.type === 'radio' && at.type === 'radio' && e.name === at.name) }"""
            ):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab never reaches {target}")

    def fill(self, label: str, text: str) -> None:
        target = self.page.locator("main").get_by_label(label).first
        self.reach(target)
        if target.get_attribute("type") == "date":
            # Each part by itself, the year last.
            self.page.keyboard.type("".join(reversed(text.split("-"))))
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        assert target.input_value() == text

    def choose(self, label: str, option: str) -> None:
        target = self.page.locator("main").get_by_label(label).first
        self.reach(target)
        self.page.keyboard.type(option)
        assert target.locator("option:checked").inner_text() == option

    def tick(self, label: str) -> None:
        target = self.page.locator("main").get_by_label(label).first
        self.reach(target)
        self.page.keyboard.press("Space")
        for _n in range(20):
            if target.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{label} can't be ticked")

    def press(self, name: str, *, role: str = "button") -> None:
        place = self.page.locator("main") if role != "menu" else self.page.locator(".side-wide")
        self.reach(place.get_by_role("link" if role == "menu" else role, name=name, exact=role != "link").first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")


@pytest.fixture
def desk(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: "Callable[..., str]", tenant: Tenant
) -> "Callable[..., Desk]":
    """`desk(count, "officer", name="...")`: somebody's browser, signed in, on the console's front page."""

    def make(
        count: Count, *roles: str, name: str, head: bool = False, scripts: bool = True, kind: type[Desk] = Desk
    ) -> Desk:
        page = new_context(viewport={"width": 1280, "height": 860}, java_script_enabled=scripts).new_page()
        client = client_on(live_app, tenant)
        member = act_as(client, tenant, *roles, name=name)
        cookie = next(c for c in client._cookies.values() if c.key == "__Host-balai")
        url = f"https://{live_app.extensions['balai.settings'].tenant_host(tenant.slug)}/"
        made = {"name": cookie.key, "value": cookie.value, "url": url, "secure": True, "httpOnly": True}
        page.context.add_cookies([made])  # type: ignore[list-item]
        if head:
            with live_app.app_context(), tenant_scope(tenant) as session:
                open_office(session, member)
        page.goto(live_url(tenant, "/kelola/layanan-pegawai"))
        return kind(page, count)

    return make


def add(desk: Desk, label: str, kind: str, *, options: str = "", required: bool = True) -> None:
    desk.fill("Pertanyaan", label)
    desk.choose("Jenis jawaban", kind)
    if options:
        desk.fill("Pilihan jawaban", options)
    if required:
        desk.tick("Wajib diisi")
    desk.press("Tambah isian")


def build(desk: Desk, look: "Callable[[str], None]") -> None:
    desk.press("Susun layanan", role="menu")
    look("mulai")
    desk.fill("Nama layanan", TITLE)
    desk.tick("Pegawai")
    desk.tick("Ajukan, setujui, pakai, kembalikan")
    desk.press("Mulai menyusun")
    look("umum")
    desk.fill("Ringkasan", "Pinjam kendaraan kantor untuk tugas luar.")
    desk.press("Simpan dan lanjut ke formulir")
    add(desk, "Keperluan", "Pilih satu", options="Rapat\nTugas lapangan")
    add(desk, "Tujuan", "Tulisan pendek")
    add(desk, "Berangkat tanggal", "Tanggal")
    add(desk, "Kembali tanggal", "Tanggal")
    add(desk, "Nomor HP", "Nomor HP", required=False)
    look("formulir")
    desk.press("Lanjut", role="link")
    look("alur")
    desk.press("Lanjut ke pratinjau", role="link")
    look("pratinjau")
    desk.press("Lanjut mencoba", role="link")
    look("coba")


def fill_in(desk: Desk) -> None:
    desk.tick("Rapat")
    desk.fill("Tujuan", "Rapat di kantor kabupaten")
    # Typed the same whether a browser asks for the day or for the month first.
    desk.fill("Berangkat tanggal", "2026-12-12")
    desk.fill("Kembali tanggal", "2027-01-01")
    desk.fill("Nomor HP", "0812 3456 7890")


def test_twenty_minutes_for_the_office_cars(desk: "Callable[..., Desk]") -> None:
    count = Count()
    officer = desk(count, "officer", name="Budi Santoso", head=True)
    build(officer, officer.look)
    fill_in(officer)
    officer.press("Kirim uji coba")
    officer.look("uji-coba")
    officer.press("Setujui")
    officer.press("Terima kembali")
    officer.press("Susun layanan", role="menu")
    officer.press(TITLE, role="link")
    officer.press("Terbitkan", role="link")
    officer.fill("Pesan untuk pimpinan", "Sudah dicoba, mohon diterbitkan.")
    officer.press("Minta diterbitkan")
    officer.look("minta")
    leader = desk(count, "leader", name="Ibu Sekda")
    leader.press("Terbitkan layanan", role="menu")
    leader.look("menunggu")
    leader.press(TITLE, role="link")
    leader.look("putuskan")
    leader.press("Terbitkan")
    leader.look("terbit")
    print(f"\n{count.pages} pages, {count.fields} fields, {count.clicks} clicks: {count.minutes:.1f} minutes")
    assert count.pages <= 30
    assert count.fields <= 25
    assert count.clicks <= 50
    assert count.minutes <= 20

    colleague = desk(Count(), "officer", name="Rina Staf")
    colleague.look("pegawai")
    colleague.press(TITLE, role="link")
    colleague.look("permintaan-baru")
    fill_in(colleague)
    colleague.press("Kirim permintaan")
    colleague.look("permintaan")
    officer.press("Laporan dan permohonan", role="menu")
    officer.press("Rapat di kantor kabupaten", role="link")
    officer.press("Setujui")
    officer.press("Terima kembali")
    colleague.page.reload()
    assert colleague.page.get_by_text("Sudah kembali").first.is_visible()
    officer.press("Susun layanan", role="menu")
    officer.press(TITLE, role="link")
    officer.press("Riwayat", role="link")
    officer.look("riwayat")


def test_by_keyboard_alone_and_without_scripts(desk: "Callable[..., Desk]") -> None:
    officer = desk(Count(), "officer", name="Budi Santoso", head=True, scripts=False, kind=Keys)
    build(officer, lambda _name: None)
    fill_in(officer)
    officer.press("Kirim uji coba")
    assert officer.page.get_by_text("Uji coba").first.is_visible()


def test_the_checks_follow_and_every_part_can_be_changed(desk: "Callable[..., Desk]") -> None:
    officer = desk(Count(), "officer", name="Budi Santoso", head=True)
    officer.press("Susun layanan", role="menu")
    officer.fill("Nama layanan", "Pinjam aula")
    officer.tick("Warga")
    officer.tick("Ajukan, setujui, pakai, kembalikan")
    officer.press("Mulai menyusun")
    officer.press("Alur", role="link")
    officer.press("Sedang dipakai", role="link")
    panel = officer.page.locator("#periksa")
    assert "Tidak ada" in panel.inner_text()
    officer.choose("Menunggu siapa", "Pemohon (waktu berhenti)")
    panel.get_by_text("menunggu warga").wait_for()
    officer.look("keadaan")
    officer.choose("Menunggu siapa", "Petugas")
    panel.get_by_text("Tidak ada").wait_for()
    officer.fill("Batas waktu, dalam hari kerja", "2")
    officer.press("Simpan keadaan")
    officer.press("Tambah langkah", role="link")
    officer.look("langkah")
    officer.press("Formulir", role="link")
    add(officer, "Jenis acara", "Pilih satu", options="Rapat\nPesta")
    officer.press("Jenis acara", role="link")
    officer.look("isian")
    officer.press("Batalkan perubahan terakhir")
    officer.press("Susun layanan", role="link")
    officer.page.get_by_text("Sesuaikan layanan bawaan untuk daerah ini").click()
    officer.choose("Layanan bawaan", "Pengaduan")
    officer.press("Sesuaikan")
    officer.look("sesuaikan")
