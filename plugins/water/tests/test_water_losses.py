"""The balance on a real database: what people enter, what readings and bills say, and what can't be true."""

import io
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain
from balai_water import months
from balai_water.bills.models import Bill
from balai_water.losses import services
from balai_water.losses.models import SupplyMonth
from balai_water.losses.services import Entry
from balai_water.readings.models import Reading
from balai_water.register.models import Connection, Customer, Zone

MONTH = months.shift(months.this_month(), -1)
BEFORE = months.shift(MONTH, -1)
THOUSAND = 1000
PATH = "/kelola/water/kehilangan"


def furnish(session, uses, *, month=MONTH, zone=None, read=True):
    """A zone whose connections used `uses` cubic metres each."""
    zone = zone or Zone(key=uuid4().hex[:8], name=f"Zona {uuid4().hex[:4]}")
    customer = Customer()
    session.add_all([zone, customer])
    session.flush()
    for use in uses:
        connection = Connection(
            number=uuid4().hex[:12], customer_id=customer.id, group_key="rt", region="32.73.01", zone_id=zone.id,
            since=date(2020, 1, 1),
        )  # fmt: skip
        session.add(connection)
        session.flush()
        session.add(
            Reading(
                connection_id=connection.id, month=month, previous=0, use=use, stand=use if read else None,
                kind="reader" if read else "estimate",
                client_id=uuid4(), read_at=datetime(month.year, month.month, 20, tzinfo=UTC),
            )
        )  # fmt: skip
    session.flush()
    return zone


@pytest.fixture
def utility(regions):
    return regions(plugins=("water",))


@pytest.fixture
def books(app, utility):
    from flask import g

    with app.app_context(), tenant_scope(utility) as session:
        g.tenant = utility
        yield session
        session.rollback()


def entry(zone, month=MONTH, **values):
    return Entry(zone.id, month, values)


def test_a_month_by_hand_over_two_zones(books):
    """The same figures as in the pure test, but parted over zones and fed by readings."""
    one, two = furnish(books, [40_000, 1_000]), furnish(books, [20_000, 5_000])
    services.save(
        books,
        [
            entry(one, input_litres=70_000 * THOUSAND, input_metered=True, hours_per_day=20.0, billed_unmetered_litres=300_000,
                  unbilled_metered_litres=500_000, theft_litres=2_000_000, meter_error_litres=1_000_000),
            entry(two, input_litres=30_000 * THOUSAND, input_metered=True, hours_per_day=12.0, unbilled_unmetered_litres=200_000,
                  theft_litres=1_000_000, meter_error_litres=1_000_000, mains_km=60.0, pipe_km=20.0, pressure_m=25.0),
        ],
        by=None,
    )  # fmt: skip
    found = services.month_of(books, MONTH)
    whole = found.whole
    assert (whole.system_input, whole.billed, whole.authorised) == (100_000_000, 66_300_000, 67_000_000)
    assert (whole.losses, whole.apparent, whole.real, whole.nrw) == (33_000_000, 5_000_000, 28_000_000, 33_700_000)
    assert whole.nrw_percent == pytest.approx(33.7)
    assert (whole.grade, found.missing, found.hours) == ("a", (), 16.0)
    second = next(z for z in found.zones if z.zone.id == two.id)
    floor = (18 * 60 + 0.8 * 2 + 25 * 20) * 25
    assert second.found.ili == pytest.approx(2_800_000 / months.days_in(MONTH) / floor)


def test_bills_say_what_was_billed_and_who_has_no_zone_counts_too(books):
    zone = furnish(books, [500])
    away = furnish(books, [100])
    connection = books.query(Connection).filter(Connection.zone_id == away.id).one()
    connection.zone_id = None
    away.active = False
    services.save(books, [entry(zone, input_litres=1_000 * THOUSAND)], by=None)
    before = services.month_of(books, MONTH)
    assert (before.whole.billed, before.whole.nrw_percent, before.whole.grade) == (600_000, pytest.approx(40.0), "b")
    assert [z.zone.name if z.zone else None for z in before.zones] == [zone.name, None]
    books.add(
        Bill(
            connection_id=connection.id, month=MONTH, customer_id=connection.customer_id, group_key="rt", use_m3=90,
            charged_m3=100, total=1, due_on=MONTH, external={"number": "1"},
        )
    )  # fmt: skip
    books.flush()
    after = services.month_of(books, MONTH)
    assert (after.whole.billed, after.zones[0].used.by, after.zones[1].used.by) == (90_000, "bills", "bills")


def test_nothing_put_in_and_nothing_known_divide_nothing(books):
    zone = furnish(books, [0])
    empty = services.month_of(books, MONTH)
    assert (empty.whole.grade, empty.whole.nrw_percent, empty.missing, empty.hours) == ("d", None, (zone.name,), None)
    services.save(books, [entry(zone, input_litres=0)], by=None)
    assert services.month_of(books, BEFORE).unbilled == (zone.name,)  # a connection that nobody read: not "all is lost"
    dry = services.month_of(books, MONTH).whole
    assert (dry.system_input, dry.nrw, dry.nrw_percent, dry.ili) == (0, 0, None, None)


def refused(books, *entries):
    with pytest.raises(services.Invalid) as invalid:
        services.save(books, entries, by=None)
    assert books.query(SupplyMonth).count() == 0
    return {fault.field: fault.message for fault in invalid.value.errors}


def test_what_can_not_be_true_is_refused_by_name(books):
    zone = furnish(books, [800])
    assert "lebih kecil" in refused(books, entry(zone, input_litres=700 * THOUSAND))["input_litres"]
    assert "800 m3" in refused(books, entry(zone, input_litres=0))["input_litres"]
    told = refused(
        books,
        entry(zone, input_litres=900 * THOUSAND, theft_litres=60 * THOUSAND, meter_error_litres=60 * THOUSAND),
        entry(zone, months.shift(months.this_month(), 1), input_litres=5),
        entry(zone, BEFORE, hours_per_day=24.5, input_litres=-1, mains_km=-2.0),
    )
    assert set(told) == {"theft_litres", "month", "hours_per_day", "input_litres", "mains_km"}
    assert "100 m3" in told["theft_litres"]


def test_an_officer_fills_in_the_table_and_is_told_what_is_wrong(app, utility, client_of):
    with app.app_context(), tenant_scope(utility) as session:
        one, two = furnish(session, [800]), furnish(session, [50])
        ids = (one.id, two.id)
        one.key, one.name, two.key, two.name = "A1", "Sewon", "A2", "Kasihan"
    client = client_of(utility)
    assert client.get(PATH).status_code in {302, 303}
    act_as(client, utility, "water.biller")
    assert client.get(PATH).status_code == 200
    assert client.get(f"{PATH}/isi").status_code == 403
    act_as(client, utility, "water.control")
    at = f"{PATH}/isi?bulan={MONTH:%Y-%m}"
    assert client.get(at).status_code == 200
    bad = post_form(
        client, at, {f"{ids[0]}-masuk": "700", f"{ids[0]}-jam_per_hari": "20", f"{ids[1]}-jam_per_hari": "dua"}
    )
    assert bad.status_code == 422
    assert "Kasihan, Jam mengalir per hari: dua bukan angka." in bad.text
    assert 'value="700"' in bad.text
    bad = post_form(client, at, {f"{ids[0]}-masuk": "700", f"{ids[1]}-jam_per_hari": "25"})
    assert "Satu hari paling lama 24 jam." in bad.text
    bad = post_form(client, at, {f"{ids[0]}-masuk": "700"})
    assert "Air masuk (700 m3) lebih kecil daripada yang dipakai resmi (800 m3)." in bad.text
    good = post_form(
        client, at, {f"{ids[0]}-masuk": "1.000", f"{ids[0]}-jam_per_hari": "20,5", f"{ids[0]}-meter_induk": "ya"}
    )
    assert good.status_code == 303
    page = client.get(good.location).text
    assert plain(page)
    assert "20%" in page
    assert "Air masuk belum diisi untuk: Kasihan." in page
    whole = post_form(
        client,
        f"{PATH}/zona/{ids[1]}?bulan={MONTH:%Y-%m}",
        {"masuk": "100", "tidak_sah": "1", "galat_meter": "1", "sumber": "Uji"},
    )
    assert whole.status_code == 303
    assert "850" in client.get(whole.location).text


def test_a_file_of_many_months_is_taken_whole_or_not_at_all(app, utility, client_of):
    with app.app_context(), tenant_scope(utility) as session:
        furnish(session, [10]).key = "007"
    client = client_of(utility)
    act_as(client, utility, "water.control")

    def send(text, encoding="utf-8"):
        file = (io.BytesIO(text.encode(encoding)), "pasokan.csv")
        return post_form(client, f"{PATH}/berkas", {"berkas": file}, content_type="multipart/form-data")

    bad = send(
        f"zona;bulan;masuk;jam_per_hari\n7;{MONTH:%Y-%m};100;20\n007;{MONTH:%Y-%m};5;20\n007;{BEFORE:%Y-%m};x;25\n"
    )
    assert bad.status_code == 422
    assert "Baris 2, Zona: 7 tidak ada; yang ada 007." in bad.text
    assert "Baris 4, Air masuk: x bukan angka." in bad.text
    later = send(f"zona;bulan;masuk;jam_per_hari\n007;{MONTH:%Y-%m};5;20\n007;{BEFORE:%Y-%m};1;25\n")
    assert "Baris 2, Air masuk: Air masuk (5 m3) lebih kecil" in later.text
    assert "Baris 3, Jam mengalir per hari: Satu hari paling lama 24 jam." in later.text
    with app.app_context(), tenant_scope(utility) as session:
        assert session.query(SupplyMonth).count() == 0
    assert (
        send(
            f"zona;bulan;masuk;jam_per_hari\n007;{MONTH:%Y-%m};100;20,5\n007;{BEFORE:%Y-%m};90;\n", "cp1252"
        ).status_code
        == 303
    )
    with app.app_context(), tenant_scope(utility) as session:
        rows = {row.month: (row.input_litres, row.hours_per_day) for row in session.query(SupplyMonth)}
    assert rows == {MONTH: (100_000, 20.5), BEFORE: (90_000, None)}
    assert client.get(f"{PATH}/contoh.csv").text.startswith("\ufeffzona,bulan,masuk")
