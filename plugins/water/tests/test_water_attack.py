"""What somebody might try on the water plugin's rooms who means harm or is only very tired; each of these once worked."""

from datetime import timedelta

import pytest
import water_books as books
from sqlalchemy import func, select
from test_water_outages import announced
from test_water_outages import connect as outage_connect

from balai.errors import Invalid
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai_water import months, sheets
from balai_water.bills import external
from balai_water.bills import services as bills
from balai_water.household import services as household
from balai_water.outages import geometry
from balai_water.outages.selection import Selection
from balai_water.readings import periods
from balai_water.register import customers, visitor
from balai_water.register.models import Customer, HouseholdLink, Route
from balai_water.register.visitor import Held
from balai_water.sheets import Column

HOME, DOOR = "/layanan/water/h/rumah", "/kelola/water/baca"
OLD, NEW = "0812 3456 7890", "0813 9999 0000"


@pytest.mark.parametrize(
    "text",
    [
        "[[[]]]",
        '{"type":"Polygon","coordinates":[[[110]]]}',
        '{"type":"Polygon","coordinates":[[[%s,0],[1,1],[2,2]]]}' % ("1" * 400),
        '{"type":"Polygon","coordinates":[[[NaN,0],[1,1],[2,2]]]}',
        # The pattern of a point would try each way to share out the blanks: hours for a field full of them.
        "-7.9" + " " * 100 + "110.3\n-7.9, 110.4\n-7.8, 110.4",
    ],
    ids=("no point", "half a point", "no float", "not a number", "blanks"),
)
def test_areas_that_are_none_are_told_so(text):
    with pytest.raises(Invalid) as refused:
        geometry.parse(text)
    assert refused.value.errors[0].field == "area"


@pytest.fixture
def utility(regions):
    return regions(plugins=("water",))


def test_another_phone_shuts_what_the_old_one_opened(app, client_of, utility, monkeypatch):
    with app.app_context(), tenant_scope(utility) as session:
        siti = customers.add(session, {"name": "Siti Aminah", "phone": OLD})
        home = books.connect(session, "0012", siti)
        home.latitude, home.longitude = -7.8881, 110.33
        siti_id, home_id = siti.id, home.id
        session.commit()
    client = client_of(utility)
    act_as(client, utility, sub="bekas-suami", name="Bekas Suami")
    post_form(client, HOME, {"nomor": "0012", "telepon": OLD})
    assert client.get(f"{HOME}/{home_id}").status_code == 200
    with app.app_context(), tenant_scope(utility) as session:
        customers.change(session, siti_id, {"name": "Siti A.", "phone": OLD.replace("0", "+62", 1)})
        session.commit()
    assert client.get(f"{HOME}/{home_id}").status_code == 200  # the same number, written in another way
    with app.app_context(), tenant_scope(utility) as session:
        customers.change(session, siti_id, {"phone": NEW})
        session.commit()
        assert session.get(Customer, (session.tenant_id, siti_id)).sub_index is None
        assert session.scalars(select(HouseholdLink)).all() == []
    assert client.get(f"{HOME}/{home_id}").status_code == 404

    # Whose phone is known is still not found by trying number after number, from wherever.
    answers = []
    monkeypatch.setattr(visitor, "_TRIES_A_DAY", 3)
    for n in range(4):
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{n + 1}"
        answers.append(post_form(client, HOME, {"nomor": f"9{n:03d}", "telepon": NEW}).status_code)
    assert (answers[0], answers[-1]) == (422, 429)

    # Where a house stands is as good as its address.
    clerk = client_of(utility)
    act_as(clerk, utility, "water.clerk", "officer")
    masked = post_form(clerk, "/kelola/water/ekspor/sambungan", {"jenis": "csv"}).get_data(as_text=True)
    assert "0012" in masked
    assert "110.33" not in masked


def test_a_reader_opens_her_own_doors_only(app, client_of, utility):
    client = client_of(utility)
    member = act_as(client, utility, "water.reader")
    other = client_of(utility)
    colleague = act_as(other, utility, "water.reader", sub="rekan")
    with app.app_context(), tenant_scope(utility) as session:
        siti = books.customer(session)
        doors = {}
        for name, who in (("mine", member), ("theirs", colleague), ("nobodys", None)):
            route = Route(key=name, name=name, member_id=who)
            session.add(route)
            session.flush()
            doors[name] = books.connect(session, f"1-{name}", siti)
            doors[name].route_id = route.id
        doors["on no route"] = books.connect(session, "1-x", siti)
        month = periods.open_period(session, books.MONTH).month
        periods.move(session, month, "reading")
        paths = {name: f"{DOOR}/{door.id}" for name, door in doors.items()}
        session.commit()
    assert {name: client.get(path).status_code for name, path in paths.items()} == {
        "mine": 200, "theirs": 404, "nobodys": 200, "on no route": 200,
    }  # fmt: skip
    assert other.get(paths["theirs"]).status_code == 200


def test_a_customer_with_many_taps_sees_every_bill_of_each(app, utility):
    with app.app_context(), tenant_scope(utility) as session:
        landlord = books.customer(session)
        books.adopt(session)
        taps = [books.connect(session, f"{n:04d}", landlord) for n in range(50)]
        for tap in taps:
            books.read(session, tap, 12)
        books.close(session)
        run = bills.start(session, books.MONTH, months.today() + timedelta(days=10), member_id=None)
        while bills.step(session, run.id):
            pass
        for tap in taps:
            home = household.home(session, Held(tap, landlord))
            assert [row.bill.connection_id for row in home.bills] == [tap.id]
            assert home.left > 0


def test_a_table_that_is_wrong_throughout_keeps_no_million_faults():
    columns = [Column(f"k{n}", f"K{n}", "number", required=n == 0) for n in range(20)]
    lines = [";".join(c.key for c in columns), *[";".join("x" * 20)] * 2_000]
    reading = sheets.read("\n".join(lines).encode(), columns)
    assert reading.bad_lines == 2_000
    assert len(reading.faults) < 15_000
    with pytest.raises(Invalid):
        reading.refuse()


def test_a_table_from_outside_bills_nothing_that_is_billed_here(app, utility):
    with app.app_context(), tenant_scope(utility) as session:
        friend = books.connect(session, "0001", books.customer(session))
        books.read(session, friend, 40)
        books.close(session)
        table = b"nomor;bulan;pemakaian;jumlah;status\n0001;10/2026;0;0;lunas\n0001;09/2026;9;9000;lunas\n"
        reading, done = external.take(session, table, only_good=True)
        assert [(fault.line, fault.column) for fault in reading.faults] == [(2, "bulan")]
        assert done["changed"] == 1  # what was billed elsewhere before is history that may come along
        with pytest.raises(Invalid):
            external.take(session, table, only_good=False)


def test_nobody_has_a_district_told_the_same_thing_all_day_long(app, client_of, utility):
    with app.app_context(), tenant_scope(utility) as session:
        outage_connect(session, "1", "20.01.01.2001", email="rina@contoh.id")
        outage = announced(session, Selection(numbers=("1",)))
        path = f"/kelola/water/gangguan/{outage.id}/perpanjang"
        session.commit()
    officer = client_of(utility)
    act_as(officer, utility, "water.control")
    times = [f"{months.today() + timedelta(days=2)}T{hour:02d}:00" for hour in range(1, 13)]
    codes = [post_form(officer, path, {"ends_at": time}).status_code for time in times]
    assert codes[0] == codes[9] == 303
    assert codes[10:] == [429, 429]
    with app.app_context(), tenant_scope(utility) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 11
