"""The console's pages of readings: a month walked from opening to closing, what is odd decided about, a table brought in."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select
from test_water_readings import connect, months, said

from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai_water.readings.models import Reading
from balai_water.readings.recording import record
from balai_water.readings.tables import KIND
from balai_water.register.models import Connection
from balai_water.register.services import By

PATH = "/kelola/water/pembacaan"


@pytest.fixture
def utility(regions):
    return regions(plugins=("water",))


@pytest.fixture
def books(app, utility):
    with app.app_context(), tenant_scope(utility) as session:
        yield session


def test_a_month_on_the_pages(client_of, utility, books):
    client = client_of(utility)
    act_as(client, utility, "water.biller", "water.clerk")
    homes = [connect(books) for _ in range(3)]
    books.commit()
    assert "Belum ada bulan" in client.get(PATH).text
    assert "Tanggal baca" in client.get("/kelola/water/impor/pembacaan").text
    opened = post_form(client, PATH, {})
    month = date.fromisoformat(opened.location.rsplit("/", 1)[1] + "-01")
    page = f"{PATH}/{month:%Y-%m}"
    assert opened.location.endswith(page)
    record(
        books, [said(homes[0], month, 118, day=1), said(homes[1], month, 480, day=1), said(homes[2], month, 100, day=1)]
    )
    books.commit()
    assert post_form(client, f"{page}/baca", {}).status_code == 303
    assert post_form(client, f"{page}/periksa", {}).status_code == 303
    text = client.get(page).text
    assert "2 pembacaan perlu dilihat" in text
    assert "Tutup bulan ini" not in text
    assert post_form(client, f"{page}/tutup", {}).status_code == 422

    queue = client.get(f"{page}/antrean?sebab=zero").text
    assert "Tidak ada pemakaian" in queue
    assert post_form(client, f"{page}/antrean?sebab=zero", {"reason": ""}).status_code == 422
    assert post_form(client, f"{page}/antrean?sebab=zero", {"reason": "Rumah kosong"}).status_code == 303
    one = f"{PATH}/satu/{months(books, homes[1])[month].id}"
    assert "Jauh lebih banyak" in client.get(one).text
    refused = post_form(client, f"{one}/perbaiki", {"stand": "1,180", "reason_perbaiki": "Salah baca"})
    assert refused.status_code == 422
    assert "dua cara" in refused.text
    assert post_form(client, f"{one}/perbaiki", {"stand": "120", "reason_perbaiki": "Salah baca"}).status_code == 303
    assert post_form(client, f"{page}/tutup", {}).status_code == 303
    assert "ditutup pada" in client.get(page).text

    assert post_form(client, f"{one}/taksir", {"reason_taksir": "lupa"}).status_code == 422
    assert post_form(client, PATH, {}).status_code == 303
    assert post_form(client, f"{one}/susulan", {"use": "15", "reason_susulan": "Foto dilihat lagi"}).status_code == 303
    assert "-5 m³" in client.get(one).text
    table = client.get(f"{page}/unduh.csv").text
    assert table.count("\r\n") == 4
    assert ";120;" in table


def test_who_may_not_see_or_decide(client_of, utility, regions, books):
    home = connect(books)
    client = client_of(utility)
    act_as(client, utility, "water.biller")
    month = date.fromisoformat(post_form(client, PATH, {}).location.rsplit("/", 1)[1] + "-01")
    record(books, [said(home, month, 118, day=1)])
    books.commit()
    one = f"{PATH}/satu/{months(books, home)[month].id}"
    reader = client_of(utility)
    act_as(reader, utility, "water.reader")
    assert reader.get(one).status_code == 403
    clerk = client_of(utility)
    act_as(clerk, utility, "water.clerk")
    assert clerk.get(one).status_code == 200
    assert "Putuskan" not in clerk.get(one).text
    assert post_form(clerk, f"{one}/ulang", {"reason_ulang": "coba"}).status_code == 403

    # Another utility's people, with every right there, meet nothing of this one.
    elsewhere = regions(plugins=("water",))
    stranger = client_of(elsewhere)
    act_as(stranger, elsewhere, "water.biller", "water.clerk", "water.reader")
    post_form(stranger, PATH, {})
    post_form(stranger, f"{PATH}/{month:%Y-%m}/baca", {})
    for path in (one, f"{one}/foto", f"/kelola/water/baca/{home}", f"/layanan/water/h/meter/{home}"):
        assert stranger.get(path).status_code == 404, path
    for act in ("terima", "perbaiki", "ulang", "taksir", "susulan", "lain"):
        given = {f"reason_{act}": "coba", "stand": "1", "use": "1"}
        assert post_form(stranger, f"{one}/{act}", given).status_code == 404, act
    sent = {"connection": str(home), "month": f"{month:%Y-%m}", "stand": "9", "client_id": str(uuid4())}
    for path in ("/kelola/water/baca/kirim", f"/kelola/water/baca/{home}", f"/layanan/water/h/meter/{home}"):
        assert post_form(stranger, path, sent).status_code == 404, path
    assert months(books, home)[month].stand == 118


def test_a_table_with_bad_lines_names_them_and_brings_the_rest(books):
    from balai_water.readings.periods import open_period

    month = date(2026, 3, 1)
    open_period(books, month)
    homes = {books.get_one(Connection, (books.tenant_id, connect(books))).number: n for n in range(8)}
    numbers = list(homes)
    lines = ["nomor;bulan;stand;tanggal", *(f"{n};2026-03;{118 + i};20/03/2026" for i, n in enumerate(numbers))]
    lines[2] = f"{numbers[1]};2026-03;1.234,5;20/03/2026"
    lines[4] = f"{numbers[3]}x;2026-03;120;20/03/2026"
    lines[6] = f"{numbers[5]};2026-04;120;20/03/2026"
    lines.append(f"{numbers[0]};2026-03;118;20/03/2026")
    lines.append(f"{numbers[7]};2026-03;118000;20/03/2026")
    data = ("\ufeff" + "\r\n".join(lines)).encode()
    reading = KIND.read(books, data)
    told = reading.told()
    assert [(fault.line, fault.column) for fault in sorted(reading.faults, key=lambda f: f.line)] == [
        (3, "stand"), (5, "nomor"), (7, "bulan"), (10, "nomor"), (11, "stand"),
    ]  # fmt: skip
    assert told[0].startswith("Baris 3, Angka meter: 1.234,5")
    done = KIND.store(books, reading.rows, By(None))
    assert done == {"new": 5, "replaced": 0, "second": 0, "known": 0, "late": 0, "held": 0}
    assert KIND.store(books, KIND.read(books, data).rows, By(None))["known"] == 5
    assert len(list(books.scalars(select(Reading)))) == 5
