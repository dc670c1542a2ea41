"""A cashier's day in Debian's Chromium, by keyboard alone; each page looked at on a phone and at a desk.

BALAI_SCREENS=<folder> keeps the pictures.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from balai import billing
from balai.billing.cashier.models import CashDrawer
from balai.cases.models import UnitMember
from balai.clock import now
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
DESK = {"width": 1280, "height": 860}


def bill(session, name, amount):
    return billing.issue(session, billing.InvoiceDraft(
        series="AIR", subject_kind="uji", subject_id=name, payer=billing.Payer(name),
        lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
    )).number  # fmt: skip


@pytest.fixture
def people(new_context: "Callable[..., BrowserContext]", live_app: "Flask", tenant: Tenant):
    """A cashier and the treasurer at their machines, three bills."""
    pages, members = {}, {}
    for role in ("cashier", "treasurer"):
        pages[role] = new_context(viewport=DESK).new_page()
        members[role] = sign_in(pages[role], live_app, tenant, role)
    with live_app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session)
        for member in members.values():
            session.add(UnitMember(unit_id=office.unit_id, member_id=member, since=now()))
        numbers = [
            bill(session, *given)
            for given in (("Siti Aminah", 137_500), ("Joko Susilo", 50_000), ("Rina Sari", 20_000))
        ]
    return pages["cashier"], pages["treasurer"], numbers


def keys(page: "Page", *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key) if key in {"Enter", "Tab"} else page.keyboard.type(key)


def test_a_day_by_keyboard(  # noqa: PLR0915 - a day is one story
    people, live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    page, boss, (one, _two, three) = people
    page.goto(live_url(tenant, "/kelola/kasir"))
    page.wait_for_selector("#f-opening:focus")
    look_at(page, "kasir-buka")
    page.wait_for_selector("#f-opening:focus")
    keys(page, "200.000", "Enter")
    page.wait_for_selector("#cari-q:focus")
    look_at(page, "kasir-kosong")
    page.wait_for_selector("#cari-q:focus")
    # One bill: its number, Enter, the cash, Enter.
    keys(page, one, "Enter")
    page.wait_for_selector("#f-handed:focus")
    look_at(page, "kasir-tagihan")
    page.wait_for_selector("#f-handed:focus")
    keys(page, "150.000", "Enter")
    page.wait_for_url("**/struk/**")
    assert "Rp12.500" in page.locator("main").inner_text()
    look_at(page, "kasir-struk")
    page.goto(page.url + "?kertas=a6")
    look_at(page, "kasir-struk-a6")
    # Two in one go, one of them found by name; paid in part.
    page.goto(live_url(tenant, "/kelola/kasir"))
    page.wait_for_selector("#cari-q:focus")
    keys(page, "joko", "Enter")
    page.wait_for_selector("#f-handed:focus")
    page.fill("#cari-q", three)
    page.press("#cari-q", "Enter")
    page.locator("input[id^=f-amount]").nth(1).wait_for()
    page.wait_for_selector("#f-handed:focus")
    page.locator("input[id^=f-amount]").first.fill("30.000")
    page.fill("#f-handed", "40.000")
    page.press("#f-handed", "Enter")
    page.wait_for_selector("#perbaiki")
    look_at(page, "kasir-kurang")
    page.fill("#f-handed", "50.000")
    page.press("#f-handed", "Enter")
    page.wait_for_url("**/struk/**")
    receipt = page.url
    # Taken back: asked here, decided there.
    page.get_by_text("Batalkan struk ini").click()
    page.fill("#f-reason", "Salah orang")
    look_at(page, "kasir-batal")
    page.get_by_role("button", name="Minta pembatalan").click()
    page.wait_for_selector(".flashes")
    boss.goto(live_url(tenant, "/kelola/kasir/pembatalan"))
    look_at(boss, "kasir-pembatalan")
    boss.get_by_role("button", name="Setujui").click()
    boss.wait_for_selector(".flashes")
    page.goto(receipt)
    assert "sudah dibatalkan" in page.locator("main").inner_text()
    # The evening.
    page.goto(live_url(tenant, "/kelola/kasir/tutup"))
    page.wait_for_selector("#f-counted:focus")
    keys(page, "337.000")
    look_at(page, "kasir-tutup")
    page.press("#f-counted", "Enter")
    page.wait_for_selector("#perbaiki")
    page.fill("#f-note", "Kurang lima ratus")
    page.get_by_role("button", name="Tutup laci").click()
    page.wait_for_url("**/laci/**")
    assert re.search(r"-Rp500", page.locator("main").inner_text())
    look_at(page, "kasir-laci")
    boss.goto(live_url(tenant, "/kelola/kasir/laci"))
    look_at(boss, "kasir-daftar-laci")
    with live_app.app_context(), tenant_scope(tenant) as session:
        drawer = session.scalars(select(CashDrawer)).one()
        assert (drawer.expected, drawer.counted, drawer.difference) == (337_500, 337_000, -500)


def test_without_a_unit_it_says_whom_to_ask(new_context, live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    page = new_context(viewport=DESK).new_page()
    sign_in(page, live_app, tenant, "cashier")
    page.goto(live_url(tenant, "/kelola/kasir"))
    assert "Minta admin" in page.locator("main").inner_text()
    assert page.locator("main form").count() == 0


def test_two_at_once_the_second_one_reads_who_was_faster(people, live_url: Address, tenant: Tenant) -> None:
    page, boss, (one, _two, _three) = people
    for each in (page, boss):
        each.goto(live_url(tenant, "/kelola/kasir"))
        each.wait_for_selector("#f-opening:focus")
        keys(each, "0", "Enter")
        each.wait_for_selector("#cari-q:focus")
        keys(each, one, "Enter")
        each.wait_for_selector("#f-handed:focus")
    keys(page, "137.500", "Enter")
    page.wait_for_url("**/struk/**")
    keys(boss, "137.500", "Enter")
    boss.wait_for_selector("#perbaiki")
    told = boss.locator("main").inner_text()
    assert "Sudah dibayar Rp137.500" in told
    assert "Tidak ada yang perlu dibayar" in told
    look_at(boss, "kasir-bersamaan")
