"""The law's rights as services of every region: filed by a citizen, served by an officer, within 72 hours by the clock."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import audit, cases, keys, privacy
from balai.cases import Case, Reporter, moving
from balai.cases.models import CaseLookup
from balai.cases.personal import forget, marks
from balai.clock import now
from balai.errors import Conflict, Invalid
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

PHONE, EMAIL, NIK = "+6281298765432", "siti@contoh.id", "3273014505890003"
SITI = Reporter(name="Siti Rahayu", phone="0812-9876-5432", email=EMAIL)
ANSWER = {"answer": f"Ibu Siti {PHONE}."}
KINDS = ("salinan-data", "perbaikan-data", "hapus-data", "batasi-data")


@pytest.fixture
def officer(client, tenant, staffed):
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    return client


@pytest.fixture
def citizen(client_of, tenant):
    return client_of(tenant)


def ask(session, kind="hapus-data", **data):
    service = cases.service(session, f"privasi.{kind}")
    made = cases.file_case(session, service, {"uraian": "Semua data saya, tolong.", **data}, reporter=SITI).case
    session.commit()
    return made


def complain(session, tenant, *, close=True, reporter=SITI, **options):
    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01.2001", f"rumah Siti, telepon {PHONE}", -6.9147, 107.6098)
    data = {"bidang": "lampu", "uraian": f"Lampu mati. Hubungi saya di {PHONE}, NIK {NIK}."}
    made = cases.file_case(session, service, data, place=place, reporter=reporter, **options).case
    if close:
        step = service.workflow.transition("selesaikan")
        moving.apply_step(session, moving.lock(session, made.id), service, step, cases.SYSTEM, words=ANSWER)
    session.commit()
    return made


def again(app, tenant, case):
    with app.app_context(), tenant_scope(tenant) as session:
        found = session.scalars(select(Case).where(Case.id == case.id)).one()
        session.expunge(found)
        return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_region_has_them_without_a_plugin(regions, staffed, client_of, kind):
    bare = regions(plugins=())
    staffed(bare)
    page = client_of(bare).get(f"/layanan/privasi/{kind}")
    assert page.status_code == 200
    assert plain(page.text)
    assert "Dipakai untuk" in page.text
    assert "UU 27/2022" in page.text
    assert f'href="/layanan/privasi/{kind}"' in client_of(bare).get("/privasi").text


def test_the_clock_is_72_hours_and_neither_weekend_nor_question_stops_it(session, office):
    case = ask(session)
    assert case.due_at == case.filed_at + timedelta(hours=72)
    staff = office.staff()
    cases.move_case(session, case.id, "tanya", person=staff, fields={"question": "Boleh datang membawa KTP?"})
    assert case.due_at == case.filed_at + timedelta(hours=72)
    citizen = cases.Person("citizen", holds=frozenset({case.id}))
    cases.move_case(session, case.id, "balas", person=citizen, fields={"reply": "Besok saya datang."})
    assert case.due_at == case.filed_at + timedelta(hours=72)
    cases.move_case(session, case.id, "selesaikan", person=staff, fields={"answer": "Sudah."})
    assert case.due_at is None
    cases.reopen(session, case.id, "Belum semua.", person=citizen)
    assert timedelta(hours=71) < case.due_at - now() <= timedelta(hours=72)


def test_an_officer_finds_copies_corrects_and_deletes(app, officer, session, tenant):
    closed, running = complain(session, tenant), complain(session, tenant, close=False)
    other = complain(session, tenant, reporter=Reporter(name="Tini", phone="0857 1111 2222"))
    privacy.save_profile(session, "sub-siti", name="Siti Rahayu", phone=PHONE, email=EMAIL)
    asked = ask(session, nik=NIK)
    here = f"/kelola/data-pribadi/permintaan/{asked.code}"
    assert "Cari data pemohon" in officer.get(f"/kelola/laporan/{asked.code}").text
    start = officer.get(here)
    assert "+62812*****432" in start.text.replace("&#43;", "+")
    assert PHONE not in start.text
    assert NIK not in start.text
    assert post_form(officer, f"{here}/cari", {"own": "ya", "reason": ""}).status_code == 422
    assert post_form(officer, f"{here}/cari", {"reason": "Ada KTP.", "nik": "123"}).status_code == 422
    known = {"own": "ya", "reason": "Datang ke loket dengan KTP."}
    page = post_form(officer, f"{here}/cari", known)
    for case in (closed, running, other):
        assert case.code in page.text
    assert "disebut di dalamnya" in page.text
    looked = audit.entries(session, action="privacy.searched")
    assert [(e.subject_id, e.data["by"]) for e in looked] == [(asked.code, ["email", "nik", "phone"])]

    copy = json.loads(post_form(officer, f"{here}/salinan", known).text)
    assert {c["kode"] for c in copy["laporan"]} == {closed.code, running.code, asked.code}
    assert PHONE in copy["laporan"][-1]["isi"]["Apa yang terjadi?"]
    assert copy["profil"][0]["name"] == "Siti Rahayu"
    assert "Tini" not in json.dumps(copy)
    assert other.code not in json.dumps(copy)
    printed = post_form(officer, f"{here}/salinan", known | {"cetak": "ya"})
    assert "Siti Rahayu" in printed.text

    wrong = {"target": f"{running.code}|contact.phone", "value": "0812"}
    assert post_form(officer, f"{here}/perbaiki", known | wrong).status_code == 422
    assert post_form(officer, f"{here}/perbaiki", known | wrong | {"target": "x|y"}).status_code == 422
    right = wrong | {"value": "0813 0000 1111"}
    assert "Sudah diperbaiki." in post_form(officer, f"{here}/perbaiki", known | right).text
    session.rollback()
    session.expire_all()
    assert keys.reveal(session, again(app, tenant, running), "contact_phone") == "+6281300001111"

    assert post_form(officer, f"{here}/hapus", known).status_code == 422
    done = post_form(officer, f"{here}/hapus", known | {"sure": "ya"})
    assert "2 laporan dibersihkan, 1 menyusul setelah selesai." in done.text
    assert privacy.find_profile(session, "sub-siti") is None
    gone = again(app, tenant, closed)
    assert (gone.contact_name, gone.contact_phone, gone.personal, gone.latitude) == (None, None, None, None)
    assert "[disamarkan]" in str(gone.data)
    left = again(app, tenant, other)
    assert keys.reveal(session, left, "contact_name") == "Tini"
    assert forget.sealed_answers(session, left) == {}
    assert "Hubungi saya di +62812*****432" in left.data["uraian"]
    assert officer.get(f"/kelola/laporan/{closed.code}").status_code == 200


def test_a_former_and_another_number_are_searched_too(officer, session, tenant):
    old = complain(session, tenant, reporter=Reporter(name="Siti", phone="0811 1111 1111"))
    third = complain(session, tenant, reporter=Reporter(name="Siti", phone="0822 2222 2222"))
    asked = ask(session, nomor_lama="0811-1111-1111")
    here = f"/kelola/data-pribadi/permintaan/{asked.code}"
    page = post_form(officer, f"{here}/cari", {"own": "ya", "phone": "082222222222", "reason": "Menunjukkan KTP."})
    assert page.text.count("pengirim") >= 3
    for case in (old, third):
        assert case.code in page.text


def test_deleting_an_open_case_follows_once_it_is_closed(app, session, tenant, office):
    from balai.cases.personal import people, retention, rights

    case = complain(session, tenant, close=False)
    found = people.find_person(session, {"phone": PHONE})
    assert rights.delete(session, found, reason="Diminta orangnya.", request="x").later == 1
    assert retention.run(session).cases == 0
    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah."})
    assert retention.run(session).cases == 1
    assert (case.contact_phone, case.contact_name, case.link_hash) == (None, None, None)
    assert people.find_person(session, {"phone": PHONE}).empty


def test_a_restricted_case_shows_and_publishes_nothing(officer, session, tenant):
    case = complain(session, tenant)
    asked = ask(session, "batasi-data")
    here = f"/kelola/data-pribadi/permintaan/{asked.code}"
    page = post_form(officer, f"{here}/batasi", {"own": "ya", "reason": "Ditelepon di nomor tercatat."})
    assert "1 laporan dibatasi." in page.text
    shown = officer.get(f"/kelola/laporan/{case.code}")
    assert "Siti Rahayu" not in shown.text
    assert "S*** R***" in shown.text
    refused = post_form(officer, f"/kelola/laporan/{case.code}/kontak", {"reveal_reason": "Ingin menelepon."})
    assert refused.status_code == 409
    assert PHONE not in refused.text.replace("&#43;", "+")
    assert post_form(officer, f"/kelola/laporan/{case.code}/tampilkan", {"tampil": "ya"}).status_code == 409
    session.rollback()
    case = session.scalars(select(Case).where(Case.code == case.code)).one()
    with pytest.raises(Conflict):
        marks.require_unrestricted(session, case.id)


def test_the_tool_is_only_there_behind_a_request_that_one_handles(officer, client_of, session, tenant, staffed):
    case, asked = complain(session, tenant), ask(session)
    assert officer.get(f"/kelola/data-pribadi/permintaan/{case.code}").status_code == 404
    assert officer.get("/kelola/data-pribadi/permintaan/apa-saja").status_code == 404
    here = f"/kelola/data-pribadi/permintaan/{asked.code}"
    for role, status in (("leader", 403), ("auditor", 403), ("helper", 403), ("officer", 404)):
        elsewhere = client_of(tenant)
        act_as(elsewhere, tenant, role, name="Orang Lain")
        assert elsewhere.get(here).status_code == status, role
        assert post_form(elsewhere, f"{here}/cari", {"own": "ya", "reason": "ingin tahu"}).status_code == status, role


def test_a_secret_case_is_in_no_search(session, tenant, office):
    from balai.cases.personal import people

    complain(session, tenant, visibility="secret")
    assert people.find_person(session, {"phone": PHONE, "nik": NIK}).hits == []


def test_typed_numbers_and_contact_are_shown_for_a_recorded_reason_only(officer, session, tenant):
    case = complain(session, tenant)
    here = f"/kelola/laporan/{case.code}"
    shown = officer.get(here).text.replace("&#43;", "+")
    assert "Siti Rahayu" in shown  # who handles it knows whom they deal with
    assert PHONE not in shown  # nor in what an officer wrote
    assert NIK not in shown
    page = post_form(officer, f"{here}/kontak", {"reveal_reason": "Menanyakan tiang yang mana."})
    assert NIK in page.text
    assert f"Ibu Siti {PHONE}." in page.text.replace("&#43;", "+")
    entry = audit.entries(session, action="case.revealed")[0]
    assert entry.data["reason"] == "Menanyakan tiang yang mana."
    assert set(entry.data["shown"]) == {"name", "phone", "email", "uraian", "landmark"}


def test_who_does_not_handle_a_case_sees_initials(client_of, session, tenant, office):
    case = complain(session, tenant)
    reader = client_of(tenant)
    act_as(reader, tenant, "officer", name="Unit Lain")
    page = reader.get(f"/kelola/laporan/{case.code}")
    assert page.status_code == 200
    assert "S*** R***" in page.text
    assert "Siti Rahayu" not in page.text


def test_a_citizen_reads_takes_and_deletes_their_own(app, citizen, session, tenant, office):
    assert citizen.get("/privasi/data-saya").status_code == 401
    act_as(citizen, tenant, name="Siti Rahayu", sub="sub-siti")
    privacy.save_profile(session, "sub-siti", name="Siti Rahayu", phone=PHONE, email=EMAIL)
    privacy.record_consent(
        session, who=privacy.consent_key(session, sub="sub-siti"), purpose="kabar", given=True, wording="Kabari saya."
    )
    mine = Reporter(sub="sub-siti", name="Siti Rahayu", phone=PHONE)
    case, secret = (
        complain(session, tenant, reporter=mine),
        complain(session, tenant, reporter=mine, visibility="secret"),
    )
    page = citizen.get("/privasi/data-saya")
    assert plain(page.text)
    for text in (case.code, secret.code, "Kabari saya.", PHONE):
        assert text in page.text.replace("&#43;", "+")
    copy = json.loads(citizen.get("/privasi/data-saya/salinan.json").text)
    assert {c["kode"] for c in copy["laporan"]} == {case.code, secret.code}
    consent = re.search(r"/privasi/data-saya/persetujuan/[0-9a-f-]+/tarik", page.text).group()
    assert post_form(citizen, consent).status_code == 303
    assert "Kabari saya." not in citizen.get("/privasi/data-saya").text
    asked = citizen.get("/privasi/data-saya/hapus")
    assert plain(asked.text)
    assert not untranslated(citizen.get("/privasi/data-saya/hapus?bahasa=qps").text)
    assert post_form(citizen, "/privasi/data-saya/hapus", {}).location == "/privasi/data-saya/hapus"
    assert post_form(citizen, "/privasi/data-saya/hapus", {"yakin": "ya"}).status_code == 303
    for kept in (case, secret):
        gone = again(app, tenant, kept)
        assert (gone.contact_phone, gone.reporter_index, gone.personal) == (None, None, None)
    assert case.code not in citizen.get("/privasi/data-saya").text
    session.rollback()
    assert session.scalars(select(CaseLookup)).all() == []


def test_another_citizen_reaches_nothing(client_of, session, tenant, office):
    complain(session, tenant, reporter=Reporter(sub="sub-siti", name="Siti", phone=PHONE))
    consent = privacy.record_consent(
        session, who=privacy.consent_key(session, sub="sub-siti"), purpose="kabar", given=True, wording="Kabari saya."
    )
    session.commit()
    other = client_of(tenant)
    act_as(other, tenant, name="Orang Lain", sub="sub-lain")
    assert json.loads(other.get("/privasi/data-saya/salinan.json").text)["laporan"] == []
    assert post_form(other, f"/privasi/data-saya/persetujuan/{consent.id}/tarik").status_code == 404


def test_a_held_case_is_not_deleted(session, tenant, office):
    from balai.cases.personal import people, rights

    case = complain(session, tenant)
    with pytest.raises(Invalid):
        marks.mark(session, case, "hold", "")
    held = marks.mark(session, case, "hold", "Sengketa di pengadilan.")
    assert marks.mark(session, case, "hold", "Sekali lagi.").id == held.id
    done = rights.delete(session, people.find_person(session, {"phone": PHONE}), reason="Diminta.", request="x")
    assert (done.cases, done.held) == (0, [case.code])
    assert keys.reveal(session, case, "contact_phone") == PHONE
    marks.unmark(session, held.id)
    assert rights.delete(session, people.find_person(session, {"phone": PHONE}), reason="Diminta.", request="x").cases
    assert case.contact_phone is None
