"""Each metric against a sum that is worked out here, from the same rows, another way."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import g
from sqlalchemy import select

from balai import cases, keys
from balai.clock import frozen, now
from balai.evidence.facts import metrics as facts
from balai.notify import Message
from balai.places.models import Area, PlaceCount
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai_water import months
from balai_water.bills.models import Bill
from balai_water.losses import services as losses
from balai_water.losses.services import Entry
from balai_water.metrics import values as metrics
from balai_water.outages import services as outages
from balai_water.outages.selection import Selection
from balai_water.outages.services import Plan
from balai_water.readings.models import Reading
from balai_water.register.models import Connection, Customer, Source, Zone

MONTH = months.shift(months.this_month(), -1)
NAME = f"{MONTH:%Y-%m}"


@pytest.fixture
def world(app, regions):
    """(session, tenant, code of its district) of a region with a second district."""
    tenant = regions(plugins=("water",))
    with app.app_context(), tenant_scope(tenant) as session:
        g.tenant = tenant
        code = tenant.region_code
        session.add(Area(code=f"{code}.02", name="Kecamatan Kedua", kind="kecamatan", parent_code=code))
        session.flush()
        yield session, tenant, code
        session.rollback()


def connect(session, region, *, zone=None, state="active", since=date(2020, 1, 1), ended_on=None, email="", **values):
    customer = Customer()
    session.add(customer)
    session.flush()
    if email:
        keys.seal(session, customer, "email", email)
    made = Connection(
        number=uuid4().hex[:12], customer_id=customer.id, group_key="rt", region=region, state=state, since=since,
        ended_on=ended_on, zone_id=zone.id if zone else None, **values,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def found(session, tenant, month=NAME):
    """(key, district) -> value, as the platform keeps it: whatever isn't sound would be missing."""
    declared = {m.key: m for m in metrics.METRICS}
    districts = {area.code for area in session.query(Area).filter(Area.kind == "kecamatan")}
    told = metrics.values(session, tenant, month)
    assert [facts.fault_of(v, declared, month, districts) for v in told] == [""] * len(told)
    return {
        (v.key, v.district): v.value if v.value is not None else (int(v.numerator), int(v.denominator)) for v in told
    }


def test_nothing_is_said_of_what_nobody_knows(world):
    session, tenant, code = world
    connect(session, f"{code}.01.2001")
    assert found(session, tenant) == {}


def test_coverage_counts_every_safe_source_once(world):
    session, tenant, code = world
    one, two, away = f"{code}.01", f"{code}.02", "99.01.01.2001"
    here = [connect(session, f"{one}.2001") for _ in range(3)]
    here += [connect(session, two), connect(session, code)]
    connect(session, away)  # pipes that reach a neighbour
    connect(session, f"{one}.2001", state="isolated")
    connect(session, f"{one}.2001", state="terminated", ended_on=MONTH)  # gone before the month's end
    connect(session, f"{one}.2001", state="terminated", ended_on=months.this_month())  # still there then
    connect(session, f"{one}.2001", since=months.this_month())  # not yet there
    for region, households, year, active in (
        (f"{one}.2002", 20, MONTH.year, True), (two, 500, MONTH.year - 1, True), (two, 7, MONTH.year + 1, True),
        (f"{one}.2002", 99, MONTH.year, False), (away, 50, MONTH.year, True),
    ):  # fmt: skip
        session.add(
            Source(
                kind="protected_well",
                name="Sumur",
                region=region,
                households=households,
                year=year,
                counted_by="Desa",
                active=active,
            )
        )
    for place, size, year in (
        (code, 900, MONTH.year - 1),
        (one, 100, MONTH.year),
        (one, 90, MONTH.year - 3),
        (two, 400, MONTH.year),
    ):
        session.add(PlaceCount(code=place, subject="keluarga", year=year, size=size, source="BPS"))
    session.flush()
    in_one = 3 + 1 + 20
    assert {key: value for key, value in found(session, tenant).items() if key[0] == "safe_water"} == {
        ("safe_water", one): (in_one, 100),
        ("safe_water", two): (400, 400),  # 501 at wells and taps: no more than live there
        ("safe_water", None): (in_one + 1 + 500 + 1, 900),
    }
    assert len(here) == 5


def test_losses_and_hours_are_those_of_the_balance(world):
    session, tenant, code = world
    zones = [Zone(key="a", name="A"), Zone(key="b", name="B")]
    session.add_all(zones)
    session.flush()
    uses = {zones[0]: [30, 25, 5], zones[1]: [100]}
    for zone, some in uses.items():
        for use in some:
            home = connect(session, f"{code}.01.2001", zone=zone)
            session.add(
                Reading(
                    connection_id=home.id, month=MONTH, previous=0, use=use, stand=use, kind="reader", client_id=uuid4(),
                    read_at=datetime(MONTH.year, MONTH.month, 20, tzinfo=UTC),
                )
            )  # fmt: skip
    entries = [
        Entry(zones[0].id, MONTH, {"input_litres": 80_000, "hours_per_day": 24.0, "unbilled_metered_litres": 5_000}),
        Entry(zones[1].id, MONTH, {"input_litres": 140_000, "hours_per_day": 10.0}),
    ]
    losses.save(session, entries, by=None)
    told = found(session, tenant)
    assert (
        told["nrw", None] == (220_000 - 1000 * sum(sum(some) for some in uses.values()), 220_000) == (60_000, 220_000)
    )
    assert told["supply_hours", None] == Decimal("20.5") == Decimal(3 * 24 + 10) / 4
    assert found(session, tenant, f"{months.shift(MONTH, -1):%Y-%m}") == {}


def test_complaints_are_counted_by_the_month_in_which_they_came(app, world, staffed):
    session, tenant, code = world
    session.commit()
    staffed(tenant)
    zone = ZoneInfo(tenant.timezone)
    first, last = datetime.combine(MONTH, time(0, 0), zone), datetime.combine(months.this_month(), time(0, 0), zone)
    moments = (first, last - timedelta(seconds=1), last, first - timedelta(seconds=1), first + timedelta(days=3))
    place = cases.Place(f"{code}.01.2001", "depan balai desa")
    told = {"gejala": "keruh", "uraian": "Air keran keruh sejak pagi."}
    by = cases.Reporter(name="Siti", phone="0812 1111 2222")
    made = []
    for moment in moments:
        with frozen(moment):
            service = cases.service(session, "water.air-keruh")
            made.append(cases.file_case(session, service, told, channel="counter", place=place, reporter=by).case)
    made[0].outcome, made[0].closed_at = "done", now()
    made[2].outcome, made[2].closed_at = "done", now()
    made[4].outcome, made[4].closed_at = "withdrawn", now()
    session.flush()
    inside = [c for c in made if first <= c.filed_at < last and c.outcome != "withdrawn"]
    assert (
        found(session, tenant)["complaints_solved", None]
        == (sum(c.outcome == "done" for c in inside), len(inside))
        == (1, 2)
    )


def test_collection_is_what_came_in_of_the_months_bills(world):
    session, tenant, code = world
    rows = [
        (100_000, MONTH, True),
        (60_000, MONTH, False),
        (40_000, MONTH, True),
        (1_000, months.shift(MONTH, -1), True),
    ]
    for number, (total, month, paid) in enumerate(rows):
        home = connect(session, f"{code}.01.2001")
        session.add(
            Bill(
                connection_id=home.id, month=month, customer_id=home.customer_id, group_key="rt", use_m3=1, charged_m3=1,
                total=total, due_on=month, external={"number": str(number)}, paid_on=months.today() if paid else None,
            )
        )  # fmt: skip
    session.add(issued(session, connect(session, f"{code}.01.2001"), 50_000, paid=20_000))
    session.flush()
    assert found(session, tenant)["collection", None] == (140_000 + 20_000, 200_000 + 50_000)


def issued(session, home, total, *, paid):
    """A bill in the core's own books, of which a part came in."""
    from balai.api import InvoiceDraft, InvoiceLine, Payer, issue_invoice, open_account
    from balai.billing import settle

    open_account(session, "pendapatan.air", "Air minum", "income")
    bill = Bill(
        connection_id=home.id, month=MONTH, customer_id=home.customer_id, group_key="rt", use_m3=1, charged_m3=1, total=total,
        due_on=MONTH,
    )  # fmt: skip
    draft = InvoiceDraft(
        "AIR", "water.bill", "uji", Payer("Ani"), [InvoiceLine("Air", total, "pendapatan.air")], months.today()
    )
    invoice = issue_invoice(session, draft)
    settle(session, invoice.id, paid, method="kasir", paid_at=now(), reference="1", account="kas")
    bill.invoice_id = invoice.id
    return bill


def test_notices_count_when_they_were_sent_before_the_water_stopped(world):
    session, tenant, code = world
    homes = [connect(session, f"{code}.01.2001", email=f"{n}@contoh.id" if n else "") for n in range(4)]
    starts = now() + timedelta(days=2)
    plan = Plan("planned", "repair", starts, starts + timedelta(hours=4), Selection(villages=(f"{code}.01.2001",)))
    outage = outages.prepare(session, plan, member=None)
    outages.announce(session, outage.id)
    month = f"{months.local_day(starts):%Y-%m}"
    assert found(session, tenant, month)["told_before", None] == (0, len(homes))  # queued isn't sent
    sent = session.scalars(select(Message).where(Message.about_id == outage.id).order_by(Message.id)).all()
    for message, before in zip(sent, (5, 0, -1), strict=True):
        message.state, message.sent_at = "sent", starts - timedelta(minutes=before)
    session.flush()
    early = [m for m in sent if m.sent_at < outage.starts_at]
    assert found(session, tenant, month)["told_before", None] == (len(early), len(homes)) == (1, 4)
    other = f"{months.shift(months.local_day(starts).replace(day=1), 1):%Y-%m}"
    assert ("told_before", None) not in found(session, tenant, other)


def test_the_platform_keeps_what_the_plugin_says_and_staff_see_it(app, regions, client_of):
    tenant = regions(plugins=("water",))
    with app.app_context(), tenant_scope(tenant) as session:
        g.tenant = tenant
        zone = Zone(key="a", name="A")
        session.add(zone)
        session.flush()
        losses.save(session, [Entry(zone.id, months.this_month(), {"hours_per_day": 20.0})], by=None)
        session.commit()
        assert facts.collect(session, tenant) == 1
    client = client_of(tenant)
    act_as(client, tenant, "water.biller")
    page = client.get(f"/kelola/water/angka?bulan={months.this_month():%Y-%m}")
    assert page.status_code == 200
    assert "20 jam" in page.text
    assert "Cakupan air aman belum bisa dihitung" in page.text
    act_as(client, tenant, "water.reader")
    assert client.get("/kelola/water/angka").status_code == 403
