"""Pages of treasurer and citizen in Debian's Chromium, at 360 and 1280 px.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

import re
from datetime import timedelta

import pytest

from balai import billing
from balai.billing import InvoiceDraft, InvoiceLine, LateFee, Payer, settings
from balai.billing.days import today
from balai.clock import frozen, now
from balai.tenancy import tenant_scope
from balai.testing.looking import look_at, sign_in, watched

pytestmark = pytest.mark.browser
K = "/kelola/keuangan"


@pytest.fixture
def bill(app, tenant):
    """An overdue bill with a part paid, two months of late fees and a credit; a paid one; parts that were asked for."""
    reason = {"tarif": "Rumah tangga A, blok 2", "dasar": "Perwal 12/2025"}
    rule = LateFee("percent", 200, decree="Perda 3/2024")
    with app.app_context(), tenant_scope(tenant) as session:
        with frozen(now() - timedelta(days=60)):
            due = today(session) + timedelta(days=10)
            lines = [
                InvoiceLine("Pemakaian air", 22_000, "pendapatan", 20, 1_100, "m3", reason),
                InvoiceLine("Beban tetap", 11_500, "pendapatan", reason=reason),
            ]
            payer = Payer("Siti Aminah", "081234567890", sub="warga-1")
            made = [billing.issue(session, InvoiceDraft("AIR", "x", str(n), payer, lines, due, rule)) for n in range(3)]
        pay = {"method": "kasir", "paid_at": now(), "account": "kas"}
        billing.settle(session, made[0].id, 10_000, reference="1", **pay)
        billing.settle(session, made[1].id, 40_000, reference="2", **pay)
        billing.apply_late_fees(session)
        billing.credit(session, made[0].id, 5_000, reason="keluarga tidak mampu", decree="SK 7/2026")
        first = today(session) + timedelta(days=3)
        half = made[2].rest // 2
        parts = [(first, half), (first + timedelta(days=30), made[2].rest - half)]
        billing.ask_instalments(session, made[2].id, parts, reason="panen gagal")
        settings.set_how_to_pay(
            session, "Loket Kas Daerah, Senin-Jumat 08.00-14.00.\nRekening Bank Daerah 123-456-789."
        )
        return made[0].number


def test_a_citizens_pages(new_context, app, tenant, live_url, bill):
    page = watched(new_context().new_page(), ignoring=())
    sign_in(page, app, tenant, sub="warga-1")
    look_at(page, "tagihan-saya", live_url(tenant, "/tagihan"))
    page.get_by_role("link", name="Pemakaian air").first.click()
    look_at(page, "tagihan-satu")
    assert page.get_by_text("Denda terlambat").count()
    look_at(page, "data-saya-tagihan", live_url(tenant, "/privasi/data-saya"))


def test_a_treasurers_pages(new_context, app, tenant, live_url, bill):
    page = watched(new_context().new_page(), ignoring=())
    sign_in(page, app, tenant, "treasurer")
    paths = (
        "",
        "/tagihan",
        f"/tagihan/{bill}",
        "/pendapatan",
        "/potongan",
        "/buku",
        "/ekspor",
        "/cicilan",
        "/cara-bayar",
    )
    for path in paths:
        look_at(page, "keuangan" + re.sub("[/.]", "-", path), live_url(tenant, K + path))


def test_a_treasurer_proves_the_books_with_the_keyboard(new_context, app, tenant, live_url, bill):
    page = watched(new_context().new_page(), ignoring=())
    sign_in(page, app, tenant, "treasurer")
    page.goto(live_url(tenant, f"{K}/buku"))
    page.get_by_role("button", name="Periksa sekarang").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Semua cocok").wait_for()
    look_at(page, "keuangan-buku-cocok")
