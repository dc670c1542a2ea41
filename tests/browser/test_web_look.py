"""The design system in Debian's Chromium: fits 360 px, passes axe, obeys its own CSP, works by keyboard and without scripts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from balai.db import TenantSession
from balai.tenancy import Tenant, TenantProfile, tenant_scope
from balai.testing.accessibility import violations

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (360, 740), (1280, 860)
PAGES = (
    ("/_gaya", PHONE), ("/_gaya", DESKTOP), ("/_gaya?ruang=kelola", PHONE), ("/_gaya?ruang=kelola", DESKTOP),
    ("/bantuan", PHONE), ("/tidak-ada", DESKTOP),
)  # fmt: skip
Address = Callable[..., str]


@pytest.fixture
def page(browser_page: "Page") -> "Page":
    """A page on which any refused resource, script failure or CSP report fails the test."""
    browser_page.problems = []  # type: ignore[attr-defined]
    browser_page.on("console", lambda m: browser_page.problems.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
    browser_page.on("pageerror", lambda e: browser_page.problems.append(str(e)))  # type: ignore[attr-defined]
    return browser_page


@pytest.mark.parametrize(("path", "size"), PAGES)
def test_every_page_fits_and_is_accessible(
    page: "Page", live_url: Address, tenant: Tenant, path: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(live_url(tenant, path))
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert violations(page) == []
    assert [p for p in page.problems if "404" not in p] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("first", "second", "motif"),
    [("#1d4f9e", "#f2b705", "anyaman"), ("#ffd400", "#c1121f", "pucuk"), ("#0a7a3b", "#ffffff", "kawung")],
)
def test_any_colours_pass(
    page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant, first: str, second: str, motif: str
) -> None:
    with live_app.app_context(), tenant_scope(tenant) as session:
        profile = session.query(TenantProfile).one()
        profile.primary_color, profile.accent_color, profile.settings = first, second, {"motif": motif}
    page.goto(live_url(tenant, "/_gaya"))
    assert violations(page) == []
    assert page.locator(f"body.motif-{motif}").count() == 1


def test_a_refused_form_puts_the_focus_on_what_to_correct(page: "Page", live_url: Address, tenant: Tenant) -> None:
    page.goto(live_url(tenant, "/_gaya"))
    page.get_by_label("Judul laporan").fill("Lampu mati")
    page.get_by_label("Ceritakan kejadiannya").fill("Sejak Senin")
    page.get_by_label("Hanya petugas").check()
    page.get_by_label("Saya setuju").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Kirim laporan").click()
    assert page.evaluate("document.activeElement.id") == "perbaiki"
    assert page.title().startswith("Perlu diperbaiki: ")
    assert page.get_by_label("Judul laporan").input_value() == "Lampu mati"
    assert page.get_by_label("Hanya petugas").is_checked()
    page.get_by_role("link", name="Nomor HP terdiri dari").click()
    assert page.evaluate("document.activeElement.name") == "telepon"
    assert violations(page) == []


def test_by_keyboard_alone(page: "Page", live_url: Address, tenant: Tenant) -> None:
    page.goto(live_url(tenant, "/bantuan"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Langsung ke isi"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "isi"
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen[-1]
    assert "Apakah saya perlu akun?" in seen


def test_without_javascript_nothing_is_missing(browser: "Browser", live_url: Address, tenant: Tenant) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(live_url(tenant, "/_gaya?ruang=kelola"))
    assert page.locator("button[hidden]").count() == 1  # copying needs a script, so its button isn't shown
    page.locator("nav.side summary").click()
    assert page.get_by_role("link", name="Lihat halaman warga").is_visible()
    page.goto(live_url(tenant, "/bantuan"))
    page.get_by_text("Apakah saya perlu akun?").click()
    assert page.get_by_text("Anda bisa melapor dan mengikuti laporan tanpa akun").is_visible()
    context.close()


def test_targets_are_large_enough(page: "Page", live_url: Address, tenant: Tenant) -> None:
    """WCAG 2.2: 24 px at least, except links within text."""
    for path in ("/_gaya", "/_gaya?ruang=kelola"):
        page.goto(live_url(tenant, path))
        small = page.evaluate(
            """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select')].filter(e => {
                const r = e.getBoundingClientRect();
                return r.width && r.height && (r.height < 24 || r.width < 24) && getComputedStyle(e).display !== 'inline'
                  && !e.closest('.trap, .choice, .skip, .card-link, .kept');
            }).map(e => e.outerHTML.slice(0, 90))"""
        )
        assert small == [], path


def test_an_injected_script_does_not_run(page: "Page", live_url: Address, tenant: Tenant) -> None:
    page.goto(live_url(tenant, "/bantuan"))
    ran = page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);
            const b = document.createElement('b'); b.setAttribute('style', 'color: red'); document.body.append(b);
            return [window.ran === 1, getComputedStyle(b).color === 'rgb(255, 0, 0)'] }"""
    )
    assert ran == [False, False]
    assert any(re.search("Content Security Policy", p) for p in page.problems)  # type: ignore[attr-defined]


def test_htmx_keeps_to_the_policy(page: "Page", live_url: Address, tenant: Tenant) -> None:
    page.goto(live_url(tenant, "/_gaya?ruang=kelola"))
    config = page.evaluate("htmx.config")
    assert (config["allowEval"], config["includeIndicatorStyles"], config["historyCacheSize"]) == (False, False, 0)
    assert page.problems == []  # type: ignore[attr-defined]


def test_a_photo_is_shown_before_it_is_sent_and_named_when_too_large(
    page: "Page", live_url: Address, tenant: Tenant, tmp_path: Path
) -> None:
    from PIL import Image

    small = tmp_path / "jalan.jpg"
    Image.new("RGB", (600, 400), "#456").save(small)
    large = tmp_path / "besar.jpg"
    large.write_bytes(small.read_bytes() + b"\0" * 9_000_000)
    page.goto(live_url(tenant, "/_gaya"))
    chooser = page.locator("#f-foto")
    chooser.set_input_files(large)
    page.wait_for_function("document.querySelector('#f-foto').validationMessage.includes('terlalu besar')")
    chooser.set_input_files(small)
    page.wait_for_function("document.querySelector('#f-foto').validationMessage === ''")
    assert page.locator("[data-preview] img").count() == 1
    assert page.problems == []  # type: ignore[attr-defined]


def test_the_first_visit_over_the_wire(
    browser: "Browser", live_app: "Flask", live_url: Address, tenant: Tenant, session: TenantSession
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    total = []
    wire.on("Network.loadingFinished", lambda e: total.append(e["encodedDataLength"]))
    page.goto(live_url(tenant, "/bantuan"), wait_until="networkidle")
    print(f"first visit: {sum(total):,.0f} bytes in {len(total)} requests")
    assert len(total) <= 8
    assert sum(total) <= 60_000
    context.close()


def test_small_comforts(page: "Page", live_url: Address, tenant: Tenant) -> None:
    """A dependent question, the words for a missing answer, one sending only."""
    page.goto(live_url(tenant, "/_gaya"))
    depth = page.get_by_label("Seberapa dalam lubangnya?")
    assert depth.is_hidden()
    assert depth.is_disabled()
    page.get_by_label("Jalan", exact=True).check()
    assert depth.is_visible()
    page.get_by_role("button", name="Kirim laporan").click()
    assert page.locator("#f-judul").evaluate("e => e.validationMessage") == "Bagian ini perlu diisi."
    page.locator("#f-judul").fill("Lubang")
    assert page.locator("#f-judul").evaluate("e => e.validationMessage") == ""
