"""The same report by keyboard, by the accessibility tree, in a large region, by voice, with a position or a pin; no account."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases.models import Case, CaseFile
from balai.db import migrate
from balai.files import File
from balai.places import Area
from balai.places.outlines import load_outlines
from balai.tenancy import Tenant, tenant_scope
from balai.testing.accessibility import violations
from balai.testing.browser import DESKTOP
from balai.testing.looking import sign_in
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
FORM = "/layanan/feedback/pengaduan"
TEXT = "Lampu jalan di depan balai desa mati sejak tiga hari lalu."


@pytest.fixture
def open_region(live_app: "Flask", tenant: Tenant) -> Tenant:
    """`tenant`, staffed, on the live server."""
    with live_app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    return tenant


@pytest.fixture
def large(live_app: "Flask", open_region: Tenant) -> Tenant:
    """The same with three more districts of 50 villages each."""
    with live_app.app_context(), tenant_scope(open_region) as session:
        for d in range(2, 5):
            district = f"{open_region.region_code}.{d:02d}"
            parent = open_region.region_code or ""
            session.add(Area(code=district, name=f"Kecamatan {d}", kind="kecamatan", parent_code=parent))
            for v in range(2001, 2051):
                session.add(Area(code=f"{district}.{v}", name=f"Desa {d}-{v}", kind="desa", parent_code=district))
    return open_region


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A phone on which any script failure or refused resource fails the test (`watch`)."""
    return watched(new_context().new_page())


def watched(made: "Page") -> "Page":
    made.problems = []  # type: ignore[attr-defined]
    made.on("console", lambda m: made.problems.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
    made.on("pageerror", lambda e: made.problems.append(str(e)))  # type: ignore[attr-defined]
    return made


def the_case(app: "Flask", tenant: Tenant) -> dict[str, object]:
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        return {
            "region": case.region, "landmark": case.landmark, "latitude": case.latitude, "longitude": case.longitude,
            "contact": case.contact_name or case.contact_email or case.contact_phone, "sub": case.reporter_index,
            "data": case.data,
        }  # fmt: skip


def look_at(page: "Page", screens: Path, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.screenshot(path=screens / f"{name}-360.png", full_page=True)


def test_by_keyboard_alone_without_account_map_or_contact(
    page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant, screens: Path
) -> None:
    page.goto(live_url(open_region, "/"))
    for _n in range(60):
        page.keyboard.press("Tab")
        if FORM in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Pengaduan").wait_for()
    typed = {"f-bidang": "L", "f-uraian": TEXT, "f-region": "Desa M", "f-landmark": "depan balai desa"}
    seen = []
    for _n in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        seen.append(focused)
        ring = "getComputedStyle(document.activeElement.closest('.choice') || document.activeElement).outlineStyle"
        assert page.evaluate(ring) != "none", focused
        if focused in typed:
            page.keyboard.type(typed.pop(focused))
        elif focused == "Kirim":
            break
    assert typed == {}
    assert any("Rekam suara" in f for f in seen)
    assert any("Pakai posisi saya" in f for f in seen)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Terima kasih").wait_for()
    filed = the_case(live_app, open_region)
    assert (filed["contact"], filed["sub"], filed["latitude"]) == (None, None, None)
    assert filed["region"] == f"{open_region.region_code}.01.2001"
    look_at(page, screens, "terima-kasih-hp")
    assert page.problems == []  # type: ignore[attr-defined]


def test_by_the_accessibility_tree(page: "Page", live_app: "Flask", live_url: Address, open_region: Tenant) -> None:
    """Nothing but roles and names, as a screen reader has them; every control of the form has a name."""
    page.goto(live_url(open_region, "/"))
    page.get_by_role("main").get_by_role("link", name="Laporkan masalah").click()
    form = page.get_by_role("main")
    form.get_by_role("combobox", name="Tentang apa?").select_option(label="Lampu jalan")
    form.get_by_role("textbox", name="Apa yang terjadi?").fill(TEXT)
    where = form.get_by_role("group", name="Di mana?")
    where.get_by_role("combobox", name="Desa atau kelurahan").select_option(label="Desa Mekar")
    where.get_by_role("textbox", name="Patokan").fill("depan balai desa")
    form.get_by_role("group", name="Siapa yang boleh membaca?").get_by_role("radio", name="Rahasia").check()
    form.get_by_role("group", name="Nama Anda").get_by_role("radio", name="Anonim").check()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea, main button')]
            .filter(e => e.offsetParent && !e.closest('.trap')
                && !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
            .map(e => e.outerHTML)"""
    )
    assert nameless == []
    form.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    assert the_case(live_app, open_region)["landmark"] == "depan balai desa"


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_district_village_landmark_in_a_large_region(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    large: Tenant,
    screens: Path,
    scripts: bool,
) -> None:
    page = watched(new_context(java_script_enabled=scripts).new_page())
    page.goto(live_url(large, FORM))
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill(TEXT)
    page.get_by_label("Kecamatan").select_option(label="Kecamatan 3")
    if not scripts:
        page.get_by_role("button", name="Tampilkan desanya").click()
    village = page.get_by_label("Desa atau kelurahan")
    village.locator("option", has_text="Desa 3-2007").wait_for(state="attached")
    village.select_option(label="Desa 3-2007")
    page.get_by_label("Patokan").fill("depan balai desa")
    if scripts:
        look_at(page, screens, "formulir-daerah-besar")
        assert page.get_by_role("button", name="Tampilkan desanya").count() == 0
    assert page.get_by_label("Apa yang terjadi?").input_value() == TEXT
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    assert the_case(live_app, large)["region"] == f"{large.region_code}.03.2007"


def test_by_voice_and_heard_by_staff_alone(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    open_region: Tenant,
    screens: Path,
) -> None:
    page = watched(new_context(permissions=["microphone"]).new_page())
    page.goto(live_url(open_region, FORM))
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    page.get_by_label("Patokan").fill("depan balai desa")
    page.get_by_role("button", name="Rekam suara", exact=True).click()
    page.get_by_role("button", name="Berhenti merekam").wait_for()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Berhenti merekam").click()
    page.get_by_role("button", name="Hapus rekaman").wait_for()
    look_at(page, screens, "formulir-suara")
    page.get_by_role("button", name="Hapus rekaman").click()
    page.get_by_role("button", name="Rekam suara", exact=True).click()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Berhenti merekam").click()
    page.get_by_role("button", name="Hapus rekaman").wait_for()
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    page.get_by_role("link", name="Lihat perkembangannya").click()
    page.get_by_text("hanya didengar petugas").wait_for()
    assert page.locator("audio").count() == 0
    with live_app.app_context(), tenant_scope(open_region) as session:
        file = session.scalars(select(File).join(CaseFile, CaseFile.file_id == File.id)).one()
        assert (file.media_type, file.visibility) == ("audio/webm", "private")
        assert 1 < (file.seconds or 0) < 10
    assert "uraian" not in the_case(live_app, open_region)["data"]  # type: ignore[operator]

    desk = watched(new_context(viewport=DESKTOP).new_page())
    officer = sign_in(desk, live_app, open_region, "officer")
    with live_app.app_context(), tenant_scope(open_region) as session:
        open_office(session, officer)
    desk.goto(live_url(open_region, "/kelola/laporan"))
    desk.get_by_role("link", name="Pengaduan").first.click()
    desk.get_by_role("heading", name="Pesan suara").wait_for()
    assert desk.get_by_text("Teruskan ke pelaksana").count() == 0
    assert violations(desk) == []
    desk.screenshot(path=screens / "pesan-suara-1280.png")
    heard = """audio => new Promise(done => {
        audio.ontimeupdate = () => { if (audio.currentTime > 0.2) done(true); };
        audio.play();
    })"""
    assert desk.locator("#suara ~ p audio").evaluate(heard)
    desk.get_by_label("Apa yang terjadi?").fill("Lampu jalan mati, kata pelapor.")
    desk.get_by_role("button", name="Simpan ringkasan").click()
    desk.get_by_role("button", name="Teruskan ke pelaksana").click()
    desk.get_by_text("Tersimpan.").wait_for()
    assert desk.problems == []  # type: ignore[attr-defined]
    assert page.problems == []  # type: ignore[attr-defined]


def latitude_of(tenant: Tenant) -> float:
    """Where a test's region lies: no two of them overlap."""
    return round(-75 + tenant.id % 600 * 0.25, 4)


def square(south: float, west: float) -> list[list[float]]:
    return [[west, south], [west + 0.2, south], [west + 0.2, south + 0.2], [west, south + 0.2], [west, south]]


@pytest.fixture
def neighbours(regions: "Callable[..., Tenant]", open_region: Tenant, database: Any) -> tuple[Tenant, Tenant]:
    """Two regions side by side, with outlines."""
    other = regions(name="Kabupaten Sebelah")
    south = latitude_of(open_region) - 0.1
    shapes = [(open_region, square(south, 107.5)), (other, square(south, 107.7))]
    features = [
        {"properties": {"code": t.region_code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for t, ring in shapes
    ]
    engine = migrate.owner_engine(database.owner_url)
    with engine.begin() as connection:
        assert load_outlines(connection, {"features": features})[0] == 2
    engine.dispose()
    return open_region, other


def test_my_position_suggests_a_village_and_a_pin_can_be_moved_without_dragging(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    neighbours: tuple[Tenant, Tenant],
    screens: Path,
) -> None:
    here, _other = neighbours
    middle = latitude_of(here)
    with live_app.app_context(), tenant_scope(here) as session:
        office = open_office(session)
        place = cases.Place(f"{here.region_code}.01.2002", "pasar", middle + 0.0001, 107.6001)
        data = {"bidang": "jalan", "uraian": "Jalan berlubang di dekat pasar desa."}
        old = cases.file_case(session, cases.service(session, "feedback.pengaduan"), data, place=place).case
        cases.publish(session, old.id, person=office.staff(admin=True))
    page = watched(
        new_context(permissions=["geolocation"], geolocation={"latitude": middle, "longitude": 107.6}).new_page()
    )
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto(live_url(here, FORM))
    assert [u for u in asked if "leaflet" in u or "/map" in u or "/tempat/" in u] == []
    page.get_by_role("button", name="Pakai posisi saya").click()
    page.get_by_text("Kelihatannya di Desa Sari").wait_for()
    page.get_by_role("button", name="Pakai", exact=True).click()
    assert page.get_by_label("Desa atau kelurahan").input_value() == f"{here.region_code}.01.2002"
    page.get_by_role("button", name=re.compile("Buka peta")).click()
    page.locator(".map-pin").wait_for()
    page.get_by_text("Peta dasar belum tersedia di sini").wait_for()
    look_at(page, screens, "peta-tanpa-dasar")
    page.locator("details.more summary", has_text="titik di peta").click()
    latitude = page.get_by_label("Lintang")
    before = float(latitude.input_value())
    page.get_by_role("button", name="Geser titik ke utara").focus()
    page.keyboard.press("Enter")
    assert float(latitude.input_value()) > before
    page.locator("[data-map]").click(position={"x": 60, "y": 60})
    tapped = float(latitude.input_value())
    assert tapped != before
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill(TEXT)
    page.get_by_label("Patokan").fill("depan balai desa")
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    with live_app.app_context(), tenant_scope(here) as session:
        case = session.scalars(select(Case).where(Case.landmark == "depan balai desa")).one()
        assert case.latitude == tapped
    assert page.problems == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_a_position_in_another_region_is_asked_about(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: Address,
    neighbours: tuple[Tenant, Tenant],
    scripts: bool,
) -> None:
    here, other = neighbours
    page = new_context(
        java_script_enabled=scripts,
        permissions=["geolocation"],
        geolocation={"latitude": latitude_of(here), "longitude": 107.8},
    ).new_page()
    page.goto(live_url(here, FORM))
    page.get_by_label("Tentang apa?").select_option(label="Lampu jalan")
    page.get_by_label("Apa yang terjadi?").fill(TEXT)
    page.get_by_label("Desa atau kelurahan").select_option(label="Desa Mekar")
    page.get_by_label("Patokan").fill("depan balai desa")
    if scripts:
        page.get_by_role("button", name="Pakai posisi saya").click()
        page.get_by_text("Kabupaten Sebelah").wait_for()
        link = page.get_by_role("link", name="Lapor ke sana")
        assert link.get_attribute("href") == live_url(other, FORM)
        page.get_by_role("button", name="Tetap di sini").click()
    else:
        page.locator("details.more summary", has_text="titik di peta").click()
        page.get_by_label("Lintang").fill(str(latitude_of(here)))
        page.get_by_label("Bujur").fill("107.8")
        page.get_by_role("button", name="Kirim", exact=True).click()
        page.get_by_text("kelihatannya di Kabupaten Sebelah").first.wait_for()
        page.get_by_label("Ya, tetap kirim ke sini").check()
    page.get_by_role("button", name="Kirim", exact=True).click()
    page.get_by_role("heading", name="Terima kasih").wait_for()
    assert the_case(live_app, here)["longitude"] == 107.8


def test_real_outlines_find_real_places() -> None:
    """With the boundaries of 514 regencies and cities, where that file is at hand."""
    from balai.places import holds

    found = next(
        (p for p in (Path(__file__).resolve().parents[3] / "shared/data/regencies_simplified.geojson",) if p.is_file()),
        None,
    )
    if found is None:
        pytest.skip("no file of real boundaries here: it isn't part of the project")
    features = {f["properties"]["code"]: f["geometry"] for f in json.loads(found.read_text())["features"]}
    for code, latitude, longitude in (
        ("32.73", -6.9147, 107.6098),
        ("34.02", -7.888, 110.33),
        ("73.71", -5.14, 119.43),
    ):
        shape = features[code]
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        assert holds([ring for polygon in polygons for ring in polygon], latitude, longitude), code
