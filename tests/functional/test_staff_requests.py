"""A member's own request to the office: files added later, and a form that closed while it was being written."""

import io

from pypdf import PdfWriter
from test_cases_drawing import add, begin, leader, officer, published  # noqa: F401 - the same office and its drawing

from balai import cases
from balai.cases.models import ServiceSetting
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form

FORM = "/kelola/layanan/daerah/peminjaman-kendaraan-dinas"


def pdf():
    made, out = PdfWriter(), io.BytesIO()
    made.add_blank_page(72, 72)
    made.write(out)
    out.seek(0)
    return out


def drawn(officer, leader):  # noqa: F811 - pytest's fixtures
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text")
    published(officer, leader, here)


def test_files_can_be_added_to_an_open_request(officer, leader, client_of, tenant):  # noqa: F811
    drawn(officer, leader)
    sent = post_form(officer, FORM, {"tujuan": "Rapat"}).location
    assert "Tambah berkas" in officer.get(sent).text
    given = {"berkas": (pdf(), "surat-tugas.pdf")}
    reply = post_form(officer, f"{sent}/berkas", given, content_type="multipart/form-data")
    assert reply.status_code == 303, reply.text
    assert "surat-tugas.pdf" in officer.get(sent).text
    assert post_form(officer, f"{sent}/berkas", {}, content_type="multipart/form-data").status_code == 422
    wrong = {"berkas": (io.BytesIO(b"MZ\x90"), "program.exe")}
    assert post_form(officer, f"{sent}/berkas", wrong, content_type="multipart/form-data").status_code == 422
    colleague = client_of(tenant)
    act_as(colleague, tenant, "officer", name="Rina Staf")
    given = {"berkas": (pdf(), "titipan.pdf")}
    assert post_form(colleague, f"{sent}/berkas", given, content_type="multipart/form-data").status_code == 404


def test_a_form_that_closed_meanwhile_gives_the_words_back(app, officer, leader, tenant):  # noqa: F811
    drawn(officer, leader)
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, "daerah.peminjaman-kendaraan-dinas")
        setting = cases.catalogue.setting_of(session, service.id)
        if setting is None:
            setting = ServiceSetting(service_id=service.id)
            session.add(setting)
        setting.state = "closing"
    page = post_form(officer, FORM, {"tujuan": "Rapat koordinasi di kabupaten"})
    assert page.status_code == 409
    assert "Rapat koordinasi di kabupaten" in page.text
    assert "Yang Anda tulis belum terkirim" in page.text
