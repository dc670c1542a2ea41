"""The three services as people use them: LAPOR's and the information law's deadlines, ways in and out."""

import pytest

from balai import cases
from balai.clock import frozen, now
from balai.errors import Invalid
from balai.testing.offices import fields_for

DATA = {
    "pengaduan": {"bidang": "jalan", "uraian": "Jalan berlubang di depan sekolah dasar."},
    "usul": {"judul": "Taman baca desa", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat membaca."},
    "permintaan-informasi": {
        "rincian": "Anggaran perbaikan jalan desa tahun 2025.", "tujuan": "untuk tahu", "cara": "daring",
    },
}  # fmt: skip


@pytest.fixture
def file(session, tenant, office):
    def make(key, data=None, **options):
        service = cases.service(session, f"feedback.{key}")
        options.setdefault("place", cases.Place(f"{tenant.region_code}.01.2001", "depan sekolah"))
        return cases.file_case(session, service, {**DATA[key], **(data or {})}, **options).case

    return make


@pytest.mark.parametrize("key", sorted(DATA))
def test_each_service_is_filed_and_ends_well(session, office, file, key):
    case = file(key)
    step = {"pengaduan": "selesaikan", "usul": "jalankan", "permintaan-informasi": "berikan"}[key]
    cases.move_case(session, case.id, step, person=office.staff(), fields={"answer": "Sudah kami kerjakan."})
    assert case.outcome == "done"


@pytest.mark.parametrize("key", sorted(DATA))
def test_nobody_is_sent_away_without_a_name_and_a_reason(session, office, file, key):
    case = file(key)
    with pytest.raises(Invalid):
        cases.move_case(session, case.id, "alihkan", person=office.staff(), fields={"reason": "Jalan provinsi."})
    anybody = {"reason": "Jalan ini milik provinsi.", "receiver": "Dinas Bina Marga Provinsi, (022) 111"}
    with pytest.raises(Invalid):
        cases.move_case(session, case.id, "alihkan", person=office.staff(), fields=anybody)
    fields = fields_for(session, ["reason", "receiver"])
    cases.move_case(session, case.id, "alihkan", person=office.staff(), fields=fields)
    assert case.outcome == "referred"


def test_an_address_is_asked_only_for_mail_and_kept_sealed(session, file):
    with pytest.raises(Invalid) as error:
        file("permintaan-informasi", {"cara": "pos"})
    assert [e.field for e in error.value.errors] == ["alamat"]
    case = file("permintaan-informasi", {"cara": "pos", "alamat": "Jalan Melati 5"})
    assert "alamat" not in case.data
    assert "Melati" not in case.personal


def test_information_is_due_within_ten_working_days(session, office, file):
    """UU 14/2008 pasal 22: 10 working days, once 7 more; the two stages of the workflow add up to that."""
    case = file("permintaan-informasi")
    flow = cases.rules(session, case).workflow
    assert flow.state("diterima").sla_days + flow.state("disiapkan").sla_days == 10
    assert flow.state("diperpanjang").sla_days == 7
    assert case.due_at > now()


def test_an_idea_can_be_withdrawn_by_its_author_only(session, office, file):
    from balai.errors import NotFound

    idea = file("usul")
    with pytest.raises(NotFound):
        cases.move_case(session, idea.id, "tarik", person=cases.Person("citizen"))
    cases.move_case(session, idea.id, "tarik", person=cases.Person("citizen", holds=frozenset({idea.id})))
    assert idea.outcome == "withdrawn"


def test_the_home_page_offers_the_two_things_people_come_for(client, office):
    page = client.get("/")
    assert "Laporkan masalah" in page.text
    assert "Usulkan sesuatu" in page.text


def test_time_is_the_platforms_own(file):
    from datetime import UTC, datetime

    with frozen(datetime(2026, 12, 24, 3, tzinfo=UTC)):
        assert file("pengaduan").due_at.date().isoformat() == "2026-12-30"
