"""The public page of a zone and the officer's entry pages on a phone and a desktop, in a real browser."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import g

from balai.tenancy import tenant_scope
from balai.testing.looking import look_at, sign_in, watched
from balai_water import months
from balai_water.losses.models import SupplyMonth
from balai_water.quality import incidents, services
from balai_water.quality.parameters import PARAMETERS
from balai_water.quality.results import read_result
from balai_water.quality.services import Sheet
from balai_water.readings.models import Reading
from balai_water.register.models import Connection, Customer, Zone

pytestmark = pytest.mark.browser
LAST = months.shift(months.this_month(), -1)


def connect(session, zone, use):
    customer = Customer()
    session.add(customer)
    session.flush()
    connection = Connection(
        number=uuid4().hex[:12],
        customer_id=customer.id,
        group_key="rt",
        region="32.73.01",
        zone_id=zone.id,
        since=date(2020, 1, 1),
    )
    session.add(connection)
    session.flush()
    session.add(
        Reading(
            connection_id=connection.id, month=LAST, previous=0, use=use, stand=use, kind="reader", client_id=uuid4(),
            read_at=datetime(LAST.year, LAST.month, 20, tzinfo=UTC),
        )
    )  # fmt: skip


def furnish(session):
    """Two zones with a year of hours; the first one's water is bad and its people were told."""
    zones = [Zone(key="sewon", name="Sewon Utara"), Zone(key="kasihan", name="Kasihan Perbukitan Selatan")]
    session.add_all(zones)
    session.flush()
    for back in range(1, 12):
        if back in {4, 5}:
            continue  # months that nobody filled in
        for number, zone in enumerate(zones):
            session.add(
                SupplyMonth(
                    zone_id=zone.id, month=months.shift(months.this_month(), -back), hours_per_day=23 - back - number,
                    input_litres=(1_000 + 10 * back) * 1000, input_metered=True, theft_litres=20_000, meter_error_litres=30_000,
                    mains_km=4.0, pipe_km=1.0, pressure_m=20.0,
                )
            )  # fmt: skip
    for zone, use in zip(zones, (720, 640), strict=True):
        connect(session, zone, use)
    usual = {
        "ecoli": "0", "chlorine": "0,3", "turbidity": "1,2", "ph": "7,1", "tds": "180", "arsenic": "<0,001", "iron": "0,05",
        "hardness": "120",
    }  # fmt: skip
    for days, changed in ((90, {}), (40, {"turbidity": "2,4"}), (2, {"ecoli": "12", "turbidity": "5"})):
        results = {key: read_result(PARAMETERS[key], text) for key, text in {**usual, **changed}.items()}
        sheet = Sheet(
            zones[0].id, months.today() - timedelta(days=days), "keran balai desa", "Labkesda", results, f"{days}/L"
        )
        _sample, incident = services.add(session, sheet, by=None)
    incidents.warn(session, incident.id, "boil", by=None)
    return incident.id


def test_what_households_and_officers_see(live_app, live_url, regions, browser_page):
    tenant = regions(plugins=("water",))
    with live_app.app_context(), tenant_scope(tenant) as session:
        g.tenant = tenant
        incident = furnish(session)
    page = watched(browser_page, ignoring=("404", "422"))
    page.goto(live_url(tenant, "/layanan/water/h/mutu"))
    page.get_by_role("link", name="Sewon Utara").click()
    page.wait_for_url("**/mutu/sewon")
    look_at(page, "water-zone")
    assert page.get_by_role("heading", name="Rebus dulu airnya").is_visible()
    assert page.locator("figure.chart polyline").count() == 2  # a gap parts the line
    sign_in(page, live_app, tenant, "water.control")
    look_at(page, "water-losses", live_url(tenant, f"/kelola/water/kehilangan?bulan={LAST:%Y-%m}"))
    look_at(page, "water-figures", live_url(tenant, f"/kelola/water/angka?bulan={LAST:%Y-%m}"))
    look_at(page, "water-incident", live_url(tenant, f"/kelola/water/mutu/masalah/{incident}"))
    page.set_viewport_size({"width": 1280, "height": 860})
    look_at(page, "water-losses-enter", live_url(tenant, f"/kelola/water/kehilangan/isi?bulan={LAST:%Y-%m}"))
    page.get_by_label("Kasihan Perbukitan Selatan: Jam mengalir per hari").fill("25")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Satu hari paling lama 24 jam.").first.wait_for()
    page.get_by_label("Kasihan Perbukitan Selatan: Jam mengalir per hari").fill("19,5")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("1 zona disimpan.").wait_for()
    look_at(page, "water-sample-new", live_url(tenant, "/kelola/water/mutu/baru"))
    page.select_option("#f-zona", label="Sewon Utara")
    page.fill("#f-tanggal", months.today().isoformat())
    for key, words in (("titik", "keran"), ("laboratorium", "Labkesda"), ("ecoli", "0"), ("turbidity", "1,0")):
        page.fill(f"#f-{key}", words)
    page.get_by_label("Ini uji ulang").check()
    page.get_by_role("button", name="Simpan hasil uji").click()
    page.get_by_text("Hasil uji disimpan.").wait_for()
    page.goto(live_url(tenant, "/layanan/water/h/mutu/sewon"))
    assert page.get_by_role("heading", name="Air baik").is_visible()
