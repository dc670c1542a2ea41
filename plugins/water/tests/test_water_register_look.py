"""A clerk's morning in a browser: a table with faults, a customer found by name, a meter changed, a well counted."""

import pytest

from balai.tenancy import tenant_scope
from balai.testing.looking import look_at, problems, sign_in, watched
from balai_water.register import customers, services
from balai_water.register.models import Route, Source, Zone
from balai_water.register.services import NewMeter

pytestmark = pytest.mark.browser
NAMES = ("Siti Aminah", "Budi Santoso", "Rina Sari Dewi", "Warung Mbak Tum", "RSUD Panembahan Senopati", "Joko Susilo")


@pytest.fixture
def tenant(regions):
    return regions(plugins=("feedback", "water"), name="Kabupaten Uji Loket")


@pytest.fixture
def register(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        session.add_all([Zone(key="U", name="Zona Utara"), Route(key="R-01", name="Jalan Melati")])
        session.flush()
        for n, name in enumerate(NAMES):
            customer = customers.add(session, {"name": name, "phone": f"0812 3456 78{n:02d}"})
            made = services.connect(
                session, number=f"00{n:04d}", customer_id=customer.id, group_key="RT-A", region=f"{tenant.region_code}.01.2001",
                address="Jalan Melati 5, RT 3", meter=NewMeter(f"M-{n}"), priority="hospital" if "RSUD" in name else None,
            )  # fmt: skip
            if n == 1:
                services.suspend(session, made.id, reason="Rumah kosong setahun")
        session.add(
            Source(
                kind="village_system", name="PAMSIMAS Sari", region=f"{tenant.region_code}.01.2002", households=240, year=2025,
                counted_by="Pendataan desa",
            )
        )  # fmt: skip
    return tenant


def test_a_clerks_morning(new_context, app, register, live_url):
    page = watched(new_context(viewport={"width": 1280, "height": 860}).new_page(), ignoring=("422",))
    sign_in(page, app, register, "water.clerk", "officer")
    look_at(page, "air-pelanggan", live_url(register, "/kelola/water/pelanggan"))
    page.get_by_label("Nomor, nama, atau telepon").fill("dewi rina")
    page.get_by_role("button", name="Tampilkan").click()
    page.get_by_role("link", name="000002").click()
    look_at(page, "air-sambungan")
    page.get_by_role("link", name="Ganti meter").click()
    page.get_by_label("Nomor meter").fill("M-99")
    page.get_by_label("Angka terakhir").fill("812")
    page.get_by_label("Alasan").fill("Macet")
    page.get_by_role("button", name="Catat meter baru").click()
    page.get_by_text("M-2 → M-99").wait_for()
    look_at(page, "air-sambungan-baru", live_url(register, "/kelola/water/pelanggan/baru"))
    page.goto(live_url(register, "/kelola/water/impor/sambungan"))
    village = f"{register.region_code}.01.2001"
    lines = [f"00010{n};Pelanggan {n};0813000000{n};Jalan {n};{village};RT-A;{n}" for n in range(3)]
    faulty = [f"7;Tak Lengkap;;Jalan 9;{village};RT-A;0", f"000109;Tak Lengkap;;;{village};;1.234,5"]
    text = "\n".join(["nomor;nama;telepon;alamat;wilayah;kelompok;stand_awal", *lines, *faulty])
    table = {"name": "pelanggan.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    page.get_by_label("Berkas CSV atau XLSX").set_input_files(table)
    page.get_by_role("button", name="Periksa").click()
    page.get_by_text("Baris 5, Nomor sambungan").wait_for()
    look_at(page, "air-tabel-diperiksa")
    page.get_by_label("Lewati baris yang salah").check()
    page.get_by_role("button", name="Masukkan 3 baris").click()
    page.get_by_text("Tabel ini sudah masuk.").wait_for()
    look_at(page, "air-sumber", live_url(register, "/kelola/water/sumber"))
    page.get_by_role("link", name="PAMSIMAS Sari").click()
    page.get_by_label("Keluarga yang dilayani").fill("251")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Tersimpan.").wait_for()
    look_at(page, "air-zona-rute", live_url(register, "/kelola/water/tempat"))
    assert problems(page) == []
