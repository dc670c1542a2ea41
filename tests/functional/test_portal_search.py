"""People search for what troubles them, in their own words."""

import re

import pytest

from balai.cases import finding
from balai.testing.words import forbidden, untranslated


def found(client, typed):
    page = client.get("/layanan", query_string={"q": typed})
    assert page.status_code == 200
    assert forbidden(page.text) == []
    return re.findall(r'href="/layanan/feedback/([\w-]+)"', page.text), page.text


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("air mati", "Air dan saluran"), ("PDAM", "Air dan saluran"), ("lampu jalan", "Lampu jalan"), ("PJU mati", "Lampu jalan"),
        ("jalan berlubang", "Jalan dan jembatan"), ("got mampet", "Air dan saluran"), ("pungli", "Pelayanan kantor atau pegawai"),
        ("berisik", "Ketertiban dan kebisingan"), ("street light", "Lampu jalan"),
    ],
)  # fmt: skip
def test_words_that_people_use_lead_to_the_choice(client, office, typed, choice):
    services, page = found(client, typed)
    assert services[0] == "pengaduan", typed
    assert f"Pilih “{choice}” di formulirnya." in page


@pytest.mark.parametrize(
    ("typed", "first"), [("saran", "usul"), ("PPID", "permintaan-informasi"), ("rusak", "pengaduan")]
)
def test_services_by_other_names(client, office, typed, first):
    assert found(client, typed)[0][0] == first


@pytest.mark.parametrize(
    "typed", ["ktp", "kartu keluarga hilang", "xyzzy", "'; DROP TABLE cases", "\x00", "<script>", "%%%"]
)
def test_what_nothing_answers_leads_on(client, office, typed):
    services, page = found(client, typed)
    assert "<script>" not in page
    if typed.strip("\x00"):
        assert services == ["pengaduan"]
        assert "petugas membacanya dan meneruskan" in page


def test_keywords_of_a_document_count():
    from dataclasses import replace

    from balai.contracts import Sector, Service, State, Workflow

    plain = Service(
        "x",
        "surat",
        1,
        {"id": "Surat"},
        {"id": ""},
        Sector.ADMINISTRASI,
        "surat",
        Workflow("a", (State("a", "A"),), ()),
    )
    assert finding.find([plain], "domisili") == []
    named = replace(plain, keywords=("domisili", "tempat tinggal"))
    assert [f.service for f in finding.find([plain, named], "surat domisili")] == [named]


def test_no_word_stands_for_two_things():
    words = [word for group in finding.SAME_THING for word in group]
    assert len(words) == len(set(words))


def test_every_string_can_be_translated(client, office):
    data = ("Pengaduan", "Usul", "Permintaan informasi", "Laporkan", "Sampaikan", "Minta", "Complaint")
    for query in ("", "&q=lampu", "&q=xyzzy"):
        assert untranslated(client.get(f"/layanan?bahasa=qps{query}").text, data=data) == []
