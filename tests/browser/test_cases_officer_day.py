"""An officer's day with the keyboard alone: look through the list, act on many, take it back, answer with a ready text, map.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from balai import cases
from balai.cases import Reporter
from balai.cases.officer import replies
from balai.tenancy import Tenant, tenant_scope
from balai.testing.accessibility import violations
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT, Office, open_office
from balai.testing.probe import client_on

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
SIZES = ((360, 740), (1280, 860))
DESK: Any = {"width": 1280, "height": 860}


def look_at(page: "Page", name: str) -> None:
    folder = os.environ.get("BALAI_SCREENS")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} px"
        assert violations(page) == [], f"{name} at {width} px"
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
    assert page.problems == []  # type: ignore[attr-defined]


@pytest.fixture
def desk(new_context: "Callable[..., BrowserContext]", live_app: "Flask", tenant: Tenant) -> "tuple[Page, Office]":
    """A signed-in officer with a list of six, in a browser whose script errors fail the test."""
    page = new_context(viewport=DESK).new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
    page.on("pageerror", lambda e: page.problems.append(str(e)))  # type: ignore[attr-defined]
    client = client_on(live_app, tenant)
    member = act_as(client, tenant, "officer", name="Budi Santoso")
    cookie = next(c for c in client._cookies.values() if c.key == "__Host-balai")
    url = f"https://{live_app.extensions['balai.settings'].tenant_host(tenant.slug)}/"
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": url, "secure": True, "httpOnly": True}]
    )
    with live_app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session, member)
        given = {"title": "Lampu diganti", "body": "Yth. {nama}, lampu {kode} sudah kami ganti.", "demand": "answer"}
        replies.save(session, office.staff(), given=given, services=frozenset())
    for n in range(6):
        file(live_app, tenant, n)
    return page, office


def file(app: "Flask", tenant: Tenant, n: int) -> str:
    words = ("Lampu jalan mati", "Sampah menumpuk", "Jalan berlubang", "Saluran mampet", "Pohon tumbang", "Air keruh")
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, "feedback.pengaduan")
        spot = cases.Place(f"{tenant.region_code}.01.200{1 + n % 2}", f"tiang {n}", -6.9 - n / 90, 107.6 + n % 3 / 70)
        data = {**COMPLAINT, "uraian": f"{words[n % 6]} di RT {n} sejak tiga hari lalu."}
        return cases.file_case(session, service, data, place=spot, reporter=Reporter(name="Rina Sari")).case.code


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def test_a_day_by_keyboard_alone(desk: "tuple[Page, Office]", live_url: Address, tenant: Tenant) -> None:
    page, _office = desk
    page.goto(live_url(tenant, "/kelola/laporan"))
    look_at(page, "masuk")
    page.set_viewport_size(DESK)
    _read_the_keys(page)
    _give_three_to_oneself(page)
    _take_it_back(page)
    _answer_one(page)
    _go_back_and_see_the_map(page)
    page.goto(live_url(tenant, "/kelola/laporan?tampilan=peta"))
    look_at(page, "peta")
    page.goto(live_url(tenant, "/kelola/contoh-jawaban"))
    look_at(page, "contoh-jawaban")


def _read_the_keys(page: "Page") -> None:
    """The list of keys opens and closes without a trap."""
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Tombol pintas").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0


def _give_three_to_oneself(page: "Page") -> None:
    press = page.keyboard.press
    press("j")
    assert "Air keruh" in focused(page)
    for key in ("x", "j", "x", "j", "x", "k"):
        press(key)
    assert "Pohon tumbang" in focused(page)
    assert page.locator("[name=pilih]:checked").count() == 3
    press("t")
    assert page.evaluate("document.activeElement.id") == "b-catatan"
    press("Tab")
    press("Tab")
    assert page.evaluate("document.activeElement.id") == "b-kepada"
    page.keyboard.type("Saya")
    look_at(page, "masuk-tindakan")
    page.set_viewport_size(DESK)
    press("Tab")
    press("Enter")
    page.get_by_text("3 laporan diubah.").wait_for()


def _take_it_back(page: "Page") -> None:
    look_at(page, "masuk-batal")
    page.set_viewport_size(DESK)
    page.keyboard.press("z")
    page.get_by_text("3 laporan dikembalikan.").wait_for()


def _answer_one(page: "Page") -> None:
    """A word, one case, taken, noted, answered with a ready text."""
    keys = page.keyboard
    keys.press("/")
    keys.type("lampu")
    keys.press("Enter")
    page.wait_for_url(re.compile("q=lampu"))
    keys.press("j")
    keys.press("Enter")
    page.get_by_role("heading", name="Langkah berikutnya").wait_for()
    keys.press("s")
    page.get_by_text("Tugas dibagi.").wait_for()
    keys.press("c")
    keys.type("Sudah dicek ke lapangan.")
    keys.press("Tab")
    keys.press("Enter")
    page.get_by_text("Catatan tersimpan.").wait_for()
    _open_step(page, "Jawab dan selesaikan")
    for _n in range(6):
        keys.press("Tab")
        if focused(page) == "Lampu diganti":
            break
    keys.press("Enter")
    assert page.evaluate("document.activeElement.value").startswith("Yth. Rina Sari, lampu ")
    look_at(page, "satu-jawaban")
    page.set_viewport_size(DESK)
    keys.press("Tab")
    keys.press("Enter")
    page.get_by_text("Tersimpan.").wait_for()


def _go_back_and_see_the_map(page: "Page") -> None:
    """The list as it was filtered, then all, then the map."""
    page.keyboard.press("b")
    page.wait_for_url(re.compile("q=lampu"))
    page.keyboard.press("3")
    page.wait_for_url(re.compile("antrean=all"))
    page.keyboard.press("m")
    page.wait_for_url(re.compile("tampilan=peta"))
    look_at(page, "peta-kosong")


def _open_step(page: "Page", label: str) -> None:
    """Tab to a step and open it."""
    for _n in range(80):
        page.keyboard.press("Tab")
        if focused(page) == label and page.evaluate("document.activeElement.tagName") == "SUMMARY":
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{label} can't be reached by keyboard")


def test_an_open_list_says_what_is_new_and_rests_when_hidden(
    desk: "tuple[Page, Office]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    page, _office = desk
    page.clock.install()
    asked: list[int] = []
    page.on("response", lambda r: asked.append(r.status) if "/kabar?" in r.url else None)
    page.goto(live_url(tenant, "/kelola/laporan"))
    with page.expect_response(re.compile("/kabar")):
        page.clock.run_for(20_500)
    assert asked == [304]
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    file(live_app, tenant, 0)
    page.clock.run_for(90_000)
    assert asked == [304], "a hidden page asks nothing"
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    with page.expect_response(re.compile("/kabar")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("1 laporan baru.").wait_for()
    assert page.locator("[data-row]").count() == 6, "nothing moves under a reader's eyes"
    assert violations(page) == []
    page.keyboard.press("r")
    page.locator("[data-row]").nth(6).wait_for()


def test_keys_can_be_switched_off_and_never_eat_what_is_typed(
    desk: "tuple[Page, Office]", live_url: Address, tenant: Tenant
) -> None:
    page, _office = desk
    page.goto(live_url(tenant, "/kelola/laporan"))
    page.locator("#f-q").focus()
    page.keyboard.type("jxkaz?/")
    assert page.locator("#f-q").input_value() == "jxkaz?/"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_label("Matikan tombol pintas di peramban ini").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]')") is None
    page.get_by_role("button", name="Tombol pintas").click()
    page.get_by_label("Matikan tombol pintas di peramban ini").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
