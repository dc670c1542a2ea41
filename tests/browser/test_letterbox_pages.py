"""Hand-over and working days in Debian's Chromium, with the keyboard alone; read by axe-core at 360 and 1280 px.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from balai import cases
from balai.auth import Member, leaving
from balai.cases import acting, units
from balai.cases.models import Case, OwnDay, Unit, WorkWeek
from balai.clock import now
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import COMPLAINT, add_member, open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context().new_page(), ignoring=("422", "404"))


def tab_to(page: "Page", words: str) -> None:
    """Tab to the element with this id or text and stay there."""
    for _n in range(120):
        page.keyboard.press("Tab")
        focused = "(e => e.id || (e.closest('label') || e).textContent.trim() || e.value)(document.activeElement)"
        if str(page.evaluate(focused)).startswith(words):
            return
    pytest.fail(f"no focus on {words}")


def press(page: "Page", words: str, key: str = "Enter") -> None:
    tab_to(page, words)
    page.keyboard.press(key)


def staff(app: "Flask", tenant: Tenant, member: object) -> None:
    """A unit with a head and a colleague, and two of its open cases with the head."""
    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session, member)  # type: ignore[arg-type]
        head = add_member(session, "Wati Kurniasih")
        unit = units.create_unit(session, name="Penerangan Jalan Umum", phone="(022) 765-4321", head_id=head)
        units.add_member(session, unit, add_member(session, "Tono Hartono"))
        units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)
        service = cases.service(session, "feedback.pengaduan")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        for _n in range(2):
            case = cases.file_case(session, service, COMPLAINT, place=place).case
            acting.assign(session, case.id, person=office.staff(admin=True), member_id=head)


def test_an_admin_hands_over_and_takes_it_back_by_keyboard(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    staff(live_app, tenant, sign_in(page, live_app, tenant, "admin", name="Dewi Admin"))
    page.goto(live_url(tenant, "/kelola/serah-terima"))
    look_at(page, "serah-terima-daftar")
    press(page, "Serahkan Wati")
    page.get_by_role("heading", name="Serahkan pekerjaan").wait_for()
    look_at(page, "serah-terima")
    tab_to(page, "f-ke")
    page.keyboard.type("Tono")
    press(page, "Lihat dulu apa yang pindah")
    assert page.url.endswith("/serah-terima"), "the browser itself asks for the reason"
    tab_to(page, "f-alasan")
    page.keyboard.type("Pindah ke Dinas Kesehatan mulai 1 Desember.")
    press(page, "Lihat dulu apa yang pindah")
    page.get_by_role("heading", name="Periksa dulu").wait_for()
    look_at(page, "serah-terima-periksa")
    press(page, "Serahkan sekarang")
    page.get_by_text("Diserahkan: 2 laporan.").wait_for()
    look_at(page, "serah-terima-selesai")
    with live_app.app_context(), tenant_scope(tenant) as session:
        tono = session.scalars(select(Member.id).where(Member.name == "Tono Hartono")).one()
        assert set(session.scalars(select(Case.assignee_id))) == {tono}
        assert session.scalars(select(Unit.head_id).where(Unit.name == "Penerangan Jalan Umum")).one() == tono
    press(page, "Batalkan penyerahan")
    page.get_by_text("2 laporan dikembalikan.").wait_for()
    with live_app.app_context(), tenant_scope(tenant) as session:
        assert tono not in set(session.scalars(select(Case.assignee_id)))


def test_what_is_wrong_with_a_hand_over_is_said_at_the_top(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    staff(live_app, tenant, sign_in(page, live_app, tenant, "admin"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        wati = session.scalars(select(Member.id).where(Member.name == "Wati Kurniasih")).one()
    page.goto(live_url(tenant, f"/kelola/petugas/{wati}/serah-terima"))
    page.locator("form.form").evaluate("form => form.noValidate = true")
    press(page, "Penerangan Jalan Umum", "Space")
    press(page, "Lihat dulu apa yang pindah")
    page.get_by_text("Ada 3 isian yang perlu diperbaiki").wait_for()
    look_at(page, "serah-terima-perbaiki")


def test_an_admin_changes_days_and_hours_by_keyboard(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    staff(live_app, tenant, sign_in(page, live_app, tenant, "admin"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        calendar = units.calendar(session)
        day = calendar.today(now()) + timedelta(days=1)
        while not calendar.is_working(day):
            day += timedelta(days=1)
    page.goto(live_url(tenant, "/kelola/hari-kerja"))
    look_at(page, "hari-kerja")
    tab_to(page, "f-daftar")
    page.keyboard.type(f"{day.isoformat()}; Hari jadi kota; libur")
    press(page, "Lihat akibatnya")
    page.get_by_text("Laporan yang batasnya berubah: 2").wait_for()
    look_at(page, "hari-kerja-periksa")
    press(page, "Simpan")
    page.get_by_text("Tersimpan. Laporan yang batasnya berubah: 2.").wait_for()
    look_at(page, "hari-kerja-tersimpan", live_url(tenant, f"/kelola/hari-kerja?tahun={day.year}"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        assert session.scalars(select(OwnDay.day)).all() == [day]
    press(page, "Hapus Hari jadi kota")
    page.get_by_role("heading", name="Periksa dulu").wait_for()
    press(page, "Simpan")
    page.get_by_text("Tersimpan.").wait_for()
    week_by_keyboard(page, day)
    with live_app.app_context(), tenant_scope(tenant) as session:
        (week,) = session.scalars(select(WorkWeek))
        assert (week.since, week.days["0"], sorted(week.days)) == (
            day,
            ["07.30", "16.00"],
            ["0", "1", "2", "3", "4", "5"],
        )


def week_by_keyboard(page: "Page", since: date) -> None:
    """Monday with hours, Saturday a working day, from `since` on."""
    tab_to(page, "f-buka.0")
    page.keyboard.type("07.30")
    tab_to(page, "f-tutup.0")
    page.keyboard.type("16.00")
    press(page, "f-hari.5", "Space")
    tab_to(page, "f-mulai")
    page.locator("#f-mulai").fill(since.isoformat())  # a date field's own keys depend on the browser's language
    press(page, "Lihat akibatnya")
    page.get_by_role("heading", name="Periksa dulu").wait_for()
    look_at(page, "minggu-periksa")
    press(page, "Simpan")
    page.get_by_text("Minggu kerja baru berlaku mulai").wait_for()
    look_at(page, "minggu-tersimpan")


def test_faults_of_a_list_stand_beside_it(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    sign_in(page, live_app, tenant, "admin")
    page.goto(live_url(tenant, "/kelola/hari-kerja"))
    page.locator("#f-daftar").fill("besok; Libur; libur\n2020-01-02; Lewat; libur\n31-02-2027; Tidak ada; pesta")
    page.get_by_role("button", name="Lihat akibatnya").nth(1).click()
    page.get_by_text("Baris 1: Tanggal tidak dikenal").first.wait_for()
    look_at(page, "hari-kerja-perbaiki")


def test_before_and_after_the_last_member_goes(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    staff(live_app, tenant, sign_in(page, live_app, tenant, "admin"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        tono = session.scalars(select(Member).where(Member.name == "Tono Hartono")).one()
        leaving.let_go(session, tono)
        wati = session.scalars(select(Member.id).where(Member.name == "Wati Kurniasih")).one()
    look_at(page, "keluarkan-terakhir", live_url(tenant, f"/kelola/petugas/{wati}/keluarkan"))
    assert "2 laporannya pindah ke unit admin" in page.content()
    look_at(page, "tangguhkan-terakhir", live_url(tenant, f"/kelola/petugas/{wati}/tangguhkan"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        leaving.let_go(session, session.get(Member, (tenant.id, wati)), suspended=True)
    look_at(page, "petugas-ditangguhkan", live_url(tenant, "/kelola/petugas"))
    look_at(page, "layanan-kurang", live_url(tenant, "/kelola/layanan"))
    look_at(page, "layanan-tutup", live_url(tenant, "/layanan/feedback/pengaduan"))
    assert "Sedang tidak menerima laporan" in page.content()
