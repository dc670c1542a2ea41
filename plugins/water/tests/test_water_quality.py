"""From a bad sample to a passing one: incident, warning, re-sample, what everybody sees meanwhile."""

import io
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import g
from sqlalchemy import select

from balai import keys
from balai.errors import Conflict, Invalid, NotFound
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain
from balai_water import months
from balai_water.notices.models import Notice
from balai_water.quality import incidents, regulations, services
from balai_water.quality.models import Incident, IncidentEvent, Regulation, Sample
from balai_water.quality.parameters import PARAMETERS
from balai_water.quality.results import read_result
from balai_water.quality.services import Sheet
from balai_water.register.models import Connection, Customer, Zone

TODAY = months.today()
PATH, PUBLIC = "/kelola/water/mutu", "/layanan/water/h/mutu"


@pytest.fixture(scope="module")
def utility(regions):
    return regions(plugins=("water",))


@pytest.fixture
def books(app, utility):
    with app.app_context(), tenant_scope(utility) as session:
        g.tenant = utility
        yield session
        session.rollback()


def make_zone(session, name="Sewon Utara", emails=("ani@contoh.id", "")):
    zone = Zone(key=uuid4().hex[:8], name=name)
    session.add(zone)
    session.flush()
    for email in emails:
        customer = Customer()
        session.add(customer)
        session.flush()
        if email:
            keys.seal(session, customer, "email", email)
        session.add(
            Connection(
                number=uuid4().hex[:12], customer_id=customer.id, group_key="rt", region="32.73.01", zone_id=zone.id
            )
        )
    session.flush()
    return zone


def sheet(zone, *, days=0, again=False, point="keran balai desa", number="", **texts):
    results = {key: read_result(PARAMETERS[key], text) for key, text in texts.items()}
    return Sheet(zone.id, TODAY - timedelta(days=days), point, "Labkesda", results, number or uuid4().hex[:6], again)


def kinds(session, incident):
    return [event.kind for event in incidents.events_of(session, incident)]


def notices(session, incident):
    return Counter(session.scalars(select(Notice.kind).where(Notice.about == incident.id)))


def test_a_failed_sample_ends_with_a_passing_one(books):
    zone = make_zone(books)
    sample, found = services.add(books, sheet(zone, days=5, ecoli="12", turbidity="5", ph="7"), by=None)
    assert (found.state, found.parameters, found.sample_id) == ("open", ["ecoli", "turbidity"], sample.id)
    assert services.of_zone(books, zone.id).warning is None
    assert incidents.warn(books, found.id, "boil", by=None) == 1  # one of the two left an address
    assert services.of_zone(books, zone.id).warning == "boil"
    with pytest.raises(Conflict):
        incidents.warn(books, found.id, "boil", by=None)
    with pytest.raises(Invalid):
        incidents.warn(books, found.id, "shout", by=None)
    assert notices(books, found) == {"boil.1": 2}

    _other, same = services.add(books, sheet(zone, days=4, nitrate="60"), by=None)
    assert (same.id, same.parameters) == (found.id, ["ecoli", "turbidity", "nitrate"])
    assert incidents.warn(books, found.id, "avoid", by=None) == 1
    with pytest.raises(Invalid):
        services.add(books, sheet(zone, days=6, again=True, ecoli="0"), by=None)
    services.add(books, sheet(zone, days=3, again=True, ecoli="0", turbidity="9", nitrate="<90"), by=None)
    assert incidents.still_failing(books, found) == ["turbidity", "nitrate"]
    services.add(books, sheet(zone, days=2, ecoli="0", turbidity="1", nitrate="1"), by=None)
    assert found.state == "open"  # nobody said that this one was the re-sample
    services.add(books, sheet(zone, days=1, again=True, turbidity="1"), by=None)
    assert found.state == "open"
    last, ended = services.add(books, sheet(zone, again=True, nitrate="8"), by=None)
    assert (ended.id, ended.state, ended.closing_sample_id) == (found.id, "passed", last.id)
    assert found.lifted_at is not None
    assert services.of_zone(books, zone.id).incident is None
    assert kinds(books, found) == [
        "opened", "told", "failed", "told", "resampled", "resampled", "resampled", "passed", "lifted",
    ]  # fmt: skip
    assert notices(books, found) == {"boil.1": 2, "avoid.2": 2, "lifted.2": 2}
    texts = books.scalars(select(Message).where(Message.about_id == found.id).order_by(Message.id)).all()
    assert [m.template for m in texts] == ["water.quality_boil", "water.quality_avoid", "water.quality_safe"]
    with pytest.raises(Conflict):
        incidents.warn(books, found.id, "boil", by=None)
    with pytest.raises(Invalid):
        services.add(books, sheet(zone, again=True, ecoli="0"), by=None)


def test_a_withdrawn_sample_never_counted(books):
    zone = make_zone(books)
    wrong, found = services.add(books, sheet(zone, days=5, ecoli="9"), by=None)
    incidents.warn(books, found.id, "boil", by=None)
    with pytest.raises(Invalid):
        services.withdraw(books, wrong.id, reason=" ", by=None)
    services.withdraw(books, wrong.id, reason="tertukar botolnya", by=None)
    assert (found.state, services.of_zone(books, zone.id).latest) == ("mistaken", ())
    assert books.scalars(select(Message.template).where(Message.about_id == found.id).order_by(Message.id)).all() == [
        "water.quality_boil",
        "water.quality_mistaken",
    ]
    with pytest.raises(Conflict):
        services.withdraw(books, wrong.id, reason="lagi", by=None)

    _bad, second = services.add(books, sheet(zone, days=4, lead="1"), by=None)
    good, _same = services.add(books, sheet(zone, days=3, again=True, lead="<0,001"), by=None)
    assert second.state == "passed"
    services.withdraw(books, good.id, reason="dari zona lain", by=None)
    assert (second.state, second.closed_at, kinds(books, second)[-1]) == ("open", None, "reopened")
    assert incidents.still_failing(books, second) == ["lead"]


def test_each_sample_is_judged_by_the_rules_of_its_day(books):
    zone = make_zone(books)
    services.add(books, sheet(zone, days=40, iron="0,15"), by=None)
    assert [each.verdict for each in services.of_zone(books, zone.id).latest] == ["within"]
    day = TODAY - timedelta(days=30)
    given = {"nama": "Permenkes 9/2026", "berlaku": day.isoformat(), "sumber": "Berita Negara", "iron-high": "0,1"}
    row = regulations.add(books, given, by=None)
    assert [each.verdict for each in services.of_zone(books, zone.id).latest] == ["within"]
    _sample, found = services.add(books, sheet(zone, days=20, iron="0,15", colour="99"), by=None)
    assert found.parameters == ["iron"]
    newest = services.of_zone(books, zone.id).latest
    assert [(e.parameter.key, e.verdict, e.regulation) for e in newest] == [
        ("iron", "beyond", "Permenkes 9/2026"), ("colour", "unlimited", ""),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        regulations.add(books, given, by=None)
    faulty = {
        "nama": "",
        "berlaku": "besok",
        "sumber": "x",
        "ph-low": "9",
        "ph-high": "8",
        "iron-high": "1",
        "iron-below": "2",
    }
    with pytest.raises(Invalid) as told:
        regulations.add(books, faulty, by=None)
    assert {fault.field for fault in told.value.errors} == {"nama", "berlaku", "ph-low", "iron-below"}
    regulations.remove(books, row.id)
    assert books.query(Regulation).count() == 0
    with pytest.raises(NotFound):
        regulations.remove(books, row.id)


def test_impossible_sheets_are_refused(books):
    zone = make_zone(books)
    services.add(books, sheet(zone, number="7/A", ecoli="0"), by=None)
    for made in (
        sheet(zone, days=-1, ecoli="0"), sheet(zone), sheet(zone, point="", ecoli="0"), sheet(zone, number="7/A", ph="7"),
        sheet(zone, point="x" * 121, ecoli="0"), sheet(Zone(id=uuid4()), ecoli="0"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            services.add(books, made, by=None)
    assert books.query(Sample).filter(Sample.zone_id == zone.id).count() == 1


def test_an_officers_day_with_bad_water_and_what_people_see(app, utility, client_of, other_tenant):
    with app.app_context(), tenant_scope(utility) as session:
        zone = make_zone(session, "Kasihan & Bantul")
        zone.key = "kasihan 1"
        zone_id = zone.id
    client, anybody = client_of(utility), client_of(utility)
    public = f"{PUBLIC}/kasihan%201"
    assert "Belum ada hasil uji" in anybody.get(public).text
    act_as(client, utility, "water.biller")
    assert client.get(PATH).status_code == 200
    assert client.get(f"{PATH}/baru").status_code == 403
    act_as(client, utility, "water.control")
    typed = {
        "zona": str(zone_id),
        "tanggal": TODAY.isoformat(),
        "titik": "keran",
        "laboratorium": "Lab",
        "nomor": "1",
        "ecoli": "banyak",
    }
    bad = post_form(client, f"{PATH}/baru", typed)
    assert bad.status_code == 422
    assert "banyak bukan angka" in bad.text
    assert 'value="Lab"' in bad.text
    done = post_form(client, f"{PATH}/baru", {**typed, "ecoli": "5", "ph": "7,2"})
    assert done.status_code == 303
    at = done.location
    assert "Rebus dulu airnya" in client.get(at).text
    assert "Air sedang diperiksa" in anybody.get(public).text
    assert post_form(client, f"{at}/catatan", {"note": "Pipa dibilas."}).status_code == 303
    assert post_form(client, f"{at}/peringatan", {"advice": "boil"}).status_code == 303
    assert post_form(client, f"{at}/peringatan", {"advice": "boil"}).status_code == 422
    for page in (anybody.get(public).text, anybody.get(PUBLIC).text):
        assert "Rebus dulu airnya" in page
        assert plain(page)
    shown = client.get(at).text
    assert "Pipa dibilas." in shown
    assert "tanpa alamat" in shown
    assert "Kasihan &amp; Bantul" in client.get(PATH).text
    good = post_form(client, f"{PATH}/baru", {**typed, "ecoli": "negatif", "nomor": "2", "uji_ulang": "ya"})
    page = anybody.get(public).text
    assert "Air baik" in page
    assert "tidak ditemukan" in page
    assert "Rebus" not in page
    assert client.get(good.location).status_code == 200
    for strange in (client_of(other_tenant),):
        act_as(strange, other_tenant, "water.control")
        assert {strange.get(p).status_code for p in (public, at, good.location, f"{PATH}/baru")} == {404}


def test_another_region_with_water_finds_nothing(app, utility, regions, client_of):
    with app.app_context(), tenant_scope(utility) as session:
        zone = make_zone(session)
        sample, found = services.add(session, sheet(zone, ecoli="5"), by=None)
        mine = (zone.id, zone.key, sample.id, found.id)
    away = regions(plugins=("water",))
    client = client_of(away)
    act_as(client, away, "water.control")
    zone_id, key, sample_id, incident_id = mine
    assert client.get(f"{PUBLIC}/{key}").status_code == 404
    assert client.get(f"{PATH}/hasil/{sample_id}").status_code == 404
    assert client.get(f"{PATH}/masalah/{incident_id}").status_code == 404
    assert post_form(client, f"{PATH}/masalah/{incident_id}/peringatan", {"advice": "boil"}).status_code == 404
    assert post_form(client, f"{PATH}/hasil/{sample_id}/tarik", {"reason": "x"}).status_code == 404
    assert client.get(f"/kelola/water/kehilangan/zona/{zone_id}").status_code == 404
    typed = {"zona": str(zone_id), "tanggal": TODAY.isoformat(), "titik": "a", "laboratorium": "b", "ecoli": "0"}
    assert post_form(client, f"{PATH}/baru", typed).status_code == 422
    with app.app_context(), tenant_scope(utility) as session:
        assert session.query(Incident).filter(Incident.id == incident_id).one().told_at is None


def test_a_laboratorys_file_is_taken_whole_or_not_at_all(app, utility, client_of):
    with app.app_context(), tenant_scope(utility) as session:
        zone = make_zone(session)
        zone.key, zone_id = "Z01", zone.id
    client = client_of(utility)
    act_as(client, utility, "water.control")
    head = "zona;tanggal;titik;laboratorium;nomor;uji ulang;Kekeruhan;E. coli;pH\n"
    one, two = TODAY - timedelta(days=9), TODAY - timedelta(days=8)

    def send(body):
        file = (io.BytesIO((head + body).encode()), "lab.csv")
        return post_form(client, f"{PATH}/berkas", {"berkas": file}, content_type="multipart/form-data")

    bad = send(
        f"Z01;{one};keran;Lab;1;;0,5;0;7\nZ01;{two};keran;Lab;2;;lima;;15\nZ09;{two};keran;Lab;3;;;;7\nZ01;{two};keran;Lab;4;;;;\n"
    )
    assert bad.status_code == 422
    for told in (
        "Baris 3, Kekeruhan: lima bukan angka.",
        "Baris 3, Keasaman (pH): 15 tidak mungkin.",
        "Baris 4, Zona",
        "Baris 5",
    ):
        assert told in bad.text
    lonely = send(f"Z01;{one};keran;Lab;1;ya;0,5;0;7\n")
    assert "Baris 2, Uji ulang: Tidak ada hasil di luar batas" in lonely.text
    good = send(f"Z01;{two};keran;Lab;2;ya;0,5;0;7\nZ01;{one};keran;Lab;1;tidak;9;3;7\n")
    assert good.status_code == 303
    with app.app_context(), tenant_scope(utility) as session:
        rows = session.query(Sample).filter(Sample.zone_id == zone_id).all()
        assert sorted((row.taken_on, row.readings["turbidity"]) for row in rows) == [(one, "9"), (two, "0.5")]
        found = session.query(Incident).filter(Incident.zone_id == zone_id).one()
        assert (found.state, found.parameters) == ("passed", ["ecoli", "turbidity"])
        assert session.query(IncidentEvent).filter(IncidentEvent.incident_id == found.id).count() == 3
    assert client.get(f"{PATH}/aturan").status_code == 200
    given = {"nama": "Aturan uji", "berlaku": "2030-01-01", "sumber": "Uji", "nitrate-below": "7"}
    assert post_form(client, f"{PATH}/aturan", given).status_code == 303
    page = client.get(f"{PATH}/aturan").text
    assert "Aturan uji" in page
    assert "di bawah 7" in page
    assert post_form(client, f"{PATH}/aturan", given).status_code == 422


def test_absurd_input_gets_an_answer_and_no_failure(app, utility, client_of):
    with app.app_context(), tenant_scope(utility) as session:
        zone_id = make_zone(session).id
    client, nines = client_of(utility), "9" * 5000
    act_as(client, utility, "water.control")
    losses, sheet_ = (
        "/kelola/water/kehilangan",
        {"zona": str(zone_id), "tanggal": TODAY.isoformat(), "titik": "a", "laboratorium": "b"},
    )
    for path, form in (
        (f"{losses}/zona/{zone_id}", {"masuk": nines, "jam_per_hari": nines}), (f"{losses}/zona/{zone_id}", {"sumber": "a\x00b"}),
        (f"{PATH}/baru", sheet_ | {"ecoli": nines}), (f"{PATH}/baru", sheet_ | {"iron": f"0,{'0' * 5000}1"}),
        (f"{PATH}/baru", sheet_ | {"ecoli": "1", "titik": "a\x00b"}), (f"{PATH}/baru", sheet_ | {"ecoli": "1", "zona": "x"}),
        (f"{PATH}/aturan", {"nama": "a\x00b", "berlaku": "0001-01-01", "sumber": "x", "iron-high": nines}),
    ):  # fmt: skip
        assert post_form(client, path, form).status_code == 422
    for name, data in (
        ("x.csv", f"zona,bulan,masuk\na,2026-01,{nines}\n".encode()),
        ("x.xlsx", b"PK\x03\x04junk"),
        ("x.csv", b""),
    ):
        file = {"berkas": (io.BytesIO(data), name)}
        assert post_form(client, f"{losses}/berkas", file, content_type="multipart/form-data").status_code == 422
    for month in ("0000-00", "0001-01", "9999-12", "x%00", "99999999-1"):
        assert client.get(f"{losses}?bulan={month}").status_code == 200
    assert client.get(f"{PUBLIC}/%00").status_code == 404
