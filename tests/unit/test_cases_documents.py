"""Service documents: what is refused, with which words and at which line."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from balai.cases import documents
from balai.cases.documents import DocumentError

FEEDBACK = Path(__file__).parents[2] / "plugins/feedback/balai_feedback/services"
SMALL = """\
key: kendaraan
version: 1
titles: {id: Peminjaman kendaraan dinas}
summary: {id: Pinjam kendaraan kantor}
sector: administrasi
topic: kendaraan
audience: staff
fields:
  - key: perlu
    type: choice
    label: Untuk apa?
    options: [{value: tamu, label: Tamu}, {value: rapat, label: Rapat}]
  - key: nama_tamu
    type: text
    label: Nama tamu
    show_if: {perlu: [tamu]}
workflow:
  start: baru
  states:
    - {key: baru, label: Baru, slot: penerima, sla_days: 1}
    - {key: dipakai, label: Dipakai, slot: penerima}
    - {key: kembali, label: Kembali, outcome: done}
  transitions:
    - {key: setujui, from: baru, to: dipakai, label: Setujui}
    - {key: terima, from: dipakai, to: kembali, label: Terima kembali}
"""


def refused(text, owner="daerah"):
    with pytest.raises(DocumentError) as caught:
        documents.parse(text, owner=owner)
    return str(caught.value)


def test_the_shipped_services_are_sound():
    services = {s.id: s for s in documents.load_folder(FEEDBACK, owner="feedback")}
    assert set(services) == {"feedback.pengaduan", "feedback.usul", "feedback.permintaan-informasi"}
    complaint = services["feedback.pengaduan"].workflow
    assert complaint.state("diterima").sla_days == 3  # LAPOR: routed in 3, answered in 5, closed 10 after the answer
    assert complaint.state("dikerjakan").sla_days == 5
    assert [t.after_days for t in complaint.timers if t.do == "tutup_otomatis"] == [10]


@pytest.mark.parametrize("file", sorted(FEEDBACK.glob("*.yaml")), ids=lambda f: f.stem)
def test_a_service_survives_being_stored(file):
    service = documents.parse(file.read_text(), owner="feedback")
    stored = json.loads(json.dumps(documents.dump(service)))
    assert documents.check(stored, owner="feedback") == service


def test_json_is_read_like_yaml():
    text = json.dumps(yaml.safe_load(SMALL), indent=1)
    assert documents.parse(text, owner="daerah") == documents.parse(SMALL, owner="daerah")


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(documents.document_schema())


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("to: dipakai,", "to: hilang,", 24, "keadaan “hilang” tidak ada"),
        ("from: baru,", "from: dipakai,", 20, "tidak punya langkah keluar"),
        ("label: Setujui}", "label: Setujui, permission: cases.bohong}", 24, "izin “cases.bohong” tidak dikenal"),
        ("label: Setujui}", "label: Setujui, demands: [usia]}", 24, "isian “usia” tidak ada"),
        ("label: Setujui}", "label: Setujui, by: 'event:on_rain'}", 24, "peristiwa “on_rain” tidak dikenal"),
        ("label: Setujui}", "label: Setujui, message: halo}", 24, "pesan “halo” tidak dikenal"),
        ("outcome: done}", "slot: penerima}", 22, "tidak punya hasil (outcome)"),
        ("start: baru", "start: awal", 18, "keadaan awal “awal” tidak ada"),
        ("slot: penerima, sla_days: 1", "sla_days: 1", 20, "perlu unit (slot)"),
        ("show_if: {perlu", "show_if: {guna", 16, "isian “guna” tidak ada"),
        ("perlu: [tamu]", "perlu: [pesta]", 16, "“pesta” bukan pilihan"),
        ("type: text", "type: nik", 13, "adalah data pribadi"),
        ("type: text", "type: angka", 14, "bukan salah satu dari"),
        ("version: 1", "version: satu", 2, "bilangan bulat"),
        ("topic: kendaraan", "topik: kendaraan", 6, "“topik” tidak dikenal"),
        ("topic: kendaraan", "topic: kendaraan\nsecond_check: pengawas", 7, "slot “pengawas” tidak ada"),
        ("audience: staff", "audience: staff\nanonymous: true", 8, "tidak bisa tanpa nama"),
        ("key: nama_tamu", "key: perlu", 13, "ada dua kali"),
        ("version: 1", "version: 1\nversion: 2", 3, "ditulis dua kali"),
        ("version: 1", "version: &satu 1\nreopen_days: *satu", 2, "jangkar"),
        ("summary:", "summary: [", 5, ""),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, line, words):
    assert old in SMALL
    message = refused(SMALL.replace(old, new, 1))
    assert words in message
    assert f"baris {line}:" in message
    assert message.startswith("daerah.")


def test_a_loop_without_exit_and_an_unreachable_state_are_found():
    loop = SMALL.replace("{key: kembali, label: Kembali, outcome: done}", "{key: kembali, label: Kembali}").replace(
        "label: Terima kembali}", "label: Terima kembali}\n    - {key: lagi, from: kembali, to: baru, label: Lagi}"
    )
    assert "berputar terus" in refused(loop)
    island = SMALL.replace("  transitions:", "    - {key: pulau, label: Pulau, outcome: lapsed}\n  transitions:")
    assert "baris 23: keadaan “pulau” tidak pernah tercapai" in refused(island)


def test_an_optional_step_is_no_way_out():
    optional = SMALL.replace("label: Terima kembali}", "label: Terima kembali, optional: true}")
    assert "tidak punya langkah" in refused(optional)


def test_every_fault_is_told_at_once():
    message = refused(SMALL.replace("to: dipakai,", "to: hilang,").replace("from: dipakai,", "from: sirna,"))
    assert "hilang" in message
    assert "sirna" in message


@given(st.text(max_size=400) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_a_service_or_refused(text):
    with pytest.raises(DocumentError):
        documents.parse(text, owner="daerah", name="acak.yaml")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda c: st.lists(c, max_size=3) | st.dictionaries(st.sampled_from(["key", "workflow", "fields", "titles", "x"]), c, max_size=4), max_leaves=12))  # fmt: skip  # noqa: E501
def test_any_values_are_a_service_or_refused(values):
    with pytest.raises(DocumentError):
        documents.check(values, owner="daerah")
