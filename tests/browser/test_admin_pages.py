"""The directory, a region's home and the console's own pages in Debian's Chromium, at 360 and 1280 px.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from balai import audit
from balai.admin import grants, operator
from balai.db import new_id
from balai.tenancy import Tenant, TenantProfile, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

    from balai.testing.factories import Regions

pytestmark = pytest.mark.browser
Address = Callable[..., str]
APEX = ("/", "/?cari=gorontalo", "/?provinsi=34", "/?cari=atlantis", "/lacak", "/lacak/salah")
CONSOLE = (
    "/kelola", "/kelola/daerah", "/kelola/petugas", "/kelola/petugas/undang", "/kelola/layanan-daerah",
    "/kelola/layanan-daerah/feedback", "/kelola/layanan-daerah/feedback/off", "/kelola/pekerjaan", "/kelola/audit",
    "/kelola/izin-pengelola", "/kelola/unduh",
)  # fmt: skip
OPERATOR = ("/kelola", "/kelola/daerah-baru", "/kelola/sistem")


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context().new_page())


def name_of(path: str) -> str:
    return path.strip("/").translate(str.maketrans("/?=", "---")) or "awal"


def furnish(app: "Flask", tenant: Tenant) -> None:
    with app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
        profile = session.query(TenantProfile).one()
        profile.tagline, profile.primary_color, profile.accent_color = (
            "Kota kembang yang melayani",
            "#1d4f9e",
            "#f2b705",
        )
        profile.settings = {
            "motif": "kawung",
            "hours": "Senin sampai Jumat, 08.00 sampai 15.00 WIB",
            "whatsapp": "0812 3456 7890",
        }
        profile.email, profile.address = "halo@uji.go.id", "Jalan Wastukencana 2"
        grants.give_grant(session, hours=8, reason="Pesan WhatsApp tidak terkirim sejak Senin.", by="x")
        for n in range(3):
            audit.record(
                session,
                "member.invited",
                subject_kind="member",
                subject_id=new_id(),
                data={"roles": ["officer"], "n": n},
            )
            audit.record(session, "operator.looked", data={"page": "petugas, layanan, catatan kegiatan"})


def test_directory(page: "Page", live_url: Address, tenant: Tenant) -> None:
    for path in APEX:
        look_at(page, f"apex-{name_of(path)}", live_url(None, path))


def test_home(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    furnish(live_app, tenant)
    look_at(page, "daerah-beranda", live_url(tenant, "/"))


def test_home_of_a_region_without_services(page: "Page", live_url: Address, regions: "Regions") -> None:
    look_at(page, "daerah-kosong", live_url(regions(plugins=()), "/"))


def test_console(page: "Page", live_app: "Flask", live_url: Address, tenant: Tenant) -> None:
    furnish(live_app, tenant)
    sign_in(page, live_app, tenant, "admin")
    for path in CONSOLE:
        look_at(page, name_of(path), live_url(tenant, path))
    page.goto(live_url(tenant, "/kelola/petugas"))
    member = page.get_by_role("link", name="Budi Uji").first.get_attribute("href")
    for part in ("", "/keluarkan", "/kode-baru"):
        look_at(page, f"kelola-petugas-satu{part.replace('/', '-')}", live_url(tenant, f"{member}{part}"))


def test_operator(
    page: "Page", live_app: "Flask", live_url: Address, regions: "Regions", monkeypatch: pytest.MonkeyPatch
) -> None:
    every = operator.rows
    # Hundreds of regions that other tests left look like eight of them, and take axe half a minute.
    monkeypatch.setattr(operator, "rows", lambda: every()[-8:])
    sign_in(page, live_app, regions(kind="operator", plugins=(), name="Pengelola Balai"), "admin", apex=True)
    for path in OPERATOR:
        look_at(page, f"operator-{name_of(path)}", live_url(None, path))


def test_live_search_and_without_scripts(
    new_context: "Callable[..., BrowserContext]", live_url: Address, tenant: Tenant
) -> None:
    page = new_context().new_page()
    page.goto(live_url(None))
    page.get_by_label("Nama kabupaten, kota, atau provinsi").press_sequentially("bantul")
    page.get_by_text("Kabupaten Bantul").wait_for()
    assert page.url.endswith("/"), "filtering leaves the address alone"
    plain = new_context(java_script_enabled=False).new_page()
    plain.goto(live_url(None))
    plain.get_by_label("Nama kabupaten, kota, atau provinsi").fill("bantul")
    plain.get_by_role("button", name="Cari").click()
    assert plain.get_by_text("Kabupaten Bantul").is_visible()


def test_the_first_visit_of_a_region_fits_into_60_kilobytes(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    furnish(live_app, tenant)
    for where, url in (("region", live_url(tenant)), ("directory", live_url(None))):
        context = new_context()
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        total: list[float] = []
        wire.on("Network.loadingFinished", lambda e, total=total: total.append(e["encodedDataLength"]))
        page.goto(url, wait_until="networkidle")
        print(f"first visit, {where}: {sum(total):,.0f} bytes in {len(total)} requests")
        assert sum(total) <= 60_000
        assert len(total) <= 8


def test_the_colours_answer_while_they_are_chosen(
    new_context: "Callable[..., BrowserContext]", live_app: "Flask", live_url: Address, tenant: Tenant
) -> None:
    page = new_context(viewport={"width": 1280, "height": 860}).new_page()
    sign_in(page, live_app, tenant, "admin")
    page.goto(live_url(tenant, "/kelola/daerah"))
    page.locator("#f-primary_color").fill("#ffee99")
    page.get_by_text("terlalu muda").wait_for()
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Tampilan daerah tersimpan").wait_for()
