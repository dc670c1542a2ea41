"""The billing run: once each, resumable, equal to the arithmetic; bills explained; what stands in the way is named."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import water_books as books
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from water_books import MONTH

from balai.api import Conflict, Invoice, find_invoice, invoice_payer
from balai.cases import Place, Reporter, Unit, file_case
from balai.cases import service as find_service
from balai.clock import now
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.offices import open_office
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated
from balai_water.bills import comparing, services
from balai_water.bills import settings as billing_settings
from balai_water.bills.models import Bill, Objection
from balai_water.months import today
from balai_water.register.models import Connection
from balai_water.tariffs import Card, charge, read_tariff
from balai_water.tariffs.services import tariff_of

PATH = "/kelola/water/tagihan"


@pytest.fixture
def utility(regions):
    return regions(plugins=("feedback", "water"))


@pytest.fixture
def opened(app, utility):
    """A session of the utility."""
    from flask import g

    with app.app_context():
        g.tenant = utility
        session = app.extensions["balai.db"].session(utility.id)
        yield session
        session.close()


def run_all(session, run, batch=2):
    steps = 1
    while services.step(session, run.id, batch=batch):
        session.commit()
        steps += 1
    session.commit()
    return steps


def begin(session):
    return services.start(session, MONTH, today() + timedelta(days=20), member_id=None)


def test_what_is_in_the_way_of_a_run(opened):
    with pytest.raises(Conflict, match="belum ditutup"):
        begin(opened)
    books.close(opened)
    with pytest.raises(services.NoTariff):
        begin(opened)
    books.adopt(opened, valid_from=date(2026, 10, 2))
    with pytest.raises(services.NoTariff):  # it begins in the middle of the month
        begin(opened)
    books.adopt(opened, valid_from=date(2026, 9, 15), decree="SK 9")
    run = begin(opened)
    with pytest.raises(Conflict, match="sedang ditagih"):
        begin(opened)
    opened.rollback()
    assert run.id


def test_a_month_is_billed_once_and_every_bill_explains_itself(opened, utility):
    version = books.adopt(opened)
    sub = str(uuid4())
    siti, nobody = books.customer(opened, sub=sub), books.customer(opened, name=None)
    taps = [books.connect(opened, f"000{n}", siti) for n in range(5)]
    odd = books.connect(opened, "0009", siti)
    unknown = books.connect(opened, "0010", siti, group="X")
    card = {"label": "Kartu Air", "decree": "Pergub 37", "cubic_metres": 10, "rate": 0, "fixed": 0}
    poor = books.connect(opened, "0011", nobody, card=card)
    for n, tap in enumerate(taps[:4]):
        books.read(opened, tap, n * 12)
    books.read(opened, odd, 5, state="check")
    books.read(opened, unknown, 5)
    books.read(opened, poor, 8, kind="estimate")
    books.close(opened)
    run = begin(opened)
    opened.commit()
    assert run_all(opened, run) == 4  # 6 connections with a use, two at a time, and a look for more
    assert run.state == "done"
    assert run.counts["billed"] == 5
    assert run.counts["left_out"] == 1

    bills = {bill.connection_id: bill for bill in opened.scalars(select(Bill))}
    assert sorted(bills) == sorted([*(t.id for t in taps[:4]), poor.id])
    assert [bills[t.id].total for t in taps[:4]] == [22500, 25460, 45300, 73500]
    bill = bills[taps[3].id]
    invoice = find_invoice(opened, bill.invoice_id)
    assert (invoice.total, invoice.subject_id, bill.charged_m3, bill.stand) == (73500, str(bill.id), 36, 136)
    assert [(line["quantity"], line["amount"]) for line in invoice.lines] == [
        (10, 11000), (10, 14800), (10, 20000), (6, 16200), (1, 11500),
    ]  # fmt: skip
    assert invoice.lines[0]["reason"] == {
        "group": "Rumah tangga A", "decree": "SK Bupati 12/2026", "tariff_version": "berlaku sejak 01-01-2026",
    }  # fmt: skip
    assert invoice.late_fee_rule["rate"] == 200
    assert (invoice.late_fee_rule["grace_days"], invoice.late_fee_rule["most"]) == (3, 6)
    assert invoice_payer(opened, invoice).name == "Siti Aminah"
    free = find_invoice(opened, bills[poor.id].invoice_id)
    assert (free.total, free.state, bills[poor.id].estimated) == (0, "paid", True)
    assert invoice_payer(opened, free).name == "Pelanggan 0011"

    again = begin(opened)
    run_all(opened, again)
    assert (again.state, again.counts["billed"]) == ("done", 0)
    why = {number: (reason, group) for _id, number, reason, group in services.queries.left_out(
        opened, MONTH, list(tariff_of(version).groups), 10)}  # fmt: skip
    assert why == {"0004": ("unread", "RT-A"), "0009": ("check", "RT-A"), "0010": ("group", "X")}
    # Read after all: the next run takes only what is missing.
    books.read(opened, taps[4], 1)
    late = begin(opened)
    run_all(opened, late)
    assert late.counts["billed"] == 1
    assert opened.scalar(select(func.count()).select_from(Invoice)) == 6
    mine = services.of_customers(opened, [siti.id])
    assert len(mine) == 5
    assert {row.status for row in mine} == {"open"}


def test_a_killed_batch_leaves_nothing_and_the_next_worker_goes_on(app, opened, utility, monkeypatch):
    books.adopt(opened)
    siti = books.customer(opened)
    for n in range(5):
        books.read(opened, books.connect(opened, f"{n:04d}", siti), n)
    books.close(opened)
    run = begin(opened)
    opened.commit()
    assert services.step(opened, run.id, batch=2)
    opened.commit()
    real = services.queries.add

    def dies(*args, **named):
        real(*args, **named)
        raise KeyboardInterrupt  # the process is gone: invoices are written, bills too, nothing was committed

    monkeypatch.setattr(services.queries, "add", dies)
    with pytest.raises(KeyboardInterrupt):
        services.step(opened, run.id, batch=2)
    opened.rollback()
    monkeypatch.undo()
    assert opened.scalar(select(func.count()).select_from(Bill)) == 2
    assert opened.scalar(select(func.count()).select_from(Invoice)) == 2
    from balai_water.bills.tasks import queue_step

    queue_step(opened, run.id)
    queue_step(opened, run.id)
    opened.commit()
    drain(app, tenant=utility)
    opened.expire_all()
    assert (run.state, run.counts["billed"]) == ("done", 5)
    invoices = opened.scalars(select(Invoice).order_by(Invoice.serial)).all()
    assert [invoice.serial for invoice in invoices] == [1, 2, 3, 4, 5]
    assert opened.scalar(select(func.count()).select_from(Bill)) == 5


def test_nobody_to_bill_is_no_fault(opened):
    books.adopt(opened)
    books.close(opened)
    run = begin(opened)
    assert run_all(opened, run) == 1
    assert (run.state, run.counts["billed"]) == ("done", 0)
    found = comparing.compare(opened, MONTH, *[tariff_of(books.adopt(opened, valid_from=date(2026, 2, 1)))] * 2)
    assert found.total.count == 0
    assert found.most == []


GROUPS = ("RT-A", "NK", "S", "X")
CARDS = (
    None,
    {"label": "K", "decree": "D", "cubic_metres": 7, "rate": 100},
    {"label": "K", "decree": "D", "group": "S"},
    {"label": "K", "decree": "D", "group": "NONE"},
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.sampled_from(CARDS), st.integers(0, 80)), max_size=12))
def test_a_run_and_a_comparison_equal_the_arithmetic(opened, cases):
    opened.rollback()
    opened.info.pop("balai.billing.accounts", None)  # what the example before had opened went with its rollback
    tariff = tariff_of(books.adopt(opened))
    siti = books.customer(opened)
    wanted = {}
    for n, (group, card, use) in enumerate(cases):
        tap = books.connect(opened, f"{n:04d}", siti, group=group, card=card)
        books.read(opened, tap, use)
        try:
            wanted[tap.id] = charge(tariff, group, use, card=Card(**card) if card else None).total
        except KeyError:
            continue
    books.close(opened)
    run = begin(opened)
    while services.step(opened, run.id, batch=5):
        pass
    made = {row[0]: row[1] for row in opened.execute(select(Bill.connection_id, Bill.total))}
    assert made == wanted
    assert run.counts["rupiah"] == sum(wanted.values())
    assert run.counts["left_out"] == len(cases) - len(wanted)
    dearer = {**books.TABLE, "stamp_duty": None, "groups": [
        g | {"fixed": g["fixed"] + 1000} for g in books.TABLE["groups"] if g["key"] != "NK"]}  # fmt: skip
    found = comparing.compare(opened, MONTH, tariff, read_tariff("D", dearer))
    assert found.total.count + sum(found.unknown.values()) == len(cases)
    assert sum(found.spread) == found.total.count
    assert found.total.before == sum(g.before for g in found.groups.values())
    opened.rollback()


def test_a_comparison_names_who_pays_more(opened):
    now = tariff_of(books.adopt(opened))
    siti = books.customer(opened)
    for n in range(30):
        books.read(opened, books.connect(opened, f"{n:04d}", siti, group="NK" if n % 3 else "RT-A"), n)
    books.close(opened)
    shop = books.TABLE["groups"][1]
    shop = shop | {"fixed": shop["fixed"] - 500, "blocks": [*shop["blocks"][:2], {"upto": None, "rate": 9000}]}
    rules = books.TABLE | {"groups": [shop]}
    found = comparing.compare(opened, MONTH, now, read_tariff("Rancangan", rules))
    assert found.unknown == {"RT-A": 10}
    assert (found.total.count, found.total.less, found.total.more) == (20, 14, 6)
    assert [(a.number, a.use, a.after - a.before) for a in found.most][:2] == [("0029", 29, 60350), ("0028", 28, 54700)]
    assert found.spread == [14, 0, 0, 0, 2, 2, 2]


@pytest.fixture
def served(opened, utility):
    """A closed month of two households; the account of the first."""
    books.adopt(opened)
    sub = str(uuid4())
    siti, budi = books.customer(opened, sub=sub), books.customer(opened, name="Budi", sub=str(uuid4()))
    books.read(opened, books.connect(opened, "0001", siti), 12)
    books.read(opened, books.connect(opened, "0002", budi), 5)
    books.close(opened)
    office = open_office(opened)
    opened.get_one(Unit, (opened.tenant_id, office.unit_id)).payment_account = "BPD 123-456 a.n. Perumda Air"
    opened.commit()
    return sub


@pytest.fixture
def billed(app, client_of, served, opened, utility):
    """The month, billed on the pages; (client of staff, client of the household, its bill, the other's)."""
    staff, citizen = client_of(utility), client_of(utility)
    act_as(staff, utility, "water.biller")
    act_as(citizen, utility, sub=served, name="Siti Aminah")
    unit = billing_settings.units(opened)[0][0]
    given = {"mode": "own", "unit_id": unit, "due_day": "20", "pay_at": "Loket Perumda"}
    assert post_form(staff, f"{PATH}/pengaturan", given | {"due_day": "31"}).status_code == 422
    assert post_form(staff, f"{PATH}/pengaturan", given).status_code == 303
    month = f"{PATH}/bulan/2026-10"
    assert plain(staff.get(month).text)
    assert post_form(staff, month, {"due_on": "2020-01-01"}).status_code == 422
    assert post_form(staff, month, {"due_on": (today() + timedelta(days=9)).isoformat()}).status_code == 303
    assert "Penagihan sedang berjalan" in staff.get(month).text
    drain(app, tenant=utility)
    assert "Semua bacaan yang diterima sudah ditagih" in staff.get(month).text
    opened.rollback()
    query = select(Connection.number, Bill).join(Connection, Connection.id == Bill.connection_id)
    bills = {row[0]: row[1] for row in opened.execute(query)}
    return staff, citizen, bills["0001"], bills["0002"]


def test_staff_and_household_see_the_same_lines_and_others_nothing(billed, client_of, opened, utility):
    staff, citizen, mine, theirs = billed
    assert str(opened.scalars(select(Invoice.unit_id)).first()) == billing_settings.units(opened)[0][0]
    seen = staff.get(f"{PATH}/{mine.id}").text
    own = citizen.get(f"/layanan/water/h/tagihan/{mine.id}").text
    for text in (seen, own):
        for words in ("Air 0 sampai 10 m3", "SK Bupati 12/2026", "meter dari 100 ke 112", "BPD 123-456", "25.460"):
            assert words in text
        assert plain(text)
    listed = citizen.get("/layanan/water/h/tagihan").text
    assert "0001" in listed
    assert "0002" not in listed
    assert citizen.get(f"/layanan/water/h/tagihan/{theirs.id}").status_code == 404
    assert not untranslated(
        citizen.get(f"/layanan/water/h/tagihan/{mine.id}?bahasa=qps").text, data=("Rp", "Oktober 2026")
    )
    stranger = client_of(utility)
    assert "0001" not in stranger.get("/layanan/water/h/tagihan").text
    assert stranger.get(f"/layanan/water/h/tagihan/{mine.id}").status_code == 404
    assert stranger.get(f"/layanan/water/h/tagihan/{mine.id}/bayar").status_code == 404
    paying = citizen.get(f"/layanan/water/h/tagihan/{mine.id}/bayar")
    assert paying.status_code == 303
    assert citizen.get(paying.location, follow_redirects=True).status_code == 200
    assert staff.get(f"{PATH}/cari?nomor=0001").location == f"{PATH}/sambungan/{mine.connection_id}"
    assert "Oktober 2026" in staff.get(f"{PATH}/sambungan/{mine.connection_id}").text
    assert staff.get(f"{PATH}/bulan/2026-09").status_code == 404


def test_a_run_that_stands_still_is_pushed_on(app, client_of, served, opened, utility):
    client = client_of(utility)
    act_as(client, utility, "water.biller")
    run = begin(opened)
    run.moved_at = now() - timedelta(minutes=10)
    opened.commit()
    path = f"{PATH}/bulan/2026-10"
    page = client.get(path).text
    assert "Tidak ada kemajuan sejak" in page
    assert 'http-equiv="refresh"' not in page
    assert post_form(client, path, {"langkah": "lanjut"}).status_code == 303
    drain(app, tenant=utility)
    opened.expire_all()
    assert (run.state, run.counts["billed"]) == ("done", 2)
    clerk = client_of(utility)
    act_as(clerk, utility, "water.clerk")
    assert post_form(clerk, path, {"due_on": "2030-01-01"}).status_code == 403


def test_what_the_books_refuse_stops_the_run_with_its_reason(served, opened, monkeypatch):
    def refuses(*_arguments):
        raise Conflict("Buku sudah ditutup.")

    monkeypatch.setattr(services, "issue_invoices", refuses)
    run = begin(opened)
    assert not services.step(opened, run.id)
    assert (run.state, run.problem, run.counts["billed"]) == ("stopped", "Buku sudah ditutup.", 0)
    monkeypatch.undo()
    run_all(opened, begin(opened))
    assert opened.scalar(select(func.count()).select_from(Bill)) == 2


def test_an_objection_finds_its_bill(app, billed, opened, utility):
    staff, citizen, mine, _theirs = billed
    link = "/layanan/water/keberatan-tagihan?nomor_sambungan=0001&amp;bulan=2026-10"
    assert link in citizen.get(f"/layanan/water/h/tagihan/{mine.id}").text
    assert 'value="0001"' in citizen.get(link.replace("&amp;", "&")).text
    service = find_service(opened, "water.keberatan-tagihan")
    answers = {
        "nomor_sambungan": " 00 01", "bulan": "Oktober 2026", "uraian": "Saya jarang di rumah.", "telepon": "081234567890",
    }  # fmt: skip
    place = Place(f"{utility.region_code}.01.2001", "depan masjid")
    filed = file_case(opened, service, answers, reporter=Reporter(name="Siti"), place=place)
    opened.commit()
    drain(app, tenant=utility)
    assert opened.scalars(select(Objection.bill_id)).one() == mine.id
    assert filed.code in staff.get(f"{PATH}/{mine.id}").text
