"""Bills of another system: taken over every night, the same table changes nothing, the household sees them and where to pay."""

import json
from datetime import date
from uuid import uuid4

import pytest
import water_books as books
from click.testing import CliRunner
from sqlalchemy import func, select

from balai.testing.acting import act_as, bearer_for
from balai.testing.live import environment_of
from balai.testing.pages import post_form
from balai.testing.words import plain
from balai_water.bills import settings as billing
from balai_water.bills.models import Bill

PATH = "/api/v1/water/bills"
HEAD = "No Pelanggan;Periode;Kubikasi;Total;Jatuh Tempo;Status;Tgl Bayar;No Rekening;Air;Beban"
GOOD = f"""{HEAD}
0001;10/2026;12;37.300;20/11/2026;belum;;R-1;25.800;11.500
0002;2026-10;0;Rp 22500;;lunas;05/11/2026;R-2;;
0003;Oktober 2026;7;22500;;lunas;;R-3;;
"""


@pytest.fixture
def utility(regions):
    return regions(plugins=("feedback", "water"))


@pytest.fixture
def opened(app, utility):
    from flask import g

    with app.app_context():
        g.tenant = utility
        session = app.extensions["balai.db"].session(utility.id)
        yield session
        session.close()


def test_a_table_every_night(app, client_of, opened, utility):
    sub = str(uuid4())
    siti = books.customer(opened, sub=sub)
    taps = [books.connect(opened, f"000{n}", siti) for n in range(1, 5)]
    books.adopt(opened)
    books.read(opened, taps[3], 5)
    books.close(opened)
    from test_water_bills import begin, run_all

    run_all(opened, begin(opened))
    billing.save(opened, mode="external", unit_id=None, due_day=20, pay_at="Loket Perumda, Jalan Air 1")
    opened.commit()

    client, biller = client_of(utility), bearer_for(app, utility, "water.biller")
    assert client.put(PATH, data=GOOD.encode()).status_code == 401
    assert client.put(PATH, data=GOOD.encode(), headers=bearer_for(app, utility, "water.reader")).status_code == 403

    def send(text, encoding="utf-8-sig", query=""):
        return client.put(PATH + query, data=text.encode(encoding), headers=biller)

    assert send(GOOD).get_json() == {"total": 3, "changed": 3, "same": 0, "left_out": 0, "faults": []}
    assert send(GOOD, "cp1252").get_json()["same"] == 3
    paid = send(GOOD.replace("20/11/2026;belum;", "20/11/2026;lunas;21/11/2026"))
    assert (paid.get_json()["changed"], paid.get_json()["same"]) == (1, 2)
    rows = {b.connection_id: b for b in opened.scalars(select(Bill).where(Bill.external.is_not(None)))}
    assert [rows[t.id].paid_on for t in taps[:2]] == [date(2026, 11, 21), date(2026, 11, 5)]
    assert rows[taps[2].id].paid_on is not None
    assert rows[taps[1].id].due_on == date(2026, 11, 20)

    wrong = GOOD.replace("37.300", "37.301").replace("0002;", "2;").replace("0003;", "0004;")
    refused = send(wrong)
    assert refused.status_code == 422
    told = " ".join(e["message"] for e in refused.get_json()["errors"])
    for words in (
        "Baris 2, Jumlah tagihan",
        "Baris 3, Nomor sambungan: 2 tidak ada; yang ada 0002",
        "Baris 4, Nomor",
        "sudah ditagih di Balai",
    ):
        assert words in told
    taken = send(wrong + "0003;10/2026;8;23000;;belum;;R-3;;\n", query="?tanpa=ya").get_json()
    assert (taken["changed"], taken["left_out"]) == (1, 3)
    opened.expire_all()
    assert rows[taps[2].id].paid_on is None
    assert opened.scalar(select(func.count()).select_from(Bill)) == 4
    assert opened.scalars(select(Bill.total).where(Bill.invoice_id.is_not(None))).one() == 22500

    citizen, staff = client_of(utility), client_of(utility)
    act_as(citizen, utility, sub=sub)
    act_as(staff, utility, "water.biller")
    page = citizen.get(f"/layanan/water/h/tagihan/{rows[taps[2].id].id}").text
    assert "Loket Perumda, Jalan Air 1" in page
    assert plain(page)
    assert "lunas" in citizen.get("/layanan/water/h/tagihan").text
    assert "dari sistem lain" in staff.get(f"/kelola/water/tagihan/{rows[taps[0].id].id}").text
    month = "/kelola/water/tagihan/bulan/2026-10"
    assert "Tagihan dibuat oleh sistem lain" in staff.get(month).text
    assert post_form(staff, month, {"due_on": "2027-01-01"}).status_code == 422
    assert staff.get("/kelola/water/impor/tagihan").status_code == 200


def test_a_timer_brings_the_table_by_command(settings, opened, utility, tmp_path):
    siti = books.customer(opened)
    for n in range(1, 4):
        books.connect(opened, f"000{n}", siti)
    opened.commit()
    from balai.cli import main

    table = tmp_path / "tagihan.csv"
    table.write_bytes(GOOD.replace("37.300", "37.301").encode())
    call = ["--json", "plugin", "run", utility.slug, "water.take_bills", "--file", str(table)]
    environ = environment_of(settings)
    failed = CliRunner().invoke(main, call, env=environ)
    assert failed.exit_code == 4
    assert "Baris 2, Jumlah tagihan" in failed.output
    done = CliRunner().invoke(main, [*call, "tanpa=ya"], env=environ)
    assert (done.exit_code, json.loads(done.stdout)["result"]) == (0, {"changed": 2, "same": 0, "left_out": 1}), (
        done.output
    )
    assert CliRunner().invoke(main, ["plugin", "run", utility.slug, "water.nothing"], env=environ).exit_code == 4
    assert opened.scalar(select(func.count()).select_from(Bill)) == 2
