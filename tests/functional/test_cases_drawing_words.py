"""Hostile input on the drawing board, and the words on its pages."""

import pytest

from balai.cases.drawing.flows import flow
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

ROOT = "/kelola/layanan/susun"


@pytest.fixture
def officer(client, tenant, staffed):
    """A signed-in officer who leads the admin unit."""
    staffed(tenant, act_as(client, tenant, "officer", name="Budi Petugas"))
    return client


@pytest.fixture
def leader(client_of, tenant):
    made = client_of(tenant)
    act_as(made, tenant, "leader", name="Ibu Sekda")
    return made


def begin(client, title="Peminjaman kendaraan dinas", audience="staff", flow="pinjam"):
    answer = post_form(client, ROOT, {"title": title, "audience": audience, "flow": flow})
    assert answer.status_code == 303, answer.text[:3000]
    return answer.location


def add(client, here, **given):
    answer = post_form(client, f"{here}/formulir", given)
    assert answer.status_code == 303, answer.text[:2000]


def published(officer, leader, here):
    assert post_form(officer, f"{here}/terbit/minta", {}).status_code == 303
    assert post_form(leader, f"{here}/terbit/terbitkan").status_code == 303


HOSTILE = {
    "unknown type": ("  - {key: a, type: hologram, label: A}\n", "hologram"),
    "two hundred": ("".join(f"  - {{key: f{i}, type: text, label: F}}\n" for i in range(200)), "isi paling banyak 80"),
    "huge label": (f"  - {{key: a, type: text, label: {'x' * 5000}}}\n", "paling banyak 200"),
}


def yaml_of(fields, states="", permission="cases.work"):
    return f"""key: uji
version: 1
titles: {{id: Layanan uji}}
summary: {{id: Uji}}
sector: administrasi
topic: uji
fields:
{fields}workflow:
  start: masuk
  states:
    - {{key: masuk, label: Masuk, slot: penerima}}
    - {{key: beres, label: Beres, outcome: done}}
{states}  transitions:
    - {{key: jawab, from: masuk, to: beres, label: Jawab, permission: {permission}}}
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_the_wrong_shape_comes_back_with_lines(officer, name):
    fields, words = HOSTILE[name]
    answer = post_form(officer, f"{ROOT}/baca", {"text": yaml_of(fields)})
    assert answer.status_code == 422
    assert words in answer.text
    assert "baris " in answer.text
    assert "Layanan uji" in answer.text, "nothing is lost"


def test_a_file_that_makes_no_sense_yet_is_kept_and_says_what_is_wrong(officer):
    odd = "    - {key: sepi, label: Sepi, slot: penerima}\n"
    answer = post_form(
        officer, f"{ROOT}/baca", {"text": yaml_of("  - {key: a, type: text, label: A}\n", odd, "rahasia.besar")}
    )
    assert answer.status_code == 303
    page = officer.get(f"{answer.location}/alur").text
    assert "izin “rahasia.besar” tidak dikenal" in page
    assert "“sepi” tidak punya langkah keluar" in page
    assert post_form(officer, f"{answer.location}/terbit/minta", {}).status_code == 409
    for tab in (
        "umum",
        "formulir",
        "alur",
        "pratinjau",
        "coba",
        "terbit",
        "riwayat",
        "alur/langkah/0",
        "alur/keadaan/2",
    ):
        assert officer.get(f"{answer.location}/{tab}").status_code == 200, tab


def test_a_loop_without_a_way_out_is_named(officer):
    states = "".join(f"    - {{key: {key}, label: L, slot: penerima}}\n" for key in "ab")
    ways = (("x", "masuk", "a"), ("y", "a", "b"), ("z", "b", "a"))
    steps = "".join(f"    - {{key: {key}, from: {source}, to: {to}, label: L}}\n" for key, source, to in ways)
    text = yaml_of("  - {key: a, type: text, label: A}\n", states) + steps
    answer = post_form(officer, f"{ROOT}/baca", {"text": text})
    page = officer.get(f"{answer.location}/alur").text
    assert "tidak ada jalan ke akhir (berputar terus)" in page


def test_scripts_in_labels_are_words(officer):
    evil = "<script>alert(1)</script>"
    here = begin(officer, title=f"Uji {evil}")
    add(officer, here, label=evil, type="choice", options=f"{evil}\nya")
    post_form(officer, f"{here}/alur/keadaan", {"label": evil, "slot_new": evil})
    for tab in ("umum", "formulir", "formulir/0", "alur", "pratinjau", "terbit", "riwayat"):
        text = officer.get(f"{here}/{tab}").text
        assert evil not in text, tab
        assert "&lt;script&gt;" in text


def test_typed_limits(officer):
    here = begin(officer)
    for path, given in (
        ("formulir", {"label": "x" * 5000, "type": "text"}),
        ("formulir", {"label": "", "type": "text"}),
        ("formulir", {"label": "A", "type": "hologram"}),
        ("formulir", {"label": "A", "type": "choice", "options": "\n".join(str(i) for i in range(500))}),
        ("umum", {"title": "x" * 5000, "summary": "x"}),
        ("alur/keadaan", {"label": "A", "sla_days": "banyak"}),
        ("alur/langkah", {"label": "A", "from": ["entah"], "to": "kembali"}),
        ("alur/pengingat", {"timer_state": "entah", "after_days": "-1", "do": "meledak"}),
        ("alur/templat", {"flow": "entah"}),
    ):
        assert post_form(officer, f"{here}/{path}", given).status_code == 422, (path, given)
    assert officer.get(f"{here}/formulir/99").status_code == 404
    assert post_form(officer, f"{here}/formulir/99/pindah", {"arah": "naik"}).status_code == 409
    assert post_form(officer, f"{here}/riwayat/99").status_code == 404
    assert post_form(officer, ROOT, {"title": "", "audience": "dunia", "flow": ""}).status_code == 422
    for i in range(80):
        add(officer, here, label=f"Isian {i}", type="text")
    full = post_form(officer, f"{here}/formulir", {"label": "Satu lagi", "type": "text"})
    assert full.status_code == 422
    assert "Satu lagi" in full.text


def test_every_word_can_be_translated(officer, leader, client_of, tenant):
    here = begin(officer)
    add(officer, here, label="Keperluan", type="choice", options="Rapat\nTugas")
    published(officer, leader, here)
    officer.get(here)  # shows the flashes, which are in the language of the act
    officer.get(f"{here}/umum")
    data = ("Peminjaman", "Keperluan", "Rapat", "Tugas", "pengelola", "Waktu setempat", "WIB", "Rp", "Admin daerah")
    # What stands in the document is the region's own text.
    path = flow("pinjam").workflow
    data += tuple(row["label"] for row in (*path["states"], *path["transitions"]))
    tabs = (
        "umum",
        "formulir",
        "formulir/0",
        "alur",
        "alur/keadaan/0",
        "alur/langkah/0",
        "pratinjau",
        "coba",
        "terbit",
        "riwayat",
    )
    for path in (ROOT, *(f"{here}/{tab}" for tab in tabs), "/kelola/layanan-pegawai"):
        page = officer.get(f"{path}?bahasa=qps")
        assert page.status_code == 200
        assert untranslated(page.text, data=data) == [], path


def test_a_service_for_citizens_uses_their_words(officer, leader, client_of, tenant):
    here = begin(officer, title="Pinjam aula kecamatan", audience="public", flow="setujui")
    add(officer, here, label="Nama acara", type="text", required="ya")
    add(officer, here, label="NIK", type="nik")
    published(officer, leader, here)
    citizen = client_of(tenant)
    assert "Pinjam aula kecamatan" in citizen.get("/layanan").text
    assert plain(citizen.get("/layanan/daerah/pinjam-aula-kecamatan").text)
    data = {"nama_acara": "Rapat warga", "nik": "3402014505900001", "visibility": "private", "anonymity": "named"}
    sent = post_form(citizen, "/layanan/daerah/pinjam-aula-kecamatan", data)
    assert sent.status_code == 303, sent.text
    assert plain(citizen.get(sent.location).text)
    page = citizen.get(sent.location.removesuffix("/terkirim")).text
    assert plain(page)
    assert "Diajukan" in page or "Diterima" in page
    assert citizen.get("/api/v1/services/daerah.pinjam-aula-kecamatan").json["form"]["required"] == ["nama_acara"]
    code = sent.location.split("/")[2]
    staff_page = officer.get(f"/kelola/laporan/{code}").text
    assert "3402014505900001" not in staff_page
