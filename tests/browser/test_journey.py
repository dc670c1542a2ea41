"""The first journey: a citizen reports, an officer signs in through Keycloak and answers, the citizen sees it and rates."""

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

    one, other = regions(name="Kota Mekarsari"), regions(name="Kabupaten Sebelah")
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


def report(page, balai_live, tenant, screens):
    """Fill in and send a complaint with a photo and a place, without an account; the code."""
    page.goto(balai_live.url(tenant, "/layanan/feedback/pengaduan"))
    clean(page)
    page.get_by_label("Tentang apa?").select_option("jalan")
    page.get_by_label("Apa yang terjadi?").fill("Lubang besar di depan sekolah sejak dua minggu.")
    page.get_by_label(re.compile("Desa atau kelurahan")).select_option(f"{tenant.region_code}.01.2001")
    page.get_by_label(re.compile("Patokan")).fill("depan SD Mekar")
    page.get_by_label(re.compile("^Foto")).set_input_files(photo())
    page.get_by_label(re.compile("Nama")).last.fill("Ibu Rina")
    page.screenshot(path=screens / "formulir-360.png")
    page.get_by_role("button", name="Kirim").click()
    page.wait_for_load_state()
    clean(page)
    return re.search(r"\d{4}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", page.inner_text("main")).group()


def answer(page, balai_live, tenant, officer, screens):
    """Sign in through Keycloak's two pages, open the report from the inbox, answer and close it."""
    email, password = officer
    page.goto(balai_live.url(tenant, "/kelola/laporan"))
    page.fill("input[name=username]", email)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/kelola/laporan"))
    page.screenshot(path=screens / "laporan-masuk-1280.png")
    page.get_by_role("link", name=re.compile("Lubang besar")).first.click()
    page.wait_for_load_state()
    assert "Lubang besar di depan sekolah" in page.inner_text("main")
    assert page.locator("main img").count() >= 1
    page.screenshot(path=screens / "laporan-1280.png")
    page.locator("summary", has_text="Jawab dan selesaikan").click()
    step = page.locator("#langkah-selesaikan")
    step.locator("textarea").fill("Lubang sudah ditambal tadi pagi. Terima kasih.")
    step.get_by_role("button", name="Jawab dan selesaikan").click()
    page.wait_for_load_state()
    assert "Lubang sudah ditambal" in page.inner_text("main")


def test_report_answer_rate(balai_live, two, officer, new_context, screens):
    tenant, other = two
    citizen = new_context(viewport=PHONE).new_page()
    citizen.goto(balai_live.url(None, "/"))
    assert citizen.get_by_role("heading", name="Daerah mana?").is_visible()
    citizen.screenshot(path=screens / "daerah-mana-360.png")
    citizen.goto(balai_live.url(tenant, "/"))
    clean(citizen)
    citizen.screenshot(path=screens / "beranda-360.png")
    code = report(citizen, balai_live, tenant, screens)
    citizen.screenshot(path=screens / "terima-kasih-360.png")

    answer(new_context(viewport=DESKTOP).new_page(), balai_live, tenant, officer, screens)

    citizen.goto(balai_live.url(tenant, f"/lacak/{code}"))
    clean(citizen)
    assert "Lubang sudah ditambal tadi pagi" in citizen.inner_text("main")
    citizen.screenshot(path=screens / "lacak-360.png")
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
