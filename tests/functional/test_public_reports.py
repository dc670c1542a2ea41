"""What the public sees of reports: moderated words, coarse places, no names; lists that keep regions and switches apart."""

import re
import uuid

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import Case
from balai.cases.filing import COARSE_DEGREES
from balai.cases.models import CaseText
from balai.cases.shown import links, queries, services
from balai.contracts import PluginState
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.notify.models import Message
from balai.rest import encode_cursor
from balai.tenancy import queries as tenancy
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

IDEA = {
    "judul": "Bangun taman baca di setiap desa",
    "bidang": "pendidikan",
    "uraian": "Anak-anak perlu tempat membaca sore.",
}
PLACES = ("Desa Mekar", "Desa Sari", "Kecamatan Uji", "Pengaduan", "Usul", "Permintaan informasi", " WIB")


@pytest.fixture
def filing(app, tenant, office):
    """filing(uraian, ...): a complaint, published with its own words unless publish=False; its code."""

    def make(text="Lampu jalan mati di depan balai.", *, publish=True, service="feedback.pengaduan", data=None, **more):
        with app.app_context(), tenant_scope(tenant) as session:
            offered = cases.service(session, service)
            given = data or {"bidang": "lampu", "uraian": text}
            more.setdefault(
                "place", cases.Place(f"{tenant.region_code}.01.2001", "rumah Pak Karto nomor 7", -6.91234, 107.61234)
            )
            filed = cases.file_case(session, offered, given, **more)
            if publish:
                cases.publish(session, filed.case.id, person=office.staff())
            return filed.code

    return make


def moved(app, tenant, code, step, person, **fields):
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        cases.move_case(session, case.id, step, person=person, fields=fields)


def test_nothing_is_public_before_somebody_has_looked(client, filing):
    filing("Saluran mampet di pasar lama.", publish=False)
    for path in ("/laporan", "/peta", "/usul", "/api/v1/reports", "/api/v1/reports/cells"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "Saluran mampet" not in page.text
    assert "Belum ada laporan yang tampil" in client.get("/laporan").text
    assert "Belum ada laporan yang tampil" in client.get("/peta").text


def test_list_and_map_tell_no_name_and_no_closer_place(client, tenant, filing):
    rina = cases.Reporter(name="Rina Sari", phone="081234567890")
    code = filing(
        "Lampu mati. Hubungi saya 0812 3456 7890 atau buka https://toko.contoh.com/x sekarang.", reporter=rina
    )
    for path in ("/laporan", "/peta", "/api/v1/reports", "/api/v1/reports/cells"):
        page = client.get(path)
        for secret in (
            "Rina",
            "3456 7890",
            "34567890",
            "Karto",
            "6.91234",
            "107.61234",
            "toko.contoh.com",
            "https://toko",
        ):
            assert secret not in page.text, (path, secret)
    page = client.get("/laporan").text
    assert code in page
    assert "Desa Mekar" in page
    assert plain(page)
    assert plain(client.get("/peta").text)
    [item] = client.get("/api/v1/reports").json["items"]
    assert "id" not in item
    assert item["title"].startswith("Lampu mati.")
    middle = item["position"]["latitude"] / COARSE_DEGREES
    assert round(middle - 0.5, 6) == round(middle - 0.5)
    for path in ("/laporan?bahasa=qps", "/peta?bahasa=qps"):
        assert untranslated(client.get(path).text, data=(*PLACES, "Lampu", tenant.name, code)) == []


def test_filters_and_pages(app, client, tenant, office, filing):
    village = f"{tenant.region_code}.01.2002"
    codes = [filing(f"Lampu nomor {n} mati di jalan besar.") for n in range(33)]
    sampah = {"bidang": "sampah", "uraian": "Sampah menumpuk di pasar."}
    elsewhere = filing(data=sampah, place=cases.Place(village, "pasar"))
    moved(app, tenant, codes[0], "selesaikan", office.staff(), answer="Sudah diganti.")
    first = client.get("/laporan").text
    found = re.findall(r'href="/lacak/([^"]+)"', first)
    assert found == [elsewhere, *reversed(codes[4:])]
    more = re.search(r'href="(/laporan\?sebelum=[^"]+)"', first).group(1).replace("&amp;", "&")
    assert re.findall(r'href="/lacak/([^"]+)"', client.get(more).text) == list(reversed(codes[:4]))
    for query, wanted in (
        (f"wilayah={village}", [elsewhere]),
        ("layanan=feedback.pengaduan&topik=sampah", [elsewhere]),
        ("keadaan=selesai", [codes[0]]),
        (f"wilayah={tenant.region_code}.01&keadaan=selesai", [codes[0]]),
        ("wilayah=99.99", found),
        ("sebelum=ngawur", found),
        ("sebelum=2026-01-01T00:00:00%2B00:00_a%00", found),
        ("layanan=' OR 1=1 --", found),
        ("layanan=feedback.pengaduan&topik=hantu", found),
    ):
        assert re.findall(r'href="/lacak/([^"]+)"', client.get(f"/laporan?{query}").text) == wanted, query
    assert codes[0] not in client.get("/laporan?keadaan=berjalan").text
    both = client.get("/api/v1/reports?limit=20")
    rest = client.get(f"/api/v1/reports?limit=20&cursor={both.json['next']}")
    assert [i["code"] for i in (*both.json["items"], *rest.json["items"])] == [elsewhere, *reversed(codes)]
    assert client.get("/api/v1/reports?cursor=ngawur").status_code == 422
    nul = encode_cursor(("2026-01-01T00:00:00+00:00", "a\0"))
    assert client.get(f"/api/v1/reports?cursor={nul}").status_code == 422
    cells = client.get("/api/v1/reports/cells").json
    assert [c["count"] for c in cells["cells"]] == [33]
    assert cells["without_place"] == 1


def test_what_was_seen_is_not_sent_again(client, filing):
    filing()
    for path in ("/laporan", "/api/v1/reports", "/api/v1/reports/cells"):
        page = client.get(path)
        assert page.headers["ETag"]
        again = client.get(path, headers={"If-None-Match": page.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
    assert "public" in client.get("/api/v1/reports").headers["Cache-Control"]


def test_another_region_and_a_service_that_is_off(app, client, client_of, tenant, other_tenant, filing):
    filing()
    assert "Lampu jalan mati" in client.get("/laporan").text
    assert "Lampu jalan mati" not in client_of(other_tenant).get("/laporan").text
    assert client_of(other_tenant).get("/api/v1/reports").json["items"] == []
    assert client_of(None).get("/laporan").status_code == 404
    with app.app_context(), tenant_scope(tenant) as session:
        tenancy.switch_plugin(session, tenant.id, "feedback", PluginState.OFF)
    assert "Lampu jalan mati" not in client.get("/laporan").text
    assert client.get("/peta").status_code == 200
    assert client.get("/usul").status_code == 404


def test_moderation_publishes_with_other_words(app, client, client_of, tenant, office, filing):
    code = filing("Pak Budi tetangga saya membuang sampah di kali.", publish=False)
    desk = client_of(tenant)
    member = act_as(desk, tenant, "officer")
    assert desk.get("/kelola/laporan/tampil").status_code == 200
    page = desk.get(f"/kelola/laporan/{code}/tampil")
    assert "Pak Budi" in page.text
    assert code not in desk.get("/kelola/laporan/tampil").text  # not of this officer's unit
    act_as(desk, tenant, "admin", "officer", name="Admin Uji")
    assert code in desk.get("/kelola/laporan/tampil").text
    changed = {
        "tampil": "ya",
        "title": "Sampah dibuang ke kali",
        "body": "Seorang warga membuang sampah. Lihat www.contoh.com",
    }
    assert post_form(desk, f"/kelola/laporan/{code}/tampil", changed).status_code == 303
    page = client.get("/laporan").text
    assert "Sampah dibuang ke kali" in page
    assert "Budi" not in page
    assert "www.contoh.com" not in client.get("/api/v1/reports").text
    assert code not in desk.get("/kelola/laporan/tampil").text
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        assert "Budi" in case.data["uraian"]  # the report itself is as it was filed
        assert queries.words(session, case.id).body.endswith("www[.]contoh[.]com")
        cases.redact(session, case.id, person=office.staff(admin=True), reason="Nama orang", field="uraian")
        assert queries.words(session, case.id) is None
    assert "kali" not in client.get("/laporan").text
    assert member is not None


def test_moderation_refuses_with_a_reason_that_is_told(app, client, client_of, tenant, office, filing):
    code = filing("Ini tuduhan terhadap seseorang.", publish=False, reporter=cases.Reporter(email="rina@contoh.id"))
    desk = client_of(tenant)
    act_as(desk, tenant, "admin", "officer")
    page = post_form(desk, f"/kelola/laporan/{code}/tampil", {"tampil": "tidak", "reason": ""})
    assert page.status_code == 422
    refused = {"tampil": "tidak", "reason": "Memuat tuduhan terhadap orang."}
    assert post_form(desk, f"/kelola/laporan/{code}/tampil", refused).status_code == 303
    assert code not in client.get("/laporan").text
    assert code not in desk.get("/kelola/laporan/tampil").text
    with app.app_context(), tenant_scope(tenant) as session:
        told = session.scalars(select(Message).where(Message.template == "cases.not_shown")).all()
        assert {m.channel for m in told} == {"inapp", "email"}
        assert session.scalars(select(CaseText)).all()
        case = session.scalars(select(Case).where(Case.code == code)).one()
        with pytest.raises(Forbidden):
            services.refuse(
                session, case.id, person=cases.Person("staff", permissions=frozenset({"cases.work"})), reason="asal"
            )


def test_what_is_private_held_or_restricted_is_never_shown(app, tenant, office, filing):
    code = filing("Rahasia keluarga saya.", publish=False, visibility="private")
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        for act in (
            lambda: services.publish(session, case.id, person=office.staff(), title="Judul baru", body=""),
            lambda: services.refuse(session, case.id, person=office.staff(), reason="alasan panjang"),
        ):
            with pytest.raises(Conflict):
                act()
        case.visibility, case.held_at, case.held_for = "public", case.filed_at, "flood"
        session.flush()
        with pytest.raises(Conflict):
            cases.publish(session, case.id, person=office.staff())


def test_a_service_may_say_that_nobody_looks_first(app, session, tenant, office):
    from dataclasses import replace

    service = replace(cases.service(session, "feedback.pengaduan"), publish="at_once")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai")
    filed = cases.file_case(session, service, {"bidang": "lampu", "uraian": "Lampu jalan mati."}, place=place)
    hidden = cases.file_case(
        session, service, {"bidang": "lampu", "uraian": "Lampu jalan mati."}, place=place, visibility="private"
    )
    session.commit()
    assert filed.case.published_at is not None
    assert hidden.case.published_at is None
    assert queries.words(session, filed.case.id).title == "Lampu jalan mati."


# --- ideas ---


def test_an_idea_is_supported_once_and_the_support_can_be_taken_back(app, client, client_of, tenant, office, filing):
    code = filing(service="feedback.usul", data=IDEA)
    quiet = filing(service="feedback.usul", data={**IDEA, "judul": "Perbaiki jembatan gantung kami", "bidang": "jalan"})
    page = client.get(f"/usul/{code}")
    assert page.status_code == 200
    assert plain(page.text)
    assert "Anak-anak perlu tempat" in page.text
    assert "Pendidikan" in client.get("/usul?urut=").text
    for _twice in range(2):
        assert post_form(client, f"/usul/{code}/dukung", {"dukung": "ya"}).status_code == 303
    assert "1 orang mendukung" in client.get(f"/usul/{code}").text
    friend = client_of(tenant)
    post_form(friend, f"/usul/{code}/dukung", {"dukung": "ya", "contact": "teman@contoh.id"})
    account = client_of(tenant)
    act_as(account, tenant, sub=str(uuid.uuid4()))
    post_form(account, f"/usul/{code}/dukung", {"dukung": "ya"})
    assert "3 orang mendukung" in client.get(f"/usul/{code}").text
    assert re.findall(r'href="/usul/([^"?]+)"', client.get("/usul?urut=dukungan").text) == [code]
    assert re.findall(r'href="/usul/([^"?]+)"', client.get("/usul").text) == [quiet, code]
    assert re.findall(r'href="/usul/([^"?]+)"', client.get("/usul?topik=jalan").text) == [quiet]
    assert re.findall(r'href="/usul/([^"?]+)"', client.get("/usul?keadaan=dijalankan").text) == []
    assert client.get("/usul?urut=dukungan&sebelum=1_2026-01-01T00:00:00%2B00:00_a%00").status_code == 200
    post_form(client, f"/usul/{code}/dukung", {"dukung": "tidak"})
    post_form(client, f"/usul/{code}/dukung", {"dukung": "tidak"})
    assert "2 orang mendukung" in client.get(f"/usul/{code}").text
    bad = post_form(client, f"/usul/{code}/dukung", {"dukung": "ya", "contact": "bukan alamat @"})
    assert bad.status_code == 422
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        assert case.supporters == 2
        with pytest.raises(Invalid):
            services.support(session, case.id, "x" * 32, contact="123")


def test_the_official_answer_stands_on_the_ideas_page_with_its_date(app, client, tenant, office, filing):
    code = filing(service="feedback.usul", data=IDEA)
    moved(app, tenant, code, "tidak", office.staff(), reason="Anggaran tahun ini sudah habis.")
    page = client.get(f"/usul/{code}").text
    assert "Tidak dijalankan" in page
    assert "karena" in page
    assert "Anggaran tahun ini sudah habis." in page
    assert "Dukung usul ini" not in page
    late = post_form(client, f"/usul/{code}/dukung", {"dukung": "ya"})
    assert late.status_code == 303
    assert "sudah dijawab" in client.get(late.location).text


def test_ideas_that_nobody_has_looked_at_and_reports_are_no_ideas(app, client, client_of, tenant, other_tenant, filing):
    hidden = filing(service="feedback.usul", data=IDEA, publish=False)
    report = filing()
    shown = filing(service="feedback.usul", data=IDEA)
    for code in (hidden, report, "3273-00000-00000-0", "x"):
        assert client.get(f"/usul/{code}").status_code == 404
        assert post_form(client, f"/usul/{code}/dukung", {"dukung": "ya"}).status_code == 404
    assert post_form(client_of(other_tenant), f"/usul/{shown}/dukung", {"dukung": "ya"}).status_code == 404
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case).where(Case.code == hidden)).one()
        with pytest.raises(NotFound):
            services.support(session, case.id, "x" * 32)


def test_support_needs_our_own_form(client, filing):
    code = filing(service="feedback.usul", data=IDEA)
    assert client.post(f"/usul/{code}/dukung", data={"dukung": "ya"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Buka https://toko.contoh.com/beli?x=1 ya", "Buka toko[.]contoh[.]com/beli?x=1 ya"),
        ("lihat www.judi.xyz", "lihat www[.]judi[.]xyz"),
        ("javascript:alert(1)", "alert(1)"),
        ("Lampu mati sejak 3 hari.Tolong segera", "Lampu mati sejak 3 hari.Tolong segera"),
        ("Rp1.250.000 dan pukul 14.05", "Rp1.250.000 dan pukul 14.05"),
        ("t.me/penipu dan bit.ly/abc", "t[.]me/penipu dan bit[.]ly/abc"),
        ("HTTPS://CONTOH.ID.", "CONTOH[.]ID."),
    ],
)
def test_addresses_lead_nowhere(text, safe):
    assert links.defang(text) == safe
    assert links.defang(safe) == safe
