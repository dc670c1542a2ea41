"""The biller's day in a real browser: a tariff from a table, who pays more, adopted, the month closed, billed, one bill
explained; then the household's look at it.
"""

from uuid import uuid4

import pytest
import water_books as books

from balai.jobs.worker import drain
from balai.tenancy import tenant_scope
from balai.testing.looking import look_at, sign_in, watched

pytestmark = pytest.mark.browser
TABLE = """golongan;nama;dari;sampai;harga;beban;minimum
RT-A;Rumah tangga A;0;10;1.300;12.500;10
RT-A;;10;20;1.700;;
RT-A;;20;;2.900;;
NK;Niaga kecil;0;10;1.840;23.000;10
NK;;10;;3.350;;
S;Sosial;;;1.050;;
"""


def furnish(session, sub):
    """A tariff that holds, a month that was read and checked."""
    books.adopt(session)
    siti = books.customer(session, sub=sub)
    for n in range(30):
        group = ("RT-A", "NK", "S")[n % 3] if n else "RT-A"
        books.read(
            session,
            books.connect(session, f"34-{n:04d}", siti if n < 2 else books.customer(session), group),
            12 if n < 2 else 1 + n * 7 % 40,
        )
    books.close(session, state="verifying")


def draft(page, at):
    look_at(page, "tarif", at("/kelola/water/tarif"))
    page.click("text=Tempel atau unggah")
    page.fill("#f-isi", TABLE.replace(";10;20;", ";12;20;"))
    page.click("button:has-text('Baca')")
    page.wait_for_selector("text=Ada celah")
    page.fill("#f-isi", TABLE)
    page.click("button:has-text('Baca')")
    page.wait_for_selector("text=Terbaca tanpa kesalahan")
    assert page.input_value("#f-g0-rate-1") == "1700"
    page.fill("#f-g0-rate-2", "seribu")
    page.click("form .form-end button:has-text('Simpan rancangan')")
    page.wait_for_selector("text=Baris 1, harga blok 3")
    page.fill("#f-g0-rate-2", "3.100")
    page.click("form .form-end button:has-text('Simpan rancangan')")
    page.wait_for_selector("text=Rancangan tersimpan")
    look_at(page, "tarif-rancangan")


def compare_and_adopt(page, at):
    page.click("text=Siapa membayar lebih?")
    page.wait_for_selector("text=Belum ada bulan yang selesai dibaca")
    page.goto(at("/kelola/water/pembacaan/2026-10"))
    page.click("text=Tutup bulan ini untuk selamanya")
    page.wait_for_selector("text=Bulan ini ditutup pada")
    page.goto(at("/kelola/water/tarif"))
    page.click("text=Belum bernomor")
    page.click("text=Siapa membayar lebih?")
    page.wait_for_selector("text=Yang paling terkena")
    look_at(page, "tarif-banding")
    page.click("a:has-text('Tetapkan')")
    page.fill("#f-decree", "SK Bupati 45/2026")
    page.fill("#f-decreed_on", "2026-09-01")
    page.fill("#f-valid_from", "2026-09-15")
    page.click("button:has-text('Tetapkan tarif')")
    page.wait_for_selector("text=Tarif ini mulai di tengah bulan")
    look_at(page, "tarif-versi")


def bill(page, at, work):
    look_at(page, "tagihan", at("/kelola/water/tagihan"))
    page.click("text=Oktober 2026")
    assert "SK Bupati 45/2026" in page.content()
    page.click("button:has-text('Terbitkan tagihan')")
    page.wait_for_selector("text=Penagihan sedang berjalan")
    work()
    page.wait_for_selector("text=Semua bacaan yang diterima sudah ditagih")  # the page renews itself
    look_at(page, "tagihan-bulan-selesai")
    page.goto(at("/kelola/water/tagihan/cari?nomor=34-0000"))
    page.click("text=Oktober 2026")
    page.wait_for_selector("text=Air 10 sampai 20 m3")
    look_at(page, "tagihan-satu")
    look_at(page, "tagihan-pengaturan", at("/kelola/water/tagihan/pengaturan"))


def household(page, at):
    look_at(page, "warga-tagihan", at("/layanan/water/h/tagihan"))
    page.click("text=Oktober 2026 >> nth=0")
    page.wait_for_selector("text=Ajukan keberatan")
    look_at(page, "warga-tagihan-satu")
    assert "bulan=2026-10" in page.get_attribute("a:has-text('Ajukan keberatan')", "href")


def test_the_billers_day(live_app, live_url, regions, browser_page):
    page, sub = watched(browser_page, ignoring=("404", "422")), str(uuid4())
    tenant = regions(name="Kabupaten Uji Air", plugins=("feedback", "water"))
    with live_app.app_context(), tenant_scope(tenant) as session:
        furnish(session, sub)

    def at(path):
        return live_url(tenant, path)

    sign_in(page, live_app, tenant, "water.biller")
    draft(page, at)
    compare_and_adopt(page, at)
    bill(page, at, lambda: drain(live_app, tenant=tenant))
    page.context.clear_cookies()
    sign_in(page, live_app, tenant, sub=sub, name="Siti Aminah")
    household(page, at)
