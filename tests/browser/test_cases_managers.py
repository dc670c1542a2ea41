"""Chain view and export in Debian's Chromium: read by eye and by axe-core, used by keyboard alone.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from balai import cases
from balai.cases import units
from balai.cases.moving import move_case
from balai.clock import frozen
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import COMPLAINT, add_member, open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
MONDAY = datetime(2026, 6, 8, 2, tzinfo=UTC)
PERIOD = "dari=2026-06-01&sampai=2026-07-31"


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context(accept_downloads=True).new_page(), ignoring=("422",))


def press_until(page: "Page", words: str) -> None:
    """Tab to the element with these words (or this id) and stay there."""
    for _n in range(80):
        page.keyboard.press("Tab")
        focused = "(e => e.id || e.textContent.trim() || e.value)(document.activeElement)"
        if str(page.evaluate(focused)).startswith(words):
            return
    pytest.fail(f"no focus on {words}")


def fill(app: "Flask", tenant: Tenant, member: object) -> None:
    """60 complaints: desk, then works unit; some come back, some are refused, one lies long."""
    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session, member)  # type: ignore[arg-type]
        desk = units.create_unit(session, name="Loket pengaduan masyarakat kota", head_id=office.officer_id)
        works = units.create_unit(session, name="Dinas PU", head_id=add_member(session, "Sari"))
        units.map_slot(session, "feedback.pengaduan", "penerima", desk.id)
        units.map_slot(session, "feedback.pengaduan", "pelaksana", works.id)
        service = cases.service(session, "feedback.pengaduan")
        person = cases.Person(
            "staff", member_id=office.officer_id, is_admin=True, permissions=frozenset({"cases.work"})
        )
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        for n in range(60):
            at = MONDAY + timedelta(hours=n)
            with frozen(at):
                case = cases.file_case(
                    session, service, COMPLAINT, place=place, reporter=cases.Reporter(name="Rina")
                ).case

            def go(step: str, days: float, at: datetime = at, case: cases.Case = case, **fields: str) -> None:
                with frozen(at + timedelta(days=days)):
                    move_case(session, case.id, step, person=person, fields=fields)

            go("teruskan", 2)
            if n % 12 == 0:
                go("tolak", 4, reason="Bukan jalan umum.")
                continue
            if n % 10 == 1:
                go("kembalikan", 3, reason="Alamatnya belum jelas.")
                go("teruskan", 4)
            with frozen(at + timedelta(days=5)):
                cases.note(session, case.id, "Tim sudah ke lokasi.", person=person)
            go("selesaikan", 8, answer="Sudah kami perbaiki.")


def test_a_leader_finds_the_link_that_could_be_cut(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    fill(live_app, tenant, sign_in(page, live_app, tenant, "leader", "admin"))
    page.goto(live_url(tenant, "/kelola/rantai"))
    look_at(page, "rantai")
    press_until(page, "Pengaduan")
    page.keyboard.press("Enter")
    page.get_by_text("Belum ada yang selesai di masa ini").wait_for()
    look_at(page, "rantai-kosong")
    page.goto(live_url(tenant, f"/kelola/rantai/feedback/pengaduan?{PERIOD}"))
    page.get_by_role("heading", name="Bisa dipotong: Loket pengaduan masyarakat kota").wait_for()
    press_until(page, "Bagaimana ini dihitung")
    page.keyboard.press("Enter")
    page.get_by_text("Angka ini bukti, bukan keputusan.").wait_for()
    look_at(page, "rantai-pengaduan")
    wide = page.locator("figure.flow svg").bounding_box()
    assert wide is not None
    assert 250 < wide["width"] <= 360


def test_an_officer_downloads_by_keyboard(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    member = sign_in(page, live_app, tenant, "officer")
    page.goto(live_url(tenant, "/kelola/laporan/ekspor"))
    look_at(page, "ekspor-kosong")
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session, member)  # type: ignore[arg-type]
        service = cases.service(session, "feedback.pengaduan")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        cases.file_case(session, service, COMPLAINT, place=place, reporter=cases.Reporter(name="Rina Sari"))
    page.goto(live_url(tenant, "/kelola/laporan?antrean=all"))
    press_until(page, "Unduh sebagai tabel")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Unduh sebagai tabel").wait_for()
    page.get_by_label("Sertakan nama").focus()
    page.keyboard.press("Space")
    look_at(page, "ekspor")
    press_until(page, "Unduh")
    page.keyboard.press("Enter")
    page.get_by_text("Tulis untuk apa data pelapor dipakai").first.wait_for()
    look_at(page, "ekspor-perlu-alasan")
    page.get_by_label("Untuk apa data pelapor dipakai").fill("undangan musyawarah")
    page.get_by_label("CSV untuk aplikasi lain").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Unduh").click()
    text = Path(str(waiting.value.path())).read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert row["Nama pelapor"] == "Rina Sari"
