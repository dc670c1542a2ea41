"""The evidence pages in Debian's Chromium: as leader, as anybody, as the ministry; read by axe-core, used by keyboard and eye."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from balai import clock
from balai.admin.demo import proof, year
from balai.evidence import national, settings
from balai.evidence.facts import roll_up
from balai.evidence.models import VerdictRow
from balai.evidence.sheets import SHEETS
from balai.evidence.trials import services as trials
from balai.evidence.verdicts.services import judge_all
from balai.places import villages
from balai.places.models import PlaceCount
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai.testing.offices import open_office

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
Address = Callable[..., str]
NOW = datetime.now(UTC)


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on which any script failure or refused resource fails the test."""
    return watched(new_context(accept_downloads=True).new_page(), ignoring=("422",))


def fill(app: "Flask", tenant: Tenant) -> str:
    """A year of reports, people, costs and apps, judged; the id of the complaints' verdict."""
    from flask import g

    with app.app_context(), tenant_scope(tenant) as session:
        g.tenant = tenant
        open_office(session)
        code = tenant.region_code or ""
        session.add(PlaceCount(code=code, subject="penduduk", year=2025, size=380_000, source="contoh", example=True))
        session.add(
            PlaceCount(code=f"{code}.01", subject="penduduk", year=2025, size=41_000, source="contoh", example=True)
        )
        proof._enter(session, "biaya", [{**row, "tahun": clock.now().year} for row in proof.given()["costs"]])
        proof._enter(session, "aplikasi", [{**row, "tahun": clock.now().year} for row in proof.given()["apps"]])
        year.write(
            session, year.tell(5, {"feedback.pengaduan": 40, "feedback.usul": 6}, villages(session), clock.now())
        )
        roll_up(session)
        judge_all(session)
        wish = trials.Wish(
            "service", "feedback.usul", "asked", "25", "0", "", "Melihat apakah usul warga dipakai sungguh."
        )
        ends = (clock.now() + timedelta(days=60)).date().isoformat()
        trials.announce(session, replace(wish, ends_on=ends), by=None)
        found = session.scalars(select(VerdictRow).where(VerdictRow.subject == "feedback.pengaduan")).one()
        return str(found.id)


def test_a_head_of_region_reads_answers_tries_out_and_switches_on_and_off(
    live_app: "Flask", live_url: Address, page: "Page", regions: Callable[..., Tenant]
) -> None:
    tenant = regions(name="Kota Contoh Uji")
    verdict = fill(live_app, tenant)
    sign_in(page, live_app, tenant, "leader", name="Endang Lestari")
    look_at(page, "manfaat", live_url(tenant, "/kelola/manfaat"))
    look_at(page, "manfaat-satu", live_url(tenant, f"/kelola/manfaat/{verdict}"))
    look_at(page, "manfaat-kebutuhan", live_url(tenant, "/kelola/manfaat/kebutuhan"))
    look_at(page, "manfaat-uji-coba", live_url(tenant, "/kelola/manfaat/uji-coba"))
    look_at(page, "manfaat-uji-coba-baru", live_url(tenant, "/kelola/manfaat/uji-coba/baru"))
    look_at(page, "manfaat-pengaturan", live_url(tenant, "/kelola/manfaat/pengaturan"))
    for key in SHEETS:
        look_at(page, f"manfaat-{key}", live_url(tenant, f"/kelola/manfaat/data/{key}"))
    page.goto(live_url(tenant, "/kelola/manfaat"))
    page.get_by_role("link", name="Pusat Kendali Kota").click()
    page.get_by_label("Jawaban pimpinan").fill("Kontrak tidak diperpanjang tahun depan.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Jawaban disimpan").wait_for()
    # A trial: from the list to its service, from there to the form.
    page.goto(live_url(tenant, "/kelola/manfaat"))
    page.locator("main").get_by_role("link", name="Permintaan informasi", exact=True).click()
    page.get_by_role("link", name="Jadikan uji coba").click()
    page.get_by_label("Diukur dengan").select_option("asked")
    page.get_by_label("Target").fill("20")
    page.get_by_label("Berakhir pada").fill((clock.now() + timedelta(days=45)).date().isoformat())
    page.get_by_label("Untuk apa").fill("Melihat apakah warga memakainya.")
    page.get_by_role("button", name="Umumkan").click()
    page.get_by_text("Uji coba diumumkan dan mulai besok.").wait_for()
    # Off: one click, the reason stands there already.
    page.goto(live_url(tenant, "/kelola/manfaat"))
    page.get_by_role("button", name="Hentikan Pusat Kendali Kota").click()
    page.get_by_text("Pusat Kendali Kota dihentikan.").wait_for()
    assert page.get_by_role("link", name="Pusat Kendali Kota").count() == 0
    # On: what people ask for, and the installed service that answers it.
    page.get_by_role("link", name="Nyalakan Air bersih untuk semua").click()
    page.get_by_role("link", name="Nyalakan", exact=True).click()
    page.get_by_label("Alasannya").fill("Air paling banyak diminta warga.")
    page.get_by_role("button", name="Ya, nyalakan").click()
    page.get_by_text("Air bersih untuk semua: aktif.").wait_for()
    page.goto(live_url(tenant, "/kelola/manfaat"))
    assert page.get_by_text("Nyalakan Air bersih untuk semua").count() == 0


def test_everybody_reads_the_same_verdicts(
    live_app: "Flask", live_url: Address, page: "Page", regions: Callable[..., Tenant]
) -> None:
    tenant = regions(name="Kota Contoh Umum")
    fill(live_app, tenant)
    look_at(page, "umum-manfaat", live_url(tenant, "/manfaat"))
    look_at(page, "umum-layanan", live_url(tenant, "/manfaat/layanan/feedback/pengaduan"))
    look_at(page, "umum-kebutuhan", live_url(tenant, "/manfaat/kebutuhan"))
    look_at(page, "umum-uji-coba", live_url(tenant, "/manfaat/uji-coba"))
    look_at(page, "umum-aturan", live_url(tenant, "/manfaat/aturan"))
    # On a phone the chart is drawn for it: as wide as its place, not a wide one shrunk.
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_url(tenant, "/manfaat/kebutuhan"))
    chart = page.locator("main picture img")
    chart.scroll_into_view_if_needed()
    page.wait_for_function("e => e.complete && e.naturalWidth > 0", arg=chart.element_handle())
    assert chart.evaluate("e => e.currentSrc").endswith("?lebar=hp")
    assert chart.evaluate("e => e.clientWidth / e.naturalWidth") > 0.95


def test_the_ministry_reads_one_table(
    live_app: "Flask", live_url: Address, page: "Page", regions: Callable[..., Tenant]
) -> None:
    tenant = regions(name="Kota Contoh Setuju")
    with live_app.app_context(), tenant_scope(tenant) as session:
        settings.save(session, falls_short="10", ministry=True, by=None)
        national.publish(session)
    look_at(page, "kementerian", live_url(None, "/manfaat"))
    row = page.get_by_role("row").filter(has_text=tenant.region_code or "")
    assert row.get_by_role("cell").all_inner_texts()[-1] == "aktif"  # administration: the region takes complaints
    assert page.get_by_role("columnheader").count() == 7
    # Nothing in it sorts or chooses, not even by a script.
    assert page.locator("main").locator("form, button, select, input, th a, [aria-sort], [onclick]").count() == 0
