"""The first journey: a citizen reports, an officer signs in through Keycloak, answers and closes, the citizen sees it and rates."""

import io
import json
import re

import pytest

from balai.tenancy import tenant_scope
from balai.testing.browser import DESKTOP, PHONE
from balai.testing.words import forbidden

pytestmark = [pytest.mark.browser, pytest.mark.identity]


@pytest.fixture
def two(balai_live, regions):
    """Two open regions with Keycloak organizations; the first has an officer."""
    from balai.auth.provisioning import Provisioner

    one, other = regions(), regions()
    provisioner = Provisioner(balai_live.settings, balai_live.app.extensions["balai.db"])
    for tenant in (one, other):
        provisioner.onboard(tenant)
    return one, other


@pytest.fixture
def officer(balai_live, two):
    """An officer with a password, at the head of the region's first unit."""
    from balai.admin.demo.accounts import ensure_account, ensure_member
    from balai.cases import adopt_admin

    tenant, _other = two
    email, password = f"petugas@{tenant.slug}.contoh.id", "kata-sandi-uji-1"
    with balai_live.app.app_context():
        ensure_account(tenant, email=email, name="Dewi Petugas", password=password)
        with tenant_scope(tenant) as session:
            member = ensure_member(session, email=email, name="Dewi Petugas", roles={"admin", "officer"})
            adopt_admin(session, member.id)
    return email, password


def photo():
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((900, 700), 40).convert("RGB").save(out, "JPEG", quality=80)
    return {"name": "lubang.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def clean(page):
    """No forbidden word stands on a citizen's page."""
    found = forbidden(page.content())
    assert not found, f"{page.url}: {found}"


def test_report_answer_rate(balai_live, two, officer, new_context, screens):
    tenant, other = two
    citizen = new_context(viewport=PHONE).new_page()
    citizen.goto(balai_live.url(None, "/"))
    assert citizen.get_by_role("heading", name="Daerah mana?").is_visible()
    citizen.goto(balai_live.url(tenant, "/"))
    clean(citizen)
    citizen.goto(balai_live.url(tenant, "/layanan/feedback/pengaduan"))
    clean(citizen)
    citizen.get_by_label("Tentang apa?").select_option("jalan")
    citizen.get_by_label("Apa yang terjadi?").fill("Lubang besar di depan sekolah sejak dua minggu.")
    citizen.get_by_label(re.compile("Desa atau kelurahan")).select_option(f"{tenant.region_code}.01.2001")
    citizen.get_by_label(re.compile("Patokan")).fill("depan SD Mekar")
    citizen.get_by_label(re.compile("^Foto")).set_input_files(photo())
    citizen.get_by_label(re.compile("Nama")).last.fill("Ibu Rina")
    citizen.get_by_role("button", name="Kirim").click()
    citizen.wait_for_load_state()
    clean(citizen)
    code = re.search(r"\d{4}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", citizen.inner_text("main")).group()
    citizen.screenshot(path=screens / "terima-kasih-360.png", full_page=True)

    desk = new_context(viewport=DESKTOP).new_page()
    email, password = officer
    desk.goto(balai_live.url(tenant, "/kelola/laporan"))
    desk.fill("input[name=username]", email)
    desk.keyboard.press("Enter")
    desk.wait_for_load_state()
    desk.fill("input[name=password]", password)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("/kelola/laporan"))
    desk.screenshot(path=screens / "laporan-masuk-1280.png")
    desk.get_by_role("link", name=re.compile("Lubang besar")).first.click()
    desk.wait_for_load_state()
    assert "Lubang besar di depan sekolah" in desk.inner_text("main")
    assert desk.locator("main img").count() >= 1
    desk.screenshot(path=screens / "laporan-1280.png", full_page=True)
    desk.locator("summary", has_text="Jawab dan selesaikan").click()
    answer = desk.locator("#langkah-selesaikan")
    answer.locator("textarea").fill("Lubang sudah ditambal tadi pagi. Terima kasih.")
    answer.get_by_role("button", name="Jawab dan selesaikan").click()
    desk.wait_for_load_state()
    assert "Lubang sudah ditambal" in desk.inner_text("main")

    citizen.goto(balai_live.url(tenant, f"/lacak/{code}"))
    clean(citizen)
    assert "Lubang sudah ditambal tadi pagi" in citizen.inner_text("main")
    citizen.screenshot(path=screens / "lacak-360.png", full_page=True)
    citizen.get_by_label(re.compile("^5")).check()
    citizen.get_by_role("button", name="Kirim nilai").click()
    citizen.wait_for_load_state()
    clean(citizen)
    assert re.search("Terima kasih", citizen.inner_text("main"))

    stranger = new_context(viewport=PHONE).new_page()
    for path in (f"/lacak/{code}", "/usul", "/"):
        stranger.goto(balai_live.url(other, path))
        assert "Lubang" not in stranger.content()
    reply = stranger.goto(balai_live.url(other, f"/api/v1/cases/{code}"))
    assert reply.status == 404
    assert "Lubang" not in json.dumps(reply.json())
