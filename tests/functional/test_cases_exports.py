"""The inbox as CSV and XLSX: what is in it, what never is, who gets the personal columns, and that nothing runs as a formula."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from balai import cases
from balai.cases import Case, Reporter
from balai.cases.exports import services
from balai.cases.personal import marks
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import untranslated

PAGE = "/kelola/laporan/ekspor"
ALL = f"{PAGE}?antrean=all&keadaan=semua"


@pytest.fixture
def officer(client, tenant, staffed):
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    return client


@pytest.fixture
def file(session, tenant, officer):
    def make(summary="Lampu jalan padam sejak tiga hari lalu.", *, commit=True, **options):
        service = cases.service(session, "feedback.pengaduan")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        options.setdefault("reporter", Reporter(name="Rina Sari", phone="081234567890", email="rina@contoh.id"))
        made = cases.file_case(session, service, {"bidang": "lampu", "uraian": summary}, place=place, **options).case
        session.commit()
        return made

    return make


def rows(answer):
    assert answer.status_code == 200, answer.text[:500]
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def cells(answer):
    """Cells of the first sheet by reference, and the sheet's raw XML."""
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
        found = {}
        for cell in ET.fromstring(sheet).iterfind(".//x:c", names):  # noqa: S314 - our own file
            text = cell.findtext("x:is/x:t", namespaces=names) or cell.findtext("x:v", namespaces=names)
            found[cell.get("r")] = text
        return found, sheet


def test_csv_holds_what_the_filters_show(officer, file):
    made, other = file(), file("Sampah menumpuk di pasar lama.")
    found = rows(post_form(officer, ALL, {"jenis": "csv"}))
    assert [row["Kode"] for row in found] == [other.code, made.code]
    row = found[1]
    assert row["Layanan"] == "Pengaduan"
    assert row["Patokan"] == "depan balai desa"
    assert row["Jalur"] == "situs web"
    assert row["Wilayah"] == "Kecamatan Uji"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row["Masuk"])
    assert "Nama pelapor" not in row
    assert [r["Kode"] for r in rows(post_form(officer, f"{ALL}&q=pasar", {"jenis": "csv"}))] == [other.code]
    assert rows(post_form(officer, f"{PAGE}?keadaan=closed", {"jenis": "csv"})) == []


def test_answers_get_columns_once_one_service_is_chosen(officer, file):
    file()
    (row,) = rows(post_form(officer, f"{ALL}&layanan=feedback.pengaduan", {"jenis": "csv"}))
    assert row["Tentang apa?"] == "Lampu jalan"
    assert row["Apa yang terjadi?"].startswith("Lampu jalan padam")


def test_xlsx_has_dates_numbers_and_no_formula(officer, file):
    file("=HYPERLINK(1) lampu padam di jalan")
    file("+62 lampu padam di jalan raya")
    file("@SUM(A1) lampu padam di jalan")
    file("-2+3 lampu padam di jalan raya")
    found, raw = cells(post_form(officer, ALL, {"jenis": "xlsx"}))
    assert found["A1"] == "Kode"
    assert "<f>" not in raw
    texts = [found[f"C{n}"] for n in range(2, 6)]
    assert all(text.startswith("'") for text in texts), texts
    assert float(found["O2"]) > 46000  # a date as the number that spreadsheets count in
    csv_rows = rows(post_form(officer, ALL, {"jenis": "csv"}))
    assert all(row["Isi"].startswith("'") for row in csv_rows)


def test_personal_columns_need_the_right_and_a_reason_and_are_recorded(officer, client_of, tenant, file, session):
    from sqlalchemy import text

    file()
    refused = post_form(officer, ALL, {"jenis": "csv", "pribadi": "ya"})
    assert refused.status_code == 422
    assert "Perlu diperbaiki" in refused.text
    assert 'name="pribadi" value="ya" checked' in refused.text
    (row,) = rows(
        post_form(officer, f"{ALL}&q=lampu", {"jenis": "csv", "pribadi": "ya", "alasan": "undangan musyawarah"})
    )
    assert (row["Nama pelapor"], row["Nomor telepon"], row["Email"]) == (
        "Rina Sari",
        "'+6281234567890",
        "rina@contoh.id",
    )
    entries = session.execute(
        text("SELECT data FROM audit_entry WHERE tenant_id = :t AND action = 'case.exported' ORDER BY id"),
        {"t": tenant.id},
    ).scalars()
    (entry,) = entries
    assert entry["personal"] is True
    assert entry["reason"] == "undangan musyawarah"
    assert "q" not in entry["filters"]
    admin = client_of(tenant)
    act_as(admin, tenant, "admin")
    assert post_form(admin, ALL, {"jenis": "csv", "pribadi": "ya", "alasan": "ingin tahu"}).status_code == 403
    assert "peran Anda tidak membukanya" in admin.get(ALL).text
    assert "Nama pelapor" not in rows(post_form(admin, ALL, {"jenis": "csv"}))[0]


def test_what_is_never_in_it(officer, client_of, other_tenant, staffed, file, session):
    secret = file(visibility="secret")
    hidden = file(anonymity="anonymous")
    held = file()
    marks.mark(session, held, "restricted", "diminta pelapor")
    session.commit()
    found = {
        r["Kode"]: r for r in rows(post_form(officer, ALL, {"jenis": "csv", "pribadi": "ya", "alasan": "undangan"}))
    }
    assert secret.code not in found
    for code in (hidden.code, held.code):
        assert (found[code]["Nama pelapor"], found[code]["Nomor telepon"]) == ("", ""), code
    stranger = client_of(other_tenant)
    staffed(other_tenant, act_as(stranger, other_tenant, "officer"))
    assert rows(post_form(stranger, ALL, {"jenis": "csv"})) == []


def test_of_another_units_cases_the_person_stays_unknown(client_of, tenant, file):
    file(visibility="public")
    outsider = client_of(tenant)
    act_as(outsider, tenant, "officer", name="Petugas Lain")
    (row,) = rows(post_form(outsider, ALL, {"jenis": "csv", "pribadi": "ya", "alasan": "undangan rapat"}))
    assert (row["Nama pelapor"], row["Nomor telepon"], row["Email"]) == ("", "", "")


def test_who_may_open_it(client, tenant, office):
    for role, status in (("helper", 403), ("auditor", 403), ("leader", 403), ("officer", 200)):
        act_as(client, tenant, role)
        assert client.get(PAGE).status_code == status, role
        assert post_form(client, ALL, {"jenis": "csv"}).status_code == status, role
    assert post_form(client, ALL, {"jenis": "pdf"}).status_code == 422


def test_the_page_says_what_it_will_hold(officer, file):
    empty = officer.get(PAGE)
    assert "Tidak ada yang sesuai saringan ini" in empty.text
    file()
    assert "Unduh sebagai tabel" in officer.get("/kelola/laporan?antrean=all&q=lampu").text
    assert f'href="{PAGE}?antrean=all&amp;q=lampu"' in officer.get("/kelola/laporan?antrean=all&q=lampu").text
    page = officer.get(f"{ALL}&q=lampu")
    assert "Kata atau kode" in page.text
    assert untranslated(officer.get(f"{ALL}&bahasa=qps").text, data=("24 November 2026",)) == []


def test_batches_follow_each_other_without_a_gap(officer, file, session, office_person, monkeypatch):
    made = [file().code for _n in range(7)]
    monkeypatch.setattr(services, "_BATCH", 3)
    sheet = services.sheet(session, office_person, cases.Filters(queue="all", state=""))
    assert [row[0] for row in sheet.rows] == made[::-1]
    monkeypatch.setattr(services, "MOST_ROWS", 3)
    last = list(services.sheet(session, office_person, cases.Filters(queue="all", state="")).rows)
    assert len(last) == 4
    assert "tidak memuat semuanya" in last[-1][0]


@pytest.fixture
def office_person(session):
    unit = session.query(Case).first()
    return cases.Person(
        "staff", is_admin=True, permissions=frozenset({"cases.work"}), units=frozenset({unit.unit_id} if unit else ())
    )
