"""The officer's inbox: who finds what, words, codes and places; what is new and unread; news for an open page; the map."""

import re
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from balai import cases
from balai.cases import Filters, Person, Reporter, units
from balai.cases.officer import queries, statements
from balai.clock import frozen, now
from balai.db import driver
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT, add_member
from balai.testing.pages import post_form


@pytest.fixture
def officer(client, tenant, staffed):
    """A signed-in officer who leads the admin unit."""
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    client.member = member
    client.office = staffed(tenant, member)
    return client


@pytest.fixture
def filed(session, tenant):
    """`filed("Lampu jalan mati")`: a complaint with this beginning; commits."""

    def make(words, landmark="depan balai desa", village="2001", **options):
        service = cases.service(session, options.pop("service", "feedback.pengaduan"))
        place = cases.Place(f"{tenant.region_code}.01.{village}", landmark)
        data = {**COMPLAINT, "uraian": words}
        made = cases.file_case(session, service, data, place=place, **options).case
        session.commit()
        return made

    return make


def found(session, person, **filters):
    options = {"queue": "all", "state": "", **filters}
    return {row.code for row in queries.inbox(session, person, Filters(**options))}


def test_words_codes_and_places(session, tenant, office, filed):
    lamp = filed("Lampu jalan mati sejak Senin.Gelap sekali.")
    bin_ = filed("Sampah menumpuk di tikungan", landmark="pasar ikan", village="2002")
    who = office.staff()
    assert found(session, who, text="lampu") == {lamp.code}
    assert found(session, who, text="LAMPU gel") == {lamp.code}, "the last word may be half typed"
    assert found(session, who, text="gelap") == {lamp.code}, "a full stop doesn't glue words together"
    assert found(session, who, text="lam jalan") == set(), "others are whole words"
    assert found(session, who, text="pasar") == {bin_.code}
    assert found(session, who, text="Desa Sari") == {bin_.code}
    assert found(session, who, text="kecamatan uji") == {lamp.code, bin_.code}
    assert found(session, who, text=lamp.code[:8]) >= {lamp.code}
    assert found(session, who, text=lamp.code[5:10].lower()) == {lamp.code}, "without the region's digits"
    assert found(session, who, text=lamp.code) == {lamp.code}
    assert found(session, who, text="100%_\\ ':* & !") == set()
    assert found(session, who, text="sampah", region=f"{tenant.region_code}.01.2001") == set()
    assert found(session, who, region=f"{tenant.region_code}.01") == {lamp.code, bin_.code}
    assert found(session, who, region=tenant.region_code) == {lamp.code, bin_.code}
    assert found(session, who, service_id="feedback.usul") == set()


def test_words_reach_past_the_newest(session, office, filed, monkeypatch):
    old = filed("Jembatan ambruk di hulu")
    filed("Lampu jalan mati sekali")
    monkeypatch.setattr("balai.cases.officer.statements.RECENT", 1)
    assert found(session, office.staff(), text="ambruk") == {old.code}
    monkeypatch.setattr(queries, "_HITS", 1)
    assert found(session, office.staff(), text="ambruk") == {old.code}


def test_nobody_finds_what_isnt_theirs(session, office, filed, other_tenant, app):
    service = cases.service(session, "feedback.pengaduan")
    public, private = filed("Lampu jalan mati sekali"), filed("Lampu taman mati sekali", visibility="private")
    secret_service = replace(service, visibility="secret")
    place = cases.Place(f"{public.region[:5]}.01.2001", "di sana")
    secret = cases.file_case(session, secret_service, COMPLAINT, place=place, visibility="secret").case
    session.commit()
    stranger = Person("staff", add_member(session, "Orang lain"), permissions=frozenset({"cases.work"}))
    nobody = Person("staff", stranger.member_id)
    for text in ("lampu", "", public.region[:5]):
        assert secret.code not in found(session, office.staff(admin=True), text=text)
    assert found(session, office.staff(), text="lampu mati") >= {public.code, private.code}
    assert found(session, stranger, text="lampu mati") == {public.code}
    assert found(session, stranger) == {public.code}
    assert found(session, nobody) == found(session, nobody, text="lampu") == set()
    assert found(session, Person("citizen", permissions=frozenset({"cases.work"}))) == set()
    with app.app_context(), tenant_scope(other_tenant) as theirs:
        assert found(theirs, office.staff(admin=True), text="lampu") == set()
        assert found(theirs, office.staff(admin=True)) == set()


def test_pages_follow_each_other(session, office, filed):
    codes = [filed(f"Lampu nomor {n} mati sekali").code for n in range(5)]
    for text in ("", "lampu"):
        seen, before = [], None
        while rows := queries.inbox(session, office.staff(), Filters(queue="all", text=text), before=before, limit=2):
            seen += [row.code for row in rows]
            before = rows[-1].id
        assert seen == codes[::-1]


def test_queues_and_states(session, tenant, office, filed):
    who, at = office.staff(), now()
    mine, asked, done = filed("Lampu satu mati sekali"), filed("Lampu dua mati sekali"), filed("Lampu tiga mati sekali")
    cases.assign(session, mine.id, person=who, member_id=who.member_id)
    cases.ask(session, asked.id, "Di mana?", person=who)
    cases.move_case(session, done.id, "selesaikan", person=who, fields={"answer": "Sudah."})
    assert found(session, who, queue="mine") == {mine.code}
    assert found(session, who, state="waiting") == {asked.code}
    assert found(session, who, state="closed") == {done.code}
    assert found(session, who, state="reopened") == set()
    cases.reopen(session, done.id, "Belum.", person=Person("citizen", holds=frozenset({done.id})))
    assert found(session, who, state="reopened", queue="unit") == {done.code}
    with frozen(lambda: at + timedelta(days=30)):
        cases.tasks.mark_overdue(session, mine.id)
    assert found(session, who, state="overdue", queue="unit") == {mine.code}


def rows_of(page):
    return {
        code: bool(unread)
        for unread, code in re.findall(r'<tr data-row( class="is-unread")?>.*?value="([^"]+)"', page.text)
    }


def test_new_and_unread(app, officer, session, filed):
    filed("Lampu jalan mati sekali")
    assert list(rows_of(officer.get("/kelola/laporan")).values()) == [False], "the first look ever counts all as read"
    case = filed("Sampah menumpuk di pasar")
    page = officer.get("/kelola/laporan")
    assert rows_of(page)[case.code]
    assert "Di atas ini: masuk sejak kunjungan Anda sebelumnya" in page.text
    officer.get(f"/kelola/laporan/{case.code}")
    assert not rows_of(officer.get("/kelola/laporan"))[case.code]
    citizen = Person("citizen", holds=frozenset({case.id}))
    cases.attach(session, case.id, [], person=citizen)
    session.commit()
    assert rows_of(officer.get("/kelola/laporan"))[case.code], "something happened since"


def test_an_open_page_hears_of_changes(officer, session, filed):
    first = filed("Lampu jalan mati sekali")
    page = officer.get("/kelola/laporan")
    tag = re.search(r'data-tag="(\w+)"', page.text).group(1)
    url = re.search(r'data-watch="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    asked = {"If-None-Match": f'"{tag}"'}
    assert officer.get(url, headers=asked).status_code == 304
    cases.note(session, first.id, "Sudah ditelepon.", person=officer.office.staff())
    session.commit()
    answer = officer.get(url, headers=asked)
    assert (answer.status_code, answer.get_json()["text"]) == (200, "Ada yang berubah di daftar ini.")
    filed("Sampah menumpuk di pasar")
    answer = officer.get(url, headers=asked)
    assert answer.get_json()["text"] == "1 laporan baru."
    assert officer.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert officer.application.test_client().get(url).status_code != 200


def test_the_map_shows_dots_and_the_same_as_a_list(officer, session, tenant):
    service = cases.service(session, "feedback.pengaduan")
    for n in range(3):
        spot = cases.Place(f"{tenant.region_code}.01.2001", f"tiang {n}", -6.9 - n / 100, 107.6 + n / 100)
        cases.file_case(session, service, COMPLAINT, place=spot, reporter=Reporter(name="Rina"))
    cases.file_case(session, service, COMPLAINT, place=cases.Place(f"{tenant.region_code}.01.2001", "tanpa titik"))
    session.commit()
    page = officer.get("/kelola/laporan?tampilan=peta")
    assert page.status_code == 200
    assert page.text.count('"><title>') == 3
    assert "1 tanpa titik lokasi" in page.text
    assert page.text.count("data-row-link") == 4
    assert "5 km" in page.text or "1 km" in page.text or "0.5 km" in page.text
    assert officer.get("/kelola/laporan?tampilan=peta&keadaan=closed").text.count('"><title>') == 0


def test_reply_texts(app, officer, session, filed):
    case = filed("Lampu jalan mati sekali", reporter=Reporter(name="Rina"))
    given = {
        "title": "Lampu diganti",
        "demand": "answer",
        "service_id": "",
        "body": "Yth. {nama}, lampu {kode} diganti. {petugas}",
    }
    wrong = post_form(officer, "/kelola/contoh-jawaban", given | {"body": "Halo {namanya}"})
    assert wrong.status_code == 422
    assert "{namanya} tidak dikenal" in wrong.text
    assert post_form(officer, "/kelola/contoh-jawaban", given).status_code == 303
    page = officer.get(f"/kelola/laporan/{case.code}").text
    assert f"Yth. Rina, lampu {case.code} diganti. Budi Petugas" in page
    link = re.search(r'href="([^"]+contoh=[^"#]+:selesaikan)#', page).group(1)
    begun = officer.get(link).text
    assert re.search(rf"<textarea[^>]+id=\"f-selesaikan-answer\"[^>]*>\s*Yth. Rina, lampu {case.code}", begun)
    listed = officer.get("/kelola/contoh-jawaban").text
    text = re.search(r"/kelola/contoh-jawaban/([0-9a-f-]{36})", listed).group(1)
    changed = given | {"service_id": "feedback.usul", "title": "Untuk usul"}
    assert post_form(officer, f"/kelola/contoh-jawaban/{text}", changed).status_code == 303
    assert "Untuk usul" not in officer.get(f"/kelola/laporan/{case.code}").text
    assert post_form(officer, f"/kelola/contoh-jawaban/{text}", {"hapus": "ya"}).status_code == 303
    assert officer.get(f"/kelola/contoh-jawaban/{text}").status_code == 404


FILL = """
INSERT INTO cases (tenant_id, id, code, service_id, service_version, state, waits_for, outcome, seq, unit_id, region, landmark,
    channel, anonymity, visibility, summary, data, filed_at, changed_at, state_since, timers_done, reopened, closed_at,
    overdue_at)
SELECT %(tenant)s,
    (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
    'X-' || n, 'feedback.pengaduan', 1, 'diterima', 'staff', CASE WHEN n %% 9 <> 0 THEN 'done' END, 1, %(unit)s,
    %(region)s || '.01.2001', '', 'web', 'named', CASE WHEN n %% 5 = 0 THEN 'private' ELSE 'public' END,
    'Lampu nomor ' || n, '{}', now(), now(), now(), 0, 0, CASE WHEN n %% 9 <> 0 THEN now() END,
    CASE WHEN n %% 90 = 0 THEN now() END
FROM generate_series(1, 5000) n
"""


def plan_nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from plan_nodes(child)


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "cases_unit_open"),
        (Filters(queue="all"), "cases_open"),
        (Filters(queue="all", state="overdue"), "cases_overdue"),
        (Filters(state="overdue"), "cases_overdue_unit"),
        (Filters(queue="mine"), "cases_assignee_open"),
    ],
)
def test_no_list_reads_the_whole_table(session, tenant, office, database, filters, index):
    with psycopg.connect(database.url("postgres"), autocommit=True) as chief:
        chief.execute(FILL, {"tenant": tenant.id, "unit": office.unit_id, "region": tenant.region_code})
        chief.execute("ANALYZE cases")
    ask = statements.asked(tenant.id, office.staff(), filters, [], None, 51)
    row = driver(session).execute(f"EXPLAIN (FORMAT JSON) {statements.listing(ask)}", ask.values).fetchone()
    nodes = list(plan_nodes(row[0][0]["Plan"]))
    assert index in {n.get("Index Name") for n in nodes}
    assert not [n for n in nodes if n["Node Type"] in {"Seq Scan", "Aggregate"}]


def test_handing_over_with_words(app, officer, session, tenant, filed):
    colleague = add_member(session, "Tono Rekan")
    units.add_member(session, units.unit(session, officer.office.unit_id), colleague)
    case = filed("Lampu jalan mati sekali")
    here = f"/kelola/laporan/{case.code}"
    given = {"unit_id": str(officer.office.unit_id), "member_id": str(colleague), "pesan": "Saya cuti besok."}
    assert post_form(officer, f"{here}/tugas", given | {"seen": "99"}).status_code == 409
    assert "Saya cuti besok." not in officer.get(here).text.partition("Riwayat")[2]
    assert post_form(officer, f"{here}/tugas", given | {"seen": str(case.seq)}).status_code == 303
    page = officer.get(here).text
    assert "Saya cuti besok." in page
    assert "Tono Rekan" in page


def test_the_second_check_on_the_pages(officer, client_of, session, tenant):
    service = replace(cases.service(session, "feedback.pengaduan"), second_check="citizen")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    made = cases.file_case(session, service, COMPLAINT, place=place)
    session.commit()
    here, reporter = f"/kelola/laporan/{made.case.code}", client_of(tenant)
    done = {"langkah": "selesaikan", "answer": "Lampu diganti.", "seen": "1"}
    assert post_form(officer, f"{here}/langkah", done).status_code == 303
    assert "menunggu pelapor memastikan" in officer.get(here).text
    tracking = f"/lacak/{made.case.code}"
    reporter.get(f"{tracking}?kunci={made.link_secret}")
    page = reporter.get(tracking).text
    assert "Sudah beres" in page
    assert "Belum beres" in page
    wrong = post_form(reporter, f"{tracking}/langkah", {"langkah": "2_belum_selesai", "reply": ""})
    assert wrong.status_code == 422
    post_form(reporter, f"{tracking}/langkah", {"langkah": "2_belum_selesai", "reply": "Masih gelap."})
    assert "Masih gelap." in officer.get(here).text
    assert "Dinyatakan belum beres" in officer.get(here).text
    assert made.case.code in rows_of(officer.get("/kelola/laporan"))
