"""The officer's two minutes in a browser, counted; what a household sees; everything without scripts too."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from test_water_outages import connect

from balai.clock import now
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.looking import look_at, problems, sign_in, watched
from balai_water.outages import forms

pytestmark = pytest.mark.browser
HOME = "/kelola/water/gangguan"


@pytest.fixture
def utility(app, regions):
    """40 connections in two villages, a hospital, a house with dialysis, somebody without any address."""
    tenant = regions(plugins=("water",), name="Kabupaten Uji Air")
    desa = f"{tenant.region_code}.01.200"
    with app.app_context(), tenant_scope(tenant) as session:
        for n in range(40):
            connect(
                session, f"00{n:04d}", f"{desa}{1 + n % 2}", email=f"p{n}@contoh.id" if n != 7 else "", latitude=-7.88,
                longitude=110.33, priority={3: "hospital", 5: "dialysis"}.get(n),
            )  # fmt: skip
    return tenant


def test_an_officer_tells_everybody_within_two_minutes(new_context, app, utility, live_url):
    page = watched(new_context().new_page(), ignoring=("422",))
    sign_in(page, app, utility, "water.control")
    pages = []
    page.on("load", lambda loaded: pages.append(loaded.url))
    look_at(page, "gangguan-kosong", live_url(utility, HOME))
    page.get_by_role("link", name="Umumkan gangguan").first.click()
    look_at(page, "gangguan-baru")
    # What must be answered: where, and why. Everything else stands there already or may stay empty.
    required = page.locator("main :is(input, select, textarea)[required]:visible")
    blank = [field.get_attribute("name") for field in required.all() if not field.input_value()]
    assert blank == ["reason"]
    page.get_by_label("Semuanya").check()
    page.get_by_label("Sebab").select_option("pipe_burst")
    page.get_by_label("Diperkirakan mengalir lagi").fill(forms.local(now() + timedelta(hours=9)))
    page.get_by_role("button", name="Periksa dulu").click()
    page.get_by_text("Belum ada yang dikirim.").wait_for()
    look_at(page, "gangguan-periksa")
    assert page.get_by_text("Pelanggan 000003").count()  # a hospital by name
    assert not page.get_by_text("Pelanggan 000005").count()  # whoever needs dialysis isn't
    page.get_by_role("button", name="Umumkan dan kirim sekarang").click()
    page.get_by_text("39 pesan sedang dikirim").wait_for()
    page.wait_for_load_state("load")
    # List, form, preview, what was sent: three presses and three answers take nobody two minutes.
    assert len(pages) == 4, pages
    look_at(page, "gangguan-satu")
    page.get_by_role("link", name="Pengumuman").click()
    look_at(page, "gangguan-dikabari")
    assert page.get_by_text("p39@contoh.id").count() == 0
    page.go_back()
    page.get_by_role("link", name="Ubah perkiraan").click()
    page.get_by_label("Diperkirakan mengalir lagi").fill(forms.local(now() - timedelta(hours=9)))
    page.get_by_role("button", name="Simpan dan kirim").click()
    look_at(page, "gangguan-ubah-salah")
    page.get_by_label("Diperkirakan mengalir lagi").fill(forms.local(now() + timedelta(hours=12)))
    page.get_by_role("button", name="Simpan dan kirim").click()
    page.get_by_text("39 pesan sedang dikirim").wait_for()
    assert problems(page) == []


def test_a_drawn_area_and_what_a_household_sees(new_context, app, utility, live_url):
    page = watched(new_context(viewport={"width": 1280, "height": 900}).new_page(), ignoring=("tile",))
    sign_in(page, app, utility, "water.control")
    page.goto(live_url(utility, f"{HOME}/baru"))
    page.get_by_text("Daerah di peta").first.click()
    page.get_by_role("button", name="Buka peta").click()
    page.get_by_text("Titik: 0").wait_for()
    for x, y in ((90, 60), (300, 60), (300, 250)):
        page.locator(".leaflet-container").click(position={"x": x, "y": y})
    page.get_by_text("Titik: 3").wait_for()
    page.get_by_role("button", name="Hapus titik terakhir").click()
    assert len(page.get_by_label("Sudut-sudut daerah").input_value().splitlines()) == 2
    look_at(page, "gangguan-peta")
    # What is typed is drawn, and the other way round.
    page.get_by_label("Sudut-sudut daerah").fill("-7.90, 110.30\n-7.90, 110.40\n-7.80, 110.40\n-7.80, 110.30")
    page.get_by_text("Titik: 4").wait_for()
    page.get_by_label("Sebab").select_option("repair")
    page.get_by_role("button", name="Periksa dulu").click()
    page.get_by_role("button", name="Umumkan dan kirim sekarang").click()
    page.get_by_text("39 pesan sedang dikirim").wait_for()

    household = watched(new_context(java_script_enabled=False).new_page())
    household.goto(live_url(utility, "/layanan/water/h/gangguan"))
    assert household.get_by_text("Air sedang mati").count() == 1
    household.get_by_label("Nomor sambungan").fill("000004")
    household.get_by_role("button", name="Periksa").click()
    assert household.get_by_text("Air sedang mati").count() == 2
    assert household.get_by_text("Sekitar 40 sambungan").count() == 2
    household.get_by_role("link", name="Desa Mekar").first.click()
    assert household.get_by_text("Anda tidak perlu melapor lagi").count() == 1

    page.goto(live_url(utility, "/layanan/water/h/gangguan"))
    page.get_by_role("button", name="Buka peta").click()
    page.locator(".leaflet-container path.shape-now").first.wait_for()
    look_at(page, "gangguan-umum")
    look_at(page, "gangguan-umum-satu", household.url)
    assert problems(page) == []
    with app.app_context(), tenant_scope(utility) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 39
