"""A household's water: opened by what only it knows, nothing from before its time or to those who guess; its day in a browser."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import water_books as books
from sqlalchemy import select

from balai.clock import frozen, now
from balai.testing.acting import act_as
from balai.testing.looking import look_at, problems, watched
from balai.testing.offices import open_office
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated
from balai_water import months
from balai_water.bills import services as bills
from balai_water.outages import services as outages
from balai_water.outages.selection import Selection
from balai_water.outages.services import Plan
from balai_water.quality import services as quality
from balai_water.quality.results import Result
from balai_water.register import customers, services
from balai_water.register.models import Customer, HouseholdLink, Zone
from balai_water.register.services import NewMeter

HOME = "/layanan/water/h/rumah"
PHONE = "0812 3456 7890"


@pytest.fixture
def tenant(regions):
    return regions(plugins=("feedback", "water"), name="Kabupaten Uji Rumah")


@pytest.fixture
def house(session, tenant):
    """Siti's connection with a year of uses, a bill, an outage and a sample; and the neighbour's."""
    open_office(session)
    zone = Zone(key="UTARA", name="Zona Utara")
    session.add(zone)
    session.flush()
    village = f"{tenant.region_code}.01.2001"
    made = []
    for number, name, phone in (("0012", "Siti Aminah", PHONE), ("0013", "Budi", "0813 1111 2222")):
        customer = customers.add(session, {"name": name, "phone": phone})
        made.append(
            services.connect(
                session, number=number, customer_id=customer.id, group_key="RT-A", region=village, address="Jalan Melati 5",
                zone_id=zone.id, since=date(2024, 1, 1), meter=NewMeter(f"M-{number}"),
            )
        )  # fmt: skip
    books.adopt(session, valid_from=date(2020, 1, 1))
    this = months.this_month()
    for back in range(1, 13):
        month = months.shift(this, -back)
        books.read(session, made[0], 14 + back % 3, month=month)
        books.close(session, month)
    run = bills.start(session, months.shift(this, -1), months.today() + timedelta(days=10), member_id=None)
    while bills.step(session, run.id):
        pass
    plan = Plan(
        "sudden", "pipe_burst", now() - timedelta(hours=1), now() + timedelta(hours=4), Selection(numbers=("0012",))
    )
    outages.announce(session, outages.prepare(session, plan, member=None).id)
    found = {"ph": Result(Decimal("7.2")), "turbidity": Result(Decimal("1.1"))}
    quality.add(session, quality.Sheet(zone.id, months.today(), "Pasar", "Labkesda", found), by=None)
    session.commit()
    return made


def opened(client, number="0012", phone=PHONE):
    return post_form(client, HOME, {"nomor": number, "telepon": phone})


def test_only_both_numbers_open_it_and_guessing_ends(client, client_of, session, house, other_tenant):
    mine, theirs = house
    assert plain(client.get(HOME).text)
    answers = {
        re.sub(r'value="[^"]*"', "", opened(client, *given).text)
        for given in (("0012", "0812 3456 7891"), ("9999", PHONE), ("0013", PHONE), ("0012", "bukan nomor"), ("", ""))
    }
    assert len({re.sub(r"\s+", " ", a) for a in answers}) == 1  # nobody learns which of the two was wrong
    assert PHONE not in next(iter(answers))
    for connection in house:
        assert client.get(f"{HOME}/{connection.id}").status_code == 404
    done = opened(client)
    assert done.location == f"{HOME}/{mine.id}"
    assert client.get(f"{HOME}/{mine.id}").status_code == 200
    assert client.get(f"{HOME}/{theirs.id}").status_code == 404
    assert client_of(other_tenant).get(f"{HOME}/{mine.id}").status_code == 404
    for _n in range(10):
        last = opened(client, "0013", "0899 0000 0000")
    assert last.status_code == 429
    session.rollback()
    assert session.scalars(select(HouseholdLink)).one().secret_hash not in done.headers["Set-Cookie"]


def test_what_a_household_sees(client, house):
    mine, _theirs = house
    opened(client)
    page = client.get(f"{HOME}/{mine.id}").text
    last = months.shift(months.this_month(), -1)
    for words in (
        "0012",
        "Air sedang mati",
        "Pipa pecah",
        "15 m3",
        "belum dibayar",
        "semua di dalam batas",
        "Zona Utara",
    ):
        assert words in page, words
    assert page.count("<tr>") > 12
    assert plain(page)
    assert not untranslated(
        client.get(f"{HOME}/{mine.id}?bahasa=qps").text, data=("Rp", str(last.year), str(last.year - 1), "m3")
    )
    bill = re.search(r"/layanan/water/h/tagihan/[0-9a-f-]{36}", page)
    assert "SK Bupati 12/2026" in client.get(bill[0]).text
    assert client.get("/layanan/water/h/tagihan").status_code == 200
    assert 'value="0012"' in client.get("/layanan/water/air-mati?nomor_sambungan=0012").text
    assert post_form(client, f"{HOME}/lupakan").status_code == 303
    assert client.get(f"{HOME}/{mine.id}").status_code == 404
    assert client.get(bill[0]).status_code == 404


def test_an_account_keeps_it_and_whoever_moves_in_sees_nothing_from_before(client, client_of, session, tenant, house):
    mine, _theirs = house
    act_as(client, tenant, sub="siti", name="Siti Aminah")
    opened(client)
    again = client_of(tenant)
    act_as(again, tenant, sub="siti", name="Siti Aminah")
    assert again.get(HOME).location == f"{HOME}/{mine.id}"
    husband = client_of(tenant)
    act_as(husband, tenant, sub="suami", name="Pak Siti")
    assert opened(husband).status_code == 303  # on his phone too, but the account stays hers
    assert husband.get(f"{HOME}/{mine.id}").status_code == 200
    before = mine.customer_id
    with frozen(now() - timedelta(days=40)):
        new = customers.add(session, {"name": "Penghuni Baru", "phone": "0855 1234 5678"})
        services.transfer(session, mine.id, new.id, reason="Rumah dijual")
    session.commit()
    for client_ in (again, husband, client):
        assert client_.get(f"{HOME}/{mine.id}").status_code == 404
    assert session.get(Customer, (session.tenant_id, before)).sub_index is not None
    fresh = client_of(tenant)
    assert opened(fresh).status_code == 422
    assert opened(fresh, phone="0855 1234 5678").status_code == 303
    page = fresh.get(f"{HOME}/{mine.id}").text
    assert "Belum ada tagihan" in page
    assert page.count(" m3") <= 2


@pytest.mark.browser
def test_the_households_day(new_context, live_app, live_url, tenant, house):
    page = watched(new_context().new_page(), ignoring=("422", "404"))
    look_at(page, "air-rumah", live_url(tenant, HOME))
    page.get_by_label("Nomor sambungan").fill("0012")
    page.get_by_label("Nomor HP yang tercatat").fill("0812 9999 9999")
    page.get_by_role("button", name="Buka").click()
    page.get_by_text("tidak cocok dengan catatan kami").first.wait_for()
    page.get_by_label("Nomor HP yang tercatat").fill(PHONE)
    page.get_by_role("button", name="Buka").click()
    page.get_by_text("Air sedang mati").wait_for()
    look_at(page, "air-rumah-saya")
    page.locator("#tagihan ~ .table-box a").first.click()
    page.get_by_text("Ajukan keberatan").wait_for()
    page.get_by_role("link", name="Bayar").click()
    page.wait_for_url("**/tagihan/AIR-*")  # paid without an account: the number alone would not open it
    assert "kunci" not in page.url
    page.goto(live_url(tenant, HOME))
    page.get_by_role("link", name="Air keruh atau berbau").click()
    assert page.get_by_label("Nomor sambungan").input_value() == "0012"
    page.goto(live_url(tenant, HOME))
    page.get_by_role("link", name="Minta truk air").click()
    page.get_by_text("Untuk berapa keluarga?").first.wait_for()
    assert problems(page) == []
