"""Customers and connections: who is found how, what may follow what, tables in and out, requests that lead to a connection."""

import io
import re

import psycopg
import pytest
from PIL import Image
from psycopg import sql
from sqlalchemy import func, select

from balai import billing, cases, files
from balai.audit import AuditEntry
from balai.errors import Conflict, Invalid
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.offices import fields_for
from balai.testing.pages import post_form
from balai.testing.personal import FIVE, spellings
from balai_water import sheets
from balai_water.register import bulk, customers, imports, orders, queries, services, tables
from balai_water.register.models import Connection, ConnectionEvent, Customer, Order, Source
from balai_water.register.services import By, NewMeter

LIST = "/kelola/water/pelanggan"
OFFER = {"hasil_survei": "12 m ke pipa", "harga": "1500000", "answer": "Silakan"}
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


@pytest.fixture
def file(session, office, village):
    def papers(key):
        if key != "balik-nama":
            return {}
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
        picture.seek(0)
        return {"bukti": [files.store(session, picture, purpose="case.attachment", filename="akta.jpg").id]}

    def make(key, data):
        person = {"nik": "3402015005800001", "telepon": "081234567890"}
        return cases.file_case(
            session, cases.service(session, f"water.{key}"), person | data, reporter=cases.Reporter(phone="081234567890"),
            place=cases.Place(village, "samping balai desa"), channel="counter", files=papers(key),
        ).case  # fmt: skip

    return make


def heard(session, app, tenant):
    session.commit()
    drain(app, tenant=tenant)
    session.expire_all()


def test_from_a_request_over_quote_and_payment_to_a_connection(app, session, tenant, office, file, client):
    case = file("sambungan-baru", {"jenis": "rumah", "nama": "Siti Aminah"})
    staff = office.staff()
    cases.move_case(session, case.id, "jadwalkan", person=staff)
    cases.move_case(session, case.id, "tawarkan", person=staff, fields=OFFER)
    poor = file("sambungan-baru", {"jenis": "rumah", "nama": "Mbah Karto"})
    cases.move_case(session, poor.id, "jadwalkan", person=staff)
    cases.move_case(session, poor.id, "tawarkan", person=staff, fields=OFFER)
    for asked in (case, poor):
        citizen = cases.citizen(session, holds=frozenset({asked.id}))
        cases.move_case(session, asked.id, "setuju", person=citizen)
    heard(session, app, tenant)
    assert [i.state for i in billing.of_subject(session, orders.SUBJECT, str(poor.id))] == ["open"]
    cases.move_case(session, poor.id, "gratis", person=staff, fields={"reason": "Program bantuan"})
    heard(session, app, tenant)
    assert [i.state for i in billing.of_subject(session, orders.SUBJECT, str(poor.id))] == ["cancelled"]
    [invoice] = billing.of_subject(session, orders.SUBJECT, str(case.id))
    assert (invoice.total, case.state) == (1_500_000, "bayar")
    billing.settle(
        session, invoice.id, 1_500_000, method="cash", paid_at=invoice.issued_at, reference="x1", account="kas"
    )
    heard(session, app, tenant)
    assert case.state == "pasang"
    cases.move_case(session, case.id, "selesaikan", person=staff, fields={"answer": "Sudah mengalir"})
    heard(session, app, tenant)
    order = session.scalars(select(Order)).one()
    assert (order.kind, order.state, queries.count_open_orders(session)) == ("connect", "open", 1)

    act_as(client, tenant, "water.clerk")
    assert "Siti Aminah" in client.get("/kelola/water/permohonan").text
    page = client.get(f"/kelola/water/permohonan/{order.id}").text
    assert 'value="Siti Aminah"' in page
    given = {
        "nama": "Siti Aminah", "telepon": "081234567890", "nik": "3402015005800001", "alamat": "Jalan Melati 5",
        "wilayah": case.region, "kelompok": "RT-A", "meter": "M-77", "nomor": "",
    }  # fmt: skip
    refused = post_form(client, f"/kelola/water/permohonan/{order.id}", given)
    assert refused.status_code == 422
    done = post_form(client, f"/kelola/water/permohonan/{order.id}", given | {"nomor": "0077"})
    assert done.status_code == 303
    session.rollback()
    connection = session.scalars(select(Connection)).one()
    assert done.location == f"{LIST}/{connection.id}"
    assert session.scalars(select(ConnectionEvent)).one().case_id == case.id
    assert post_form(client, f"/kelola/water/permohonan/{order.id}", given | {"nomor": "0078"}).status_code == 409


def test_a_granted_transfer_changes_the_name_or_waits_for_the_officer(app, session, tenant, office, file, connect):
    made = connect(person={"name": "Pak Lama"})
    good = file("balik-nama", {"nomor_sambungan": "0012", "nama_baru": "Siti Aminah"})
    lost = file("balik-nama", {"nomor_sambungan": "99", "nama_baru": "Budi"})
    for case in (good, lost):
        cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields=fields_for(session, ["answer"]))
    heard(session, app, tenant)
    assert {o.case_id: o.state for o in session.scalars(select(Order))} == {good.id: "done", lost.id: "open"}
    customer = customers.customer_of(session, services.connection_of(session, made.id).customer_id)
    assert [customer.id] == [c.id for c in customers.find_by_phone(session, "081234567890")]
    assert queries.history(session, made.id)[0].case_id == good.id
    refused = file("sambungan-baru", {"jenis": "rumah", "nama": "Budi"})
    cases.move_case(session, refused.id, "tolak", person=office.staff(), fields={"reason": "Jauh dari pipa"})
    heard(session, app, tenant)
    assert queries.count_open_orders(session) == 1


def test_the_officers_pages(client, client_of, session, tenant, connect):  # noqa: PLR0915 - one day
    made = connect()
    other = connect("0013", {"name": "Budi"})
    session.commit()
    here = f"{LIST}/{made.id}"
    act_as(client, tenant, "water.clerk")
    assert "0012" in client.get(f"{LIST}?q=aminah").text
    assert "Tidak ada yang cocok" in client.get(f"{LIST}?q=zubaedah").text
    page = client.get(here).text
    assert "Siti Aminah" in page
    assert "+62812*****890" in page or "0812" in page
    assert "345" not in re.sub(r"<[^>]+>", "", page)
    assert post_form(client, f"{here}/buka", {"reason": "menelepon soal bocor"}).status_code == 403

    for act, data in (
        ("henti", {}),
        ("sambung", {}),
        ("meter", {"meter": "M-2", "stand_akhir": "12"}),
        ("kelompok", {"kelompok": "B"}),
    ):
        assert client.get(f"{here}/langkah/{act}").status_code == 200
        assert post_form(client, f"{here}/langkah/{act}", data).status_code == 422, act
        assert post_form(client, f"{here}/langkah/{act}", data | {"alasan": "Ada alasannya"}).status_code == 303, act
    assert client.get(f"{here}/langkah/hapus").status_code == 404
    given = {"nama": "Siti Aminah Baru", "alamat": "Jalan Mawar 1", "wilayah": made.region, "prioritas": "hospital"}
    assert post_form(client, f"{here}/ubah", given | {"wilayah": "34.9"}).status_code == 422
    assert post_form(client, f"{here}/ubah", given).status_code == 303
    page = client.get(here).text
    assert "Jalan Mawar 1" in page
    assert "Rumah sakit" in page
    assert "812" in page  # the phone stayed

    new = {"nama": "Warung Ijo", "nomor": "0012", "alamat": "Pasar", "wilayah": "34.71.01.1001", "kelompok": "N"}
    assert "sudah dipakai" in post_form(client, f"{LIST}/baru", new).text
    assert post_form(client, f"{LIST}/baru", new | {"nomor": "0014"}).status_code == 303
    upload = {"berkas": (io.BytesIO(b"nomor;nama\n1;x\n"), "x.csv")}
    assert "tidak ada di baris judul" in post_form(client, "/kelola/water/impor/sambungan", upload).text
    out = post_form(client, "/kelola/water/ekspor/sambungan", {"jenis": "csv"}).get_data(as_text=True)
    assert "S*** A*** B***" in out
    assert "Mawar" not in out
    assert post_form(client, "/kelola/water/ekspor/sambungan", {"jenis": "csv", "pribadi": "ya"}).status_code == 403

    for path in ("tempat/zona/baru", "tempat/rute/baru"):
        assert (
            post_form(client, f"/kelola/water/{path}", {"kode": "Z 1", "nama": "Utara", "aktif": "ya"}).status_code
            == 303
        )
    assert (
        "sudah dipakai"
        in post_form(client, "/kelola/water/tempat/zona/baru", {"kode": "Z1", "nama": "U", "aktif": "ya"}).text
    )
    source = {
        "jenis": "spring",
        "nama": "Umbul",
        "wilayah": made.region,
        "keluarga": "40",
        "tahun": "2025",
        "sumber_angka": "Desa",
    }
    assert post_form(client, "/kelola/water/sumber/baru", source | {"tahun": "dulu"}).status_code == 422
    assert post_form(client, "/kelola/water/sumber/baru", source).status_code == 303
    assert "Umbul" in client.get("/kelola/water/sumber").text
    session.rollback()
    place = session.scalars(select(Source)).one()
    assert post_form(client, f"/kelola/water/sumber/{place.id}", {"langkah": "hentikan"}).status_code == 303

    viewer = client_of(tenant)
    act_as(viewer, tenant, "water.biller")
    page = viewer.get(f"{LIST}/{other.id}").text
    assert "B***" in page
    assert "Budi" not in page
    assert post_form(viewer, f"{LIST}/{other.id}/langkah/henti", {"alasan": "Iseng saja"}).status_code == 403
    boss = client_of(tenant)
    act_as(boss, tenant, "water.clerk", "officer")
    assert "Tulis untuk apa" in post_form(boss, f"{here}/buka", {"reason": "x"}).text
    assert "3402015005800001" in post_form(boss, f"{here}/buka", {"reason": "menelepon soal kebocoran"}).text
    full = post_form(
        boss, "/kelola/water/ekspor/sambungan", {"jenis": "csv", "pribadi": "ya", "alasan": "surat edaran"}
    )
    assert "Jalan Mawar 1" in full.get_data(as_text=True)
    xlsx = post_form(
        boss, "/kelola/water/ekspor/sambungan", {"jenis": "xlsx", "pribadi": "ya", "alasan": "surat edaran"}
    )
    again = sheets.read(xlsx.get_data(), tables.CONNECTIONS)
    assert (again.faults, [r.values["nomor"] for r in again.rows]) == ([], ["0012", "0013", "0014"])
    session.rollback()
    assert {"water.customer_revealed", "water.exported", "water.customer_changed"} <= set(deeds(session))
