"""From tables and timelines to verdicts on pages: who sees what, when; tables are taken whole or not at all."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from balai import clock
from balai.evidence.models import KnownApp, ServiceCost, VerdictRow
from balai.evidence.verdicts import rules, services
from balai.places.models import PlaceCount
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.testing.pages import post_form

DATA = "/kelola/manfaat/data"


@pytest.fixture
def leader(client, tenant):
    act_as(client, tenant, "leader", name="Endang Pimpinan")
    return client


def csv(client, sheet, content):
    upload = (io.BytesIO(content.encode()), "tabel.csv")
    return post_form(client, f"{DATA}/{sheet}/berkas", {"berkas": upload}, content_type="multipart/form-data")


def on_for(database, tenant, days):
    """Say that the region's plugins are on for so many days."""
    import psycopg

    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE registry.tenant_plugin SET changed_at = %s WHERE tenant_id = %s",
            (clock.now() - timedelta(days=days), tenant.id),
        )


def test_people_by_csv_is_taken_whole_or_not_at_all(leader, session, tenant):
    code = tenant.region_code
    bad = csv(
        leader,
        "penduduk",
        f"kode;tahun;jumlah;sumber\n{code};2025;0;BPS\n99.99;2025;12;BPS\n{code}.01;2025;-4;BPS\n{code}.01;20x5;12;\n",
    )
    page = bad.get_data(as_text=True)
    assert bad.status_code == 422
    assert [f"Baris {n}:" in page for n in (2, 3, 4, 5)] == [True] * 4
    assert session.scalars(select(PlaceCount)).all() == []
    twice = csv(leader, "penduduk", f"kode;tahun;jumlah;sumber\n{code};2025;10;BPS\n{code};2025;11;BPS\n")
    assert "sama dengan baris 2" in twice.get_data(as_text=True)
    over = csv(leader, "penduduk", f"kode;tahun;jumlah;sumber\n{code};2025;10;BPS\n{code}.01;2025;11;BPS\n")
    assert "terhitung dua kali" in over.get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(PlaceCount)).all() == []
    good = csv(leader, "penduduk", f"kode;tahun;jumlah;sumber\n{code};2025;1.250.000;BPS\n{code}.01;2025;11000;BPS\n")
    assert good.status_code == 303
    session.rollback()
    assert {(c.code, c.size, c.subject) for c in session.scalars(select(PlaceCount))} == {
        (code, 1_250_000, "penduduk"), (f"{code}.01", 11_000, "penduduk"),
    }  # fmt: skip


def test_districts_that_overlap_are_noticed_over_several_uploads_and_in_the_form(leader, session, tenant):
    code, head = tenant.region_code, "kode;tahun;jumlah;sumber\n"
    assert csv(leader, "penduduk", f"{head}{code};2025;100;BPS\n").status_code == 303
    over = csv(leader, "penduduk", f"{head}{code}.01;2025;101;BPS\n")
    assert "Baris 2: kecamatan berjumlah lebih besar" in over.get_data(as_text=True)
    row = {"kode": f"{code}.01", "tahun": "2025", "jumlah": "101", "sumber": "BPS"}
    assert post_form(leader, f"{DATA}/penduduk", row).status_code == 422
    assert post_form(leader, f"{DATA}/penduduk", row | {"jumlah": "100"}).status_code == 303
    session.rollback()
    whole = session.scalars(select(PlaceCount).where(PlaceCount.code == code)).one()
    smaller = {"kode": code, "tahun": "2025", "jumlah": "99", "sumber": "BPS"}
    assert post_form(leader, f"{DATA}/penduduk/{whole.id}", smaller).status_code == 422
    # Another year, another group: nothing to do with it.
    assert csv(leader, "penduduk", f"{head}{code}.01;2024;900;BPS\n").status_code == 303
    groups = f"kode;kelompok;tahun;jumlah;sumber\n{code}.01;sambungan;2025;900;PDAM\n"
    assert csv(leader, "penduduk", groups).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rupiah", "-5", "tidak masuk akal"),
        ("rupiah", "99.999.999.999.999", "tidak masuk akal"),
        ("tahun", "1066", "tidak mungkin"),
        ("layanan", "tidakada", "tidak ada di daerah ini"),
        ("jenis", "hadiah", "harus salah satu dari"),
        ("dokumen", "", "belum diisi"),
    ],
)
def test_an_absurd_cost_is_refused_in_words(leader, session, field, value, said):
    row = {"layanan": "feedback", "tahun": "2026", "jenis": "licence", "rupiah": "120.000.000", "dokumen": "SPK 1/2026"}
    answer = post_form(leader, f"{DATA}/biaya", row | {field: value})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert session.scalars(select(ServiceCost)).all() == []


def test_a_cost_is_entered_changed_and_removed(leader, session):
    row = {
        "layanan": "feedback",
        "tahun": "2026",
        "jenis": "staff",
        "banyak": "400",
        "harga_satuan": "35.000",
        "dokumen": "SK 4",
    }
    assert post_form(leader, f"{DATA}/biaya", row).status_code == 303
    kept = session.scalars(select(ServiceCost)).one()
    assert kept.amount == 14_000_000
    assert post_form(leader, f"{DATA}/biaya", row).status_code == 422  # the same row again
    page = leader.get(f"{DATA}/biaya/{kept.id}").get_data(as_text=True)
    assert 'value="400"' in page
    assert post_form(leader, f"{DATA}/biaya/{kept.id}", row | {"banyak": "500"}).status_code == 303
    session.rollback()
    assert session.scalars(select(ServiceCost)).one().amount == 17_500_000
    assert post_form(leader, f"{DATA}/biaya/{kept.id}", {"hapus": "ya"}).status_code == 303
    session.rollback()
    assert session.scalars(select(ServiceCost)).all() == []


def test_an_officer_and_a_citizen_see_neither_page_nor_table(client_of, tenant):
    for roles in (("officer",), ("helper",), ()):
        client = client_of(tenant)
        act_as(client, tenant, *roles)
        assert client.get("/kelola/manfaat").status_code in {403, 404}
        assert client.get(f"{DATA}/biaya").status_code in {403, 404}
        assert post_form(client, f"{DATA}/biaya", {"layanan": "feedback"}).status_code in {403, 404}
    assert client_of(None).get("/manfaat/kebutuhan").status_code == 404
    assert client_of(None).get("/kelola/manfaat").status_code in {302, 303, 404}


def test_apps_that_do_the_same_are_named_and_their_money_is_summed(leader, session, tenant):
    code = tenant.region_code
    csv(leader, "penduduk", f"kode,tahun,jumlah,sumber\n{code},2025,900000,BPS\n")
    head = "nama,pemilik,kontrak,biaya_per_tahun,kegunaan,bidang,topik,pengguna_per_bulan,sumber_angka,tahun,mulai\n"
    rows = (
        "Lapor Kita,Kominfo,K1,300000000,pengaduan,administrasi,pengaduan,5000,log,2026,2020-01-01\n"
        "Kota Cerdas,Kominfo,K2,900000000,dasbor,administrasi,dasbor,7,log,2026,2020-01-01\n"
        "Antre Sehat,Dinkes,K3,200000000,antrean,administrasi,antrean,60000,log,2026,2020-01-01\n"
        "Wisata,Dinas,K4,50000000,wisata,ekonomi,wisata,,,2026,2020-01-01\n"
    )
    assert csv(leader, "aplikasi", head + rows).status_code == 303
    assert post_form(leader, "/kelola/manfaat/hitung").status_code == 303
    session.rollback()
    found = {r.title: r for r in session.scalars(select(VerdictRow)) if r.kind == "app"}
    assert {t: r.verdict for t, r in found.items()} == {
        "Lapor Kita": "unproven", "Kota Cerdas": "title_only", "Antre Sehat": "useful", "Wisata": "unproven",
    }  # fmt: skip
    page = leader.get("/kelola/manfaat").get_data(as_text=True)
    assert "Sama dengan layanan yang sudah aktif: Pengaduan." in page
    assert "Rp1.200.000.000" in page.replace("\xa0", "")  # 300 + 900 million
    assert "dilaporkan sendiri" in page
    assert session.scalars(select(KnownApp)).all()


def test_a_bad_verdict_reaches_the_public_after_30_days_with_the_leaders_answer(
    leader, client_of, session, tenant, database, office
):
    on_for(database, tenant, 500)
    code = tenant.region_code
    citizen = client_of(tenant)
    start = datetime(2026, 11, 3, 2, tzinfo=UTC)
    with clock.frozen(start):
        session.add(PlaceCount(code=code, subject="penduduk", year=2025, size=500_000, source="BPS"))
        rolled_up(session)
        services.judge_all(session)
        session.commit()
        row = session.scalars(select(VerdictRow).where(VerdictRow.subject == "feedback.pengaduan")).one()
        assert (row.verdict, row.action) == ("title_only", "stop")
        page = leader.get("/kelola/manfaat").get_data(as_text=True)
        assert "hanya demi gelar" in page
        public = citizen.get("/manfaat").get_data(as_text=True)
        assert "hanya demi gelar" not in public
        assert "Menunggu jawaban pimpinan" in public
        assert post_form(leader, f"/kelola/manfaat/{row.id}/jawaban", {"jawaban": ""}).status_code == 422
        said = {"jawaban": "Kami tutup bulan depan <b>bila</b> tetap sepi."}
        assert post_form(leader, f"/kelola/manfaat/{row.id}/jawaban", said).status_code == 303
        assert post_form(citizen, f"/kelola/manfaat/{row.id}/jawaban", said).status_code in {302, 303, 401, 403}
    with clock.frozen(start + timedelta(days=31)):
        session.expire_all()
        services.judge_all(session)  # December: the clock and the answer go on
        session.commit()
        public = citizen.get("/manfaat").get_data(as_text=True)
        assert "hanya demi gelar" in public
        assert "Kami tutup bulan depan &lt;b&gt;bila&lt;/b&gt; tetap sepi." in public
        assert citizen.get("/manfaat/layanan/feedback/pengaduan").status_code == 200
        assert citizen.get("/manfaat/aturan").status_code == 200
        assert citizen.get("/manfaat/layanan/feedback/tidakada").status_code == 404


def test_each_verdict_follows_again_from_what_was_stored(session, tenant, database, office, file_complaint):
    on_for(database, tenant, 500)
    with clock.frozen(datetime(2026, 9, 3, 2, tzinfo=UTC)):
        for _n in range(40):
            file_complaint()
        rolled_up(session)
    with clock.frozen(datetime(2026, 11, 3, 2, tzinfo=UTC)):
        services.judge_all(session)
    session.commit()
    rows = session.scalars(select(VerdictRow)).all()
    assert {r.subject for r in rows} >= {"feedback.pengaduan", "feedback.usul"}
    assert not any(r.subject.startswith("privasi.") for r in rows)
    for row in rows:
        again = rules.judge(rules.load(row.figures), rules.published())
        assert (again.key, again.action) == (row.verdict, row.action)
    complaint = next(r for r in rows if r.subject == "feedback.pengaduan")
    assert complaint.figures["asked"] == 40
    counted = session.execute(
        text("SELECT sum(asked) FROM fact_month WHERE tenant_id = :t AND district = ''"), {"t": tenant.id}
    )
    assert counted.scalar_one() == 40
    assert complaint.month == date(2026, 11, 1)
