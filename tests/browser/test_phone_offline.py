"""Reports that wait on the phone for a signal: kept with photos, sent exactly once, and no worker that traps anybody."""

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import func, select

from balai import cases
from balai.cases.models import Case, CaseFile
from balai.tenancy import Tenant, tenant_scope
from balai.testing.accessibility import violations
from balai.testing.acting import act_as
from balai.testing.offices import open_office
from balai.testing.probe import client_on

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
FORM = "/layanan/feedback/pengaduan"
READY = "navigator.serviceWorker.ready.then(() => true)"
CONTROLLED = "!!navigator.serviceWorker.controller"


def photo() -> dict[str, object]:
    body = io.BytesIO()
    Image.radial_gradient("L").resize((1600, 1200)).convert("RGB").save(body, "JPEG", quality=90)
    return {"name": "lampu.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


def until(page: "Page", condition: str) -> None:
    """Ask until it is so (Playwright's own waiting takes a promise for an answer)."""
    for _n in range(150):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never came true: {condition}")


@pytest.fixture
def open_region(live_app: "Flask", tenant: Tenant) -> Tenant:
    """`tenant`, staffed, on the live server."""
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    return tenant


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]", live_url: Address, open_region: Tenant) -> "Page":
    """A phone that has opened the form once, with the worker at work and the form's copy kept."""
    made = new_context().new_page()
    made.goto(live_url(open_region, "/"))
    made.evaluate(READY)
    until(made, CONTROLLED)
    made.goto(live_url(open_region, FORM))
    until(made, "caches.match(location.pathname + '?luring=ya').then(Boolean)")
    return made


TEXT = "Lampu jalan mati sejak tiga hari lalu."


def write(page: "Page", tenant: Tenant, text: str = TEXT, *, landmark: str = "depan balai") -> None:
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill(text)
    page.get_by_label("Desa atau kelurahan").select_option(f"{tenant.region_code}.01.2001")
    page.get_by_label("Patokan").fill(landmark)
    page.locator("#f-foto").set_input_files(photo())  # type: ignore[arg-type]
    page.locator("[data-preview] img").wait_for()


def outbox(page: "Page") -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(
        "balaiOutbox.all().then(all => all.map(i => ({id: i.id, state: i.state, files: i.files.length, code: i.code || ''})))"
    )
    return found


def filed(app: "Flask", tenant: Tenant) -> tuple[int, int]:
    """How many cases and files of cases the region has."""
    with app.app_context(), tenant_scope(tenant) as session:
        return (
            session.scalar(select(func.count()).select_from(Case)) or 0,
            session.scalar(select(func.count()).select_from(CaseFile)) or 0,
        )


def test_written_without_a_line_and_sent_when_it_is_back(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant, screens: "Path"
) -> None:
    page.context.set_offline(True)
    page.goto(live_url(open_region, FORM))
    page.get_by_role("heading", name="Pengaduan").wait_for()
    write(page, open_region)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    page.get_by_role("heading", name="Menunggu sinyal").wait_for()
    card = page.locator("li[data-item]")
    assert "Menunggu sinyal" in card.inner_text()
    assert "Lampu jalan mati" in card.inner_text()
    assert "1 berkas" in card.inner_text()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.screenshot(path=screens / "menunggu-360.png")
    assert filed(live_app, open_region) == (0, 0)

    page.context.set_offline(False)
    page.get_by_text("Sudah kami terima").wait_for()
    assert filed(live_app, open_region) == (1, 1)
    code = outbox(page)[0]["code"]
    page.get_by_role("link", name=str(code)).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()


def test_sent_by_the_worker_alone_when_no_page_is_open(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant
) -> None:
    """Background Sync: Chromium is told to wake the worker, as Android does when the line is back."""
    found: list[dict[str, str]] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.context.set_offline(True)
    page.goto(live_url(open_region, FORM))
    write(page, open_region)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    assert "balai-kirim" in page.evaluate("navigator.serviceWorker.ready.then(r => r.sync.getTags())")
    page.goto("about:blank")
    page.context.set_offline(False)
    worker = next(r for r in found if open_region.slug in r["scopeURL"])
    woken = {"origin": worker["scopeURL"].rstrip("/"), "registrationId": worker["registrationId"], "tag": "balai-kirim"}
    for _n in range(30):
        # An attempt that began without a line may still hold the sender's lock: Android wakes the worker again as well.
        devtools.send("ServiceWorker.dispatchSyncEvent", {**woken, "lastChance": False})
        page.wait_for_timeout(300)
        if filed(live_app, open_region) == (1, 1):
            break
    assert filed(live_app, open_region) == (1, 1)
    page.goto(live_url(open_region, "/menunggu"))
    page.get_by_text("Sudah kami terima").wait_for()


def test_a_line_that_breaks_while_sending_loses_nothing(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant
) -> None:
    write(page, open_region)
    page.evaluate("Object.defineProperty(navigator, 'onLine', {get: () => true})")  # the phone believes in its line
    page.context.set_offline(True)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    assert [i["state"] for i in outbox(page)] == ["waiting"]
    page.context.set_offline(False)
    page.get_by_text("Sudah kami terima").wait_for()
    assert filed(live_app, open_region) == (1, 1)


def test_sent_twice_it_is_one_case_also_when_that_is_closed(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant
) -> None:
    page.context.set_offline(True)
    page.goto(live_url(open_region, FORM))
    write(page, open_region)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    page.evaluate("balaiOutbox.all().then(all => { self.copy = all[0]; })")
    page.context.set_offline(False)
    page.get_by_text("Sudah kami terima").wait_for()
    code = outbox(page)[0]["code"]
    again = """async () => {
        await balaiOutbox.put({...self.copy, state: "waiting", hold: 0});
        await Promise.all([balaiOutbox.flush(), balaiOutbox.flush()]);
        await balaiOutbox.flush();
        return (await balaiOutbox.all())[0].code;
    }"""
    assert page.evaluate(again) == code
    assert filed(live_app, open_region)[0] == 1
    with live_app.app_context(), tenant_scope(open_region) as session:
        case = session.scalars(select(Case)).one()
        office = open_office(session)
        cases.move_case(
            session, case.id, "selesaikan", person=office.staff(admin=True), fields={"answer": "Sudah diganti."}
        )
    assert page.evaluate(again) == code
    assert filed(live_app, open_region)[0] == 1


def test_what_the_server_refuses_is_shown_and_can_be_corrected(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant, screens: "Path"
) -> None:
    page.context.set_offline(True)
    page.goto(live_url(open_region, FORM))
    write(page, open_region, landmark="x")
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    page.context.set_offline(False)
    card = page.locator("li[data-item]")
    card.get_by_text("Tulis patokannya").wait_for()
    assert "Perlu diperbaiki" in card.inner_text()
    assert violations(page) == []
    page.screenshot(path=screens / "menunggu-perbaiki-360.png")
    assert filed(live_app, open_region) == (0, 0)
    card.get_by_role("link", name="Lihat dan ubah").click()
    page.locator("[data-preview] img").wait_for()
    assert page.get_by_label("Apa yang terjadi?").input_value().startswith("Lampu jalan")
    page.get_by_label("Patokan").fill("depan balai desa")
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    assert filed(live_app, open_region) == (1, 1)
    until(page, "balaiOutbox.all().then(all => all.length === 0)")


def test_a_half_written_report_is_still_there_tomorrow(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant
) -> None:
    write(page, open_region)
    until(page, "balaiOutbox.all().then(all => all.length === 1 && all[0].files.length === 1)")
    page.goto(live_url(open_region, FORM))
    page.get_by_role("button", name="Lanjutkan isian itu").click()
    page.locator("[data-preview] img").wait_for()
    assert page.get_by_label("Patokan").input_value() == "depan balai"
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    until(page, "balaiOutbox.all().then(all => all.length === 0)")
    assert filed(live_app, open_region) == (1, 1)


def test_a_photo_added_later_is_made_small_too(page: "Page", open_region: Tenant) -> None:
    write(page, open_region)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    page.get_by_role("link", name="Lihat perkembangannya").click()
    page.locator("summary", has_text="Tambah foto").first.click()
    page.locator("#f-foto").set_input_files(photo())  # type: ignore[arg-type]
    page.locator("[data-preview] img").wait_for()
    assert page.evaluate("document.querySelector('#f-foto').files[0].size") < len(photo()["buffer"])  # type: ignore[arg-type]
    page.get_by_role("button", name="Kirim foto").click()
    page.get_by_text("Foto sudah ditambahkan").wait_for()


def test_it_can_be_deleted(page: "Page", live_url: Address, open_region: Tenant) -> None:
    page.context.set_offline(True)
    page.goto(live_url(open_region, FORM))
    write(page, open_region)
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.wait_for_url("**/menunggu*")
    page.get_by_role("button", name="Hapus").click()
    page.get_by_role("button", name="Ya, hapus").click()
    page.get_by_text("Tidak ada yang menunggu").wait_for()
    assert outbox(page) == []


def test_pages_read_before_are_there_without_a_line_and_personal_ones_are_not(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant
) -> None:
    page.goto(live_url(open_region, "/bantuan"))
    page.goto(live_url(open_region, "/saya"))
    page.context.set_offline(True)
    page.goto(live_url(open_region, "/bantuan"))
    assert page.get_by_role("heading", name="Bantuan", exact=True).is_visible()
    page.goto(live_url(open_region, "/saya"))
    assert page.get_by_role("heading", name="Tidak ada sinyal").is_visible()
    page.context.set_offline(False)
    # Signed in, nothing more is kept: the worker's cache holds what is about nobody.
    client = client_on(live_app, open_region)
    act_as(client, open_region, name="Rina Sari")
    cookie = next(c for c in client._cookies.values() if c.key == "__Host-balai")
    url = live_url(open_region, "/").replace("http:", "https:")
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": url, "secure": True, "httpOnly": True}]
    )
    for path in ("/", "/layanan", FORM, "/saya"):
        page.goto(live_url(open_region, path))
    kept = page.evaluate(
        """async () => { const texts = [];
            for (const name of await caches.keys()) { const c = await caches.open(name);
              for (const r of await c.keys()) texts.push(r.url + " " + await (await c.match(r)).text()); }
            return texts.join("\\n"); }"""
    )
    assert "Rina Sari" not in kept
    assert not re.search(r'name="client_id" value="[0-9a-f]', kept)
    assert "/saya " not in kept


def test_signing_out_warns_and_clears(page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant) -> None:
    write(page, open_region)
    until(page, "balaiOutbox.all().then(all => all.length === 1)")
    client = client_on(live_app, open_region)
    act_as(client, open_region, name="Rina Sari")
    cookie = next(c for c in client._cookies.values() if c.key == "__Host-balai")
    url = live_url(open_region, "/").replace("http:", "https:")
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": url, "secure": True, "httpOnly": True}]
    )
    page.goto(live_url(open_region, "/keluar"))
    page.get_by_text("Keluar sekarang menghapusnya").wait_for()
    answer = page.evaluate(
        """async () => { const r = await fetch('/keluar', {method: 'POST', redirect: 'manual',
            body: new URLSearchParams(new FormData(document.querySelector('form[action="/keluar"]')))}); return r.type; }"""
    )
    assert answer == "opaqueredirect"


OLD_WORKER = """addEventListener("install", e => e.waitUntil((async () => {
    const c = await caches.open("balai-kuno");
    await c.put("/", new Response("<title>Kuno</title>Halaman kuno", {headers: {"Content-Type": "text/html"}}));
    await skipWaiting(); })()));
addEventListener("activate", e => e.waitUntil(clients.claim()));
addEventListener("fetch", e => e.respondWith(caches.match("/")));"""


@pytest.mark.parametrize("switched", [True, False], ids=["a-new-worker", "switched-off"])
def test_an_old_worker_traps_nobody(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    open_region: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    switched: bool,
) -> None:
    """The worst one imaginable, which answers everything from its own cache, is gone after one visit."""
    from dataclasses import replace

    from balai.web import offline

    settings = live_app.extensions["balai.settings"]
    page = new_context().new_page()
    with monkeypatch.context() as then:
        then.setattr(offline, "_source", lambda _look, **_on: OLD_WORKER.encode())
        page.goto(live_url(open_region, "/"))
        page.evaluate(READY)
        until(page, CONTROLLED)
        page.goto(live_url(open_region, "/layanan"))
        assert page.title() == "Kuno"
    monkeypatch.setitem(live_app.extensions, "balai.settings", replace(settings, phone_app=switched))
    page.goto(live_url(open_region, "/layanan"))
    until(page, "caches.keys().then(names => !names.includes('balai-kuno'))")
    page.goto(live_url(open_region, "/layanan"))
    assert page.get_by_role("heading", name="Layanan", exact=True).first.is_visible()
    registered = page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)")
    assert registered == (1 if switched else 0)
    page.context.set_offline(True)
    if switched:
        page.goto(live_url(open_region, "/menunggu"))
        assert page.get_by_role("heading", name="Menunggu sinyal").is_visible()
