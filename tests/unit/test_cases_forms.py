"""Answers to a form: understood when typed or sent as JSON, refused with words when they can't be right."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from balai.cases import documents
from balai.cases.form_schema import form_schema
from balai.cases.forms import check_data, check_step
from balai.contracts import Field, Personal, Sector, Service, State, Transition, Workflow
from balai.errors import Invalid

WHY = Personal("memeriksa hak", "UU 24/2013", 365)
FLOW = Workflow("baru", (State("baru", "Baru", "penerima"), State("akhir", "Akhir", outcome="done")), (Transition("t", ("baru",), "akhir", "T"),))  # fmt: skip  # noqa: E501
FIELDS = (
    Field("nama", "text", "Nama", required=True, limits={"min_length": 3, "max_length": 20}),
    Field("cerita", "longtext", "Cerita"),
    Field("jumlah", "number", "Jumlah", limits={"min": 1, "max": 10}),
    Field("omzet", "money", "Omzet"),
    Field("tanggal", "date", "Tanggal", limits={"max": "today"}),
    Field("jenis", "choice", "Jenis", options=(("a", "A"), ("b", "B"))),
    Field("bila_b", "text", "Bila B", required=True, show_if={"jenis": ("b",)}),
    Field("warna", "multichoice", "Warna", options=(("m", "Merah"), ("h", "Hijau"))),
    Field("asal", "region", "Asal"),
    Field("tujuan", "region", "Tujuan"),
    Field("nik", "nik", "NIK", personal=WHY),
    Field("hp", "phone", "HP", personal=WHY),
    Field("surel", "email", "Surel", personal=WHY),
    Field("setuju", "consent", "Setuju", required=True),
    Field("foto", "photo", "Foto", limits={"max_files": 2}),
)
SERVICE = Service("daerah", "uji", 1, {"id": "Uji"}, {"id": "Uji"}, Sector.EKONOMI, "uji", FLOW, FIELDS)
GOOD = {"nama": "Rina", "setuju": True}


def faults(**data):
    with pytest.raises(Invalid) as error:
        check_data(SERVICE, {**GOOD, **data}, is_area=lambda code: code.startswith("32.73"))
    return {e.field: e.message for e in error.value.errors}


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("nama", "  Rina \t Sari\n", "Rina Sari"),
        ("cerita", "baris satu\r\nbaris dua\x00", "baris satu\nbaris dua"),
        ("jumlah", "3,5", 3.5),
        ("jumlah", 4, 4),
        ("omzet", "Rp 1.250.000,-", 1250000),
        ("omzet", 0, 0),
        ("tanggal", "24-11-2020", "2020-11-24"),
        ("tanggal", "2020-11-24", "2020-11-24"),
        ("jenis", "a", "a"),
        ("warna", ["h", "m", "h"], ["h", "m"]),
        ("warna", "m", ["m"]),
        ("tujuan", "32.73.01.1001", "32.73.01.1001"),
    ],
)
def test_what_is_understood(field, typed, kept):
    assert check_data(SERVICE, {**GOOD, field: typed}).plain[field] == kept


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("nama", "ab", "paling sedikit 3"),
        ("nama", "x" * 21, "paling banyak 20"),
        ("nama", "   ", "perlu diisi"),
        ("nama", 7, "kata-kata"),
        ("jumlah", "banyak", "angka"),
        ("jumlah", 11, "Paling besar 10"),
        ("jumlah", "nan", "besar"),
        ("jumlah", True, "angka"),
        ("omzet", "1,5 juta", "rupiah"),
        ("omzet", -1, "rupiah"),
        ("tanggal", "31-02-2020", "tanggal"),
        ("tanggal", "2999-01-01", "di luar batas"),
        ("jenis", "c", "Pilih"),
        ("jenis", ["a"], "Pilih"),
        ("warna", ["m", "biru"], "Pilih"),
        ("tujuan", "99.99.99", "daftar daerah ini"),
        ("tujuan", "Coblong", "daftar daerah ini"),
        ("nik", "123", "16 angka"),
        ("nik", "3273017101900001", ""),
        ("nik", "3273013213900001", "Tanggal lahir"),
        ("nik", "3273010101900000", "0000"),
        ("hp", "0812", "lengkap"),
        ("surel", "rina@", "lengkap"),
        ("setuju", False, "Centang"),
        ("setuju", "mungkin", "ya atau tidak"),
        ("asing", "x", "tidak dikenal"),
    ],
)
def test_what_is_refused_and_how(field, typed, words):
    if not words:  # a woman's day of birth is written plus 40
        assert check_data(SERVICE, {**GOOD, field: typed}).personal[field] == typed
        return
    assert words in faults(**{field: typed})[field]


def test_a_question_under_a_condition_counts_only_then():
    assert "bila_b" in faults(jenis="b")
    assert check_data(SERVICE, {**GOOD, "jenis": "a", "bila_b": "tersisa"}).plain == {**GOOD, "jenis": "a"}


def test_personal_answers_are_kept_apart():
    checked = check_data(SERVICE, {**GOOD, "nik": "3273 0101 0190 0001", "hp": "0812-3456-7890"})
    assert checked.personal == {"nik": "3273010101900001", "hp": "+6281234567890"}
    assert set(checked.plain) == {"nama", "setuju"}


def test_files_are_counted_and_named():
    import uuid

    with pytest.raises(Invalid) as error:
        check_data(SERVICE, GOOD, files={"foto": [uuid.uuid4()] * 3, "surat": [uuid.uuid4()]})
    assert {e.field for e in error.value.errors} == {"foto", "surat"}


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([f.key for f in FIELDS]) | st.text(max_size=8), junk, max_size=8))
def test_any_answers_are_kept_or_refused(data):
    with contextlib.suppress(Invalid):
        checked = check_data(SERVICE, data)
        assert checked.plain["setuju"] is True
        assert 3 <= len(checked.plain["nama"]) <= 20


@given(st.dictionaries(st.sampled_from(["answer", "reason", "nama"]) | st.text(max_size=8), junk, max_size=4))
def test_any_step_is_taken_or_refused(fields):
    try:
        words, answers = check_step(SERVICE, ("answer", "nama"), fields)
    except Invalid:
        return
    assert (set(words), set(answers)) == ({"answer"}, {"nama"})


@pytest.mark.parametrize("name", ["pengaduan", "usul", "permintaan-informasi"])
def test_the_form_as_a_schema(name):
    folder = Path(__file__).parents[2] / "plugins/feedback/balai_feedback/services"
    service = documents.parse((folder / f"{name}.yaml").read_text(), owner="feedback")
    schema = form_schema(service)
    Draft202012Validator.check_schema(schema)
    assert "lokasi" not in schema["properties"]
    assert not Draft202012Validator(schema).is_valid({"asing": 1})
