"""Customers and connections: who is found how, what may follow what, tables in and out, requests that lead to a connection."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import func, select

from balai.audit import AuditEntry
from balai.errors import Conflict, Invalid
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.personal import FIVE, spellings
from balai_water import sheets
from balai_water.register import bulk, customers, imports, queries, services
from balai_water.register.models import Connection, ConnectionEvent, Customer
from balai_water.register.services import By, NewMeter

LIST = "/kelola/water/pelanggan"
SITI = {"name": "Siti Aminah", "phone": "0812-3456-7890", "email": "siti@contoh.id", "nik": "3402015005800001"}


@pytest.fixture
def tenant(regions):
    return regions(plugins=("feedback", "water"))


@pytest.fixture
def village(tenant):
    return f"{tenant.region_code}.01.2001"


@pytest.fixture
def connect(session, village):
    def make(number="0012", person=SITI, **options):
        customer = customers.add(session, person)
        options = {
            "group_key": "RT-A",
            "region": village,
            "address": "Jalan Melati 5",
            "meter": NewMeter("M-1"),
        } | options
        return services.connect(session, number=number, customer_id=customer.id, **options)

    return make


def deeds(session):
    return [row.action for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def table(village, *lines):
    heads = "nomor;nama;telepon;alamat;wilayah;kelompok;zona;rute;meter;stand_awal;tanggal_pasang"
    return "\n".join([heads, *(line.replace("DESA", village) for line in lines)]).encode()


def test_a_connection_lives_and_everything_is_written_down(session, connect):
    made = connect()
    services.suspend(session, made.id, reason="Rumah kosong setahun")
    with pytest.raises(Conflict, match="Berhenti sementara"):
        services.suspend(session, made.id, reason="lagi")
    services.isolate(session, made.id, reason="Tunggakan")
    services.reconnect(session, made.id, reason="Sudah lunas")
    with pytest.raises(Invalid):  # the old meter's last stand is missing
        services.change_meter(session, made.id, NewMeter("M-2"), final=None, reason="Macet")
    with pytest.raises(Invalid):
        services.change_meter(session, made.id, NewMeter("M-2"), final=100_000, reason="Macet")
    services.change_meter(session, made.id, NewMeter("M-2", 6, 3), final=812, reason="Macet")
    other = customers.add(session, {"name": "Budi"})
    services.transfer(session, made.id, other.id, reason="Rumah dijual")
    services.regroup(session, made.id, "NIAGA", reason="Jadi warung")
    services.terminate(session, made.id, reason="Rumah dibongkar", final=40)
    with pytest.raises(Conflict):
        services.reconnect(session, made.id, reason="Coba lagi")
    happened = [e.kind for e in reversed(queries.history(session, made.id))]
    assert happened == [
        "registered", "suspended", "isolated", "reconnected", "meter_changed", "transferred", "regrouped", "terminated",
    ]  # fmt: skip
    assert [f"water.{kind}" for kind in happened] == [deed for deed in deeds(session) if deed.startswith("water.")]
    assert (made.state, made.customer_id, made.group_key) == ("terminated", other.id, "NIAGA")
    assert made.ended_on is not None
    assert [(m.serial, m.initial, m.final) for m in queries.meters(session, made.id)] == [
        ("M-2", 3, 40),
        ("M-1", 0, 812),
    ]
    with pytest.raises(Invalid):
        connect(number="0012", person={"name": "Orang lain"})


def test_found_by_number_phone_and_words_of_the_name_and_nothing_readable_is_stored(session, connect):
    made, _other = connect(), connect("0099", {"name": "SITI BADRIYAH", "phone": "0274 555 111"})

    def found(text):
        return [c.number for c, _customer in queries.connections(session, queries.Filters(text=text))]

    assert found("00") == ["0012", "0099"]
    assert found("0012") == ["0012"]
    assert found("+62 812 3456 7890") == ["0012"]
    assert found("aminah siti") == ["0012"]
    assert found("siti") == ["0012", "0099"]
    assert found("sit") == found("%") == found("siti zubaedah") == []
    row = session.get(Customer, (session.tenant_id, made.customer_id))
    stored = f"{vars(row)} {vars(made)}"
    assert not any(text in stored for text in ("Siti", "Aminah", "812", "siti@", "3402", "Melati"))


def test_a_dump_of_the_register_holds_no_nik_phone_or_mail(session, connect, village, database, client, tenant):
    for n, (nik, phone, email) in enumerate(FIVE):
        made = connect(f"00{n}", {"name": f"Orang {n}", "nik": nik, "phone": phone, "email": email}, meter=None)
        services.suspend(session, made.id, reason=f"Minta lewat {phone}, NIK {nik}")
    nik, phone, email = FIVE[0]
    heads = "nomor;nama;nik;telepon;email;alamat;wilayah;kelompok"
    good, bad = (
        f"010;Siti;{nik};{phone};{email};Jalan A;{village};RT",
        f"011;Siti;{nik[:9]};{phone}x;{email};;{village};RT",
    )
    data = f"{heads}\n{good}\n{bad}".encode()
    kept = imports.check(session, imports.kind_of("sambungan"), "x.csv", data, member_id=None)
    made = connect("020", {"name": "Ani", "nik": nik, "phone": phone, "email": email})
    session.commit()
    act_as(client, tenant, "water.clerk", "officer")
    assert phone in post_form(client, f"{LIST}/{made.id}/buka", {"reason": f"menelepon {phone}"}).text
    assert client.get(f"/kelola/water/impor/sambungan/{kept.id}").status_code == 200
    found = []
    with psycopg.connect(database.superuser_url) as owner:
        tables_ = owner.execute("SELECT tablename FROM pg_tables WHERE tablename ~ '^(water_|audit_)'").fetchall()
        for (name,) in tables_:
            with owner.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
                found += [bytes(block).decode() for block in copy]
    dump = "\n".join(found).lower()
    assert "minta lewat" in dump
    for person in FIVE:
        for spelling in spellings(*person):
            assert spelling.lower() not in dump, spelling


def test_a_table_is_looked_at_first_and_good_lines_are_offered(session, connect, village):
    connect("0000001")
    kind = imports.kind_of("sambungan")
    data = (
        table(
            village,
            "0000001;Siti;;Jalan A;DESA;RT-A;;;;;",
            "0000002;José Rizal;81234500001;Jalan B 2;DESA;RT-A;;;M-7;12;01/02/2024",
            "0000003;José Rizal;81234500001;Jalan B 3;DESA;RT-B;;;;;",
            "4;Tanpa Desa;;Jalan C;34.99;RT-A;;;;;",
            "0000005;Salah;;;DESA;RT-A;Z9;;;1.234,5;31/02/2024",
        )
        .decode()
        .encode("cp1252")
    )
    made = imports.check(session, kind, "pelanggan.csv", data, member_id=None)
    assert "Rizal" not in (made.content or "")
    assert made.counts == {"total": 5, "good": 2, "bad": 3}
    told = imports.plan(session, made).told()
    assert told[0] == "Baris 2, Nomor sambungan: Nomor ini sudah terdaftar."
    assert told[1].startswith("Baris 5, Nomor sambungan: Nomor 4 lebih pendek dari 7 angka yang lain.")
    assert [text.partition(":")[0] for text in told[2:]] == [
        "Baris 6, Alamat",
        "Baris 6, Stand awal",
        "Baris 6, Dipasang",
    ]
    assert {f.line for f in imports.plan(session, made).faults} == {2, 5, 6}
    with pytest.raises(Invalid):
        imports.confirm(session, made.id, only_good=False, by=By())
    assert session.scalar(select(func.count()).select_from(Connection)) == 1
    imports.confirm(session, made.id, only_good=True, by=By())
    assert (made.state, made.content, made.counts["done"]) == ("applied", None, {"connections": 2, "customers": 1})
    rows = {c.number: (c, p) for c, p in queries.connections(session, queries.Filters(text="rizal"))}
    assert sorted(rows) == ["0000002", "0000003"]
    assert queries.meters(session, rows["0000002"][0].id)[0].initial == 12
    assert customers.find_by_phone(session, "0812 3450 0001")[0].id == rows["0000002"][1].id
    with pytest.raises(Conflict):
        imports.check(session, kind, "lagi.csv", data, member_id=None)


def test_a_long_table_is_the_workers_and_what_came_meanwhile_stops_it(
    app, session, tenant, connect, village, monkeypatch
):
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    kind = imports.kind_of("sambungan")
    lines = [f"00{n};Pelanggan {n};;Jalan {n};DESA;RT-A;;;;;" for n in range(10, 13)]
    made = imports.check(session, kind, "a.csv", table(village, *lines), member_id=None)
    imports.confirm(session, made.id, only_good=False, by=By())
    session.commit()
    assert session.scalar(select(func.count()).select_from(Connection)) == 0
    connect("0012")
    session.commit()
    drain(app, tenant=tenant)
    session.refresh(made)
    assert (made.state, session.scalar(select(func.count()).select_from(Connection))) == ("failed", 1)
    assert made.problem


def test_other_sources_are_counted_once_and_updated_next_year(session, village):
    heads = "jenis;nama;wilayah;keluarga;tahun;sumber_angka"
    text = heads + "\nprotected_well;Sumur RT 3;{0};1.250;2024;Desa\nHidran umum;Pasar;{0};80;2024;Dinas\n"
    kind = imports.kind_of("sumber")
    for data, done in (
        (text, {"added": 2, "changed": 0}),
        (text.replace("1.250", "1.300"), {"added": 0, "changed": 2}),
    ):
        made = imports.check(session, kind, "s.csv", data.format(village).encode(), member_id=None)
        imports.confirm(session, made.id, only_good=False, by=By())
        assert made.counts["done"] == done
    assert queries.households(session) == {"connection": 0, "protected_well": 1300, "hydrant": 80}
    reading = kind.read(
        session,
        b"jenis,nama,wilayah,keluarga,tahun,sumber_angka,lintang,bujur\nhydrant,A,%s,1,2024,x,110.3,-7.8\n"
        % village.encode(),
    )
    assert "tertukar" in reading.told()[0]


def test_many_connections_at_once_read_back(session, village):
    rows = [
        sheets.Row(
            n,
            {
                "nomor": f"{n:06d}", "nama": f"Nama{n % 50} Uji", "telepon": f"08120000{n:05d}", "email": "", "nik": "",
                "alamat": "x",                 "wilayah": village, "kelompok": "RT-A", "urutan": n, "prioritas": None,
                "meter": f"M{n}",
                "digit": None,
                "stand_awal": 0, "tanggal_pasang": None, "lintang": None, "bujur": None, "zone_id": None, "route_id": None,
            },
        )
        for n in range(2_000)
    ]  # fmt: skip
    assert bulk.store_connections(session, rows, By()) == {"connections": 2_000, "customers": 2_000}
    [(connection, customer)] = queries.connections(session, queries.Filters(text="0812 0000 01999"))
    assert connection.number == "001999"
    assert session.scalar(select(func.count()).select_from(ConnectionEvent)) == 2_000
    assert customers.find_by_phone(session, "0812000001999")[0].id == customer.id
