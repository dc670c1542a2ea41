"""Bad input, one by one: clear words on the page and over the API, and nothing of what was typed or kept is lost."""

import uuid

import pytest
from sqlalchemy import select

from balai.cases import documents
from balai.cases.models import Case
from balai.testing.acting import act_as
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form

FORM = "/layanan/feedback/pengaduan"
API = "/api/v1/cases"
TYPED = "Lampu jalan depan balai desa mati sejak tiga hari lalu."


@pytest.fixture
def place(tenant):
    return {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa"}


@pytest.fixture
def typed(place):
    return {
        "bidang": "lampu", "uraian": TYPED, **place, "visibility": "public", "anonymity": "named",
        "client_id": str(uuid.uuid4()), "name": "Rina Warga", "phone": "0812 3456 7890",
    }  # fmt: skip


@pytest.fixture
def officer(app, client, tenant, staffed):
    """(browser, API headers, member id) of the officer who leads the admin unit."""
    sub = str(uuid.uuid4())
    member = act_as(client, tenant, "officer", name="Budi Petugas", sub=sub)
    staffed(tenant, member)
    return client, bearer_for(app, tenant, "officer", sub=sub), member


def faults(answer):
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    return {e["field"]: e["message"] for e in answer.json["errors"]}


def none_filed(session):
    return session.scalars(select(Case)).all() == []


# --- filing ---


def test_an_unknown_field(session, client, office, place, typed):
    body = {"service": "feedback.pengaduan", "data": {**COMPLAINT, "golongan_darah": "O"}, "place": place}
    found = faults(client.post(API, json=body))
    assert "golongan_darah" in str(found)
    unknown = client.post(
        API, json={"service": "feedback.pengaduan", "data": COMPLAINT, "place": place, "prioritas": 1}
    )
    assert unknown.status_code == 422
    assert "prioritas" in unknown.text
    assert none_filed(session)
    # A browser sends fields of its own (honeypot, buttons): on the page what nobody asked is left out.
    assert post_form(client, FORM, typed | {"golongan_darah": "O"}).status_code == 303
    assert "golongan_darah" not in session.scalars(select(Case)).one().data


@pytest.mark.parametrize("wrong", [5, ["lampu"], {"a": 1}, None, True])
def test_a_wrong_type(session, client, office, place, wrong):
    body = {"service": "feedback.pengaduan", "data": {**COMPLAINT, "bidang": wrong}, "place": place}
    found = faults(client.post(API, json=body))
    assert any("bidang" in field for field in found)
    assert all(message and message[0].isupper() for message in found.values())
    assert none_filed(session)


def test_a_choice_that_is_none_keeps_what_was_typed(session, client, office, typed):
    page = post_form(client, FORM, typed | {"bidang": "kapal selam"})
    assert (page.status_code, TYPED in page.text, "Rina Warga" in page.text) == (422, True, True)
    assert "Pilih" in page.text
    assert none_filed(session)


@pytest.mark.parametrize("code", ["99.99.01.2001", "{other}.01.2001", "bukan kode", "{own}.77"])
def test_a_district_that_is_not_this_region_s(session, client, tenant, other_tenant, office, place, typed, code):
    code = code.format(other=other_tenant.region_code, own=tenant.region_code)
    body = {"service": "feedback.pengaduan", "data": COMPLAINT, "place": {**place, "region": code}}
    answer = client.post(API, json=body)
    assert any("region" in field for field in faults(answer)), answer.text
    page = post_form(client, FORM, typed | {"region": code})
    assert (page.status_code, TYPED in page.text) == (422, True)
    assert none_filed(session)


def test_a_position_never_decides(session, client, office, place):
    """Far away in Papua, while the filer chose a village here: the village holds."""
    body = {
        "service": "feedback.pengaduan",
        "data": COMPLAINT,
        "place": {**place, "position": {"latitude": -2.53, "longitude": 140.7}},
    }
    assert client.post(API, json=body).status_code == 201
    assert session.scalars(select(Case.region)).one() == place["region"]


# --- steps ---


@pytest.fixture
def case(session, office, file_complaint):
    made = file_complaint().case
    session.commit()
    return made


def test_a_step_that_is_not_allowed_now_says_what_is(session, officer, case):
    browser, headers, _member = officer
    refused = browser.post(f"{API}/{case.code}/transitions", json={"step": "terbang"}, headers=headers)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:balai:masalah:langkah-tidak-bisa")
    assert {"teruskan", "selesaikan"} <= {s["key"] for s in refused.json["allowed"]}
    assert all(s["label"] for s in refused.json["allowed"])
    page = post_form(
        browser, f"/kelola/laporan/{case.code}/langkah", {"langkah": "terbang", "answer": "Sudah saya ganti."}
    )
    assert (page.status_code, "Langkah ini tidak bisa diambil sekarang." in page.text) == (409, True)
    assert "Sudah saya ganti." in page.text, "what was typed stays"
    session.refresh(case)
    assert (case.state, case.seq) == ("diterima", 1)


def test_two_officers_at_once(session, officer, case):
    browser, headers, _member = officer
    code = case.code
    done = browser.post(f"{API}/{code}/transitions", json={"step": "teruskan", "fields": {}, "seq": 1}, headers=headers)
    assert done.status_code == 200, done.text
    body = {"step": "selesaikan", "fields": {"answer": "Beres."}, "seq": 1}
    late = browser.post(f"{API}/{code}/transitions", json=body, headers=headers)
    assert (late.status_code, late.json["type"]) == (409, "urn:balai:masalah:sudah-berubah")
    assert [c["kind"] for c in late.json["changed"]] == ["moved"]
    given = {"langkah": "selesaikan", "answer": "Kata-kata petugas kedua.", "seen": "1"}
    page = post_form(browser, f"/kelola/laporan/{code}/langkah", given)
    assert page.status_code == 409
    assert "Sudah berubah sejak Anda membukanya" in page.text
    assert "Kata-kata petugas kedua." in page.text
    session.refresh(case)
    assert case.state == "dikerjakan"


def test_a_step_without_what_it_demands(session, officer, case):
    browser, headers, _member = officer
    answer = browser.post(f"{API}/{case.code}/transitions", json={"step": "selesaikan"}, headers=headers)
    assert any("answer" in field for field in faults(answer))
    page = post_form(browser, f"/kelola/laporan/{case.code}/langkah", {"langkah": "selesaikan"})
    assert page.status_code == 422
    session.refresh(case)
    assert case.seq == 1


# --- documents ---

DOCUMENT = """
key: pinjam
version: 1
titles: {id: Pinjam}
summary: {id: Pinjam sesuatu.}
sector: administrasi
topic: pinjam
workflow:
  start: a
  states:
    - {key: a, label: A, slot: s}
    - {key: b, label: B, slot: s}
    - {key: z, label: Z, outcome: done}
  transitions:
    - {key: maju, from: a, to: b, label: Maju}
    - {key: akhir, from: b, to: z, label: Akhir}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("from: a, to: b", "from: a, to: z", 12, "keadaan “b” tidak pernah tercapai"),
        ("from: b, to: z", "from: b, to: a", 11, "tidak ada jalan ke akhir (berputar terus)"),
        ("label: Maju}", "label: Maju, permission: raja.semua}", 15, "izin “raja.semua” tidak dikenal"),
    ],
    ids=["unreachable", "loop", "permission"],
)
def test_a_document_s_faults_are_named_with_plugin_service_and_line(officer, client, old, new, line, words):
    text = DOCUMENT.replace(old, new)
    assert text != DOCUMENT
    with pytest.raises(documents.DocumentError) as caught:
        documents.parse(text, owner="armada")
    assert any(s.startswith(f"armada.pinjam, baris {line}: ") and words in s for s in caught.value.sentences()), (
        caught.value.sentences()
    )
    # Brought into the console the same is said, and the text isn't lost: it is a drawing, or it stands in the form again.
    answer = post_form(client, "/kelola/layanan/susun/baca", {"text": text})
    assert answer.status_code in {303, 422}
    shown = client.get(f"{answer.location}/terbit").text if answer.status_code == 303 else answer.text
    assert words in shown


def test_accepted_documents_stay_possible():
    assert documents.parse(DOCUMENT, owner="armada").id == "armada.pinjam"
