"""Requests that lead to a connection or a change of name, and the register's pages as a clerk uses them."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from balai import billing, cases, files
from balai.audit import AuditEntry
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.offices import fields_for
from balai.testing.pages import post_form
from balai_water import sheets
from balai_water.register import customers, orders, queries, services, tables
from balai_water.register.models import Connection, ConnectionEvent, Order, Source
from balai_water.register.services import NewMeter

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
