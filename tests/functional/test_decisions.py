"""Decisions: what led to them, and the one message to each person who reported."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select

from balai import cases, keys
from balai.cases import Case
from balai.cases.decisions import queries, services
from balai.cases.decisions.telling import tell_decision
from balai.cases.models import CaseFollower, Decision
from balai.cases.shown import services as shown
from balai.clock import now
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.notify import refusals
from balai.notify.models import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain, untranslated

DECISION = {
    "kind": "repair",
    "title": "Lampu jalan di tiga kecamatan diperbaiki",
    "reason": "Banyak lampu mati sejak Mei.",
}
LEADER = cases.Person("staff", permissions=frozenset({"plugins.switch"}))
IDEA = {
    "judul": "Bangun taman baca di setiap desa",
    "bidang": "pendidikan",
    "uraian": "Anak-anak perlu tempat membaca sore.",
}


def mails(session):
    return session.scalars(select(Message).where(Message.template == "cases.decision_made")).all()


@pytest.fixture
def reports(session, tenant, office):
    """Two reports of Rina (one by e-mail, one by e-mail and phone), one of Budi, one of nobody, one idea with a supporter."""
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    complaint, idea = cases.service(session, "feedback.pengaduan"), cases.service(session, "feedback.usul")
    made = {
        name: cases.file_case(
            session, complaint, {"bidang": "lampu", "uraian": f"Lampu {name} mati sejak kemarin."}, place=place,
            reporter=reporter, visibility=visibility,
        ).case
        for name, reporter, visibility in (
            ("satu", cases.Reporter(name="Rina", email="rina@contoh.id"), "public"),
            ("dua", cases.Reporter(email="Rina@Contoh.id", phone="081234567890"), "public"),
            ("tiga", cases.Reporter(phone="0812 3456 7890"), "private"),
            ("empat", cases.Reporter(email="budi@contoh.id"), "public"),
            ("lima", None, "public"),
            ("rahasia", cases.Reporter(email="siti@contoh.id"), "secret"),
        )
    }  # fmt: skip
    made["usul"] = cases.file_case(
        session, idea, IDEA, place=place, reporter=cases.Reporter(email="rina@contoh.id")
    ).case
    cases.publish(session, made["usul"].id, person=office.staff())
    cases.publish(session, made["satu"].id, person=office.staff())
    shown.support(session, made["usul"].id, "a" * 32, contact="teman@contoh.id")
    shown.support(session, made["usul"].id, "b" * 32, contact="rina@contoh.id")
    shown.support(session, made["usul"].id, "c" * 32)
    session.commit()
    return made


def test_each_person_gets_one_message_over_all_their_reports(session, tenant, office, reports):
    made = services.record(session, **DECISION, person=office.staff())
    codes = [case.code for case in reports.values()]
    assert services.add(session, office.staff(admin=True), made.id, codes) == 6  # the secret one can't be named
    assert services.add(session, office.staff(admin=True), made.id, codes) == 0
    services.make_public(session, LEADER, made.id)
    session.commit()
    for _again in range(2):
        tell_decision(session, tenant, decision_id=made.id)
    session.commit()
    told = mails(session)
    to = sorted(keys.reveal(session, m, "recipient") for m in told if m.channel == "email")
    assert to == ["budi@contoh.id", "rina@contoh.id", "teman@contoh.id"]
    boxes = {m.about_id for m in told if m.channel == "inapp"}
    # Rina's once, Budi's, and that of the report which nobody signed.
    assert len(boxes) == 3
    assert {reports["empat"].id, reports["lima"].id} < boxes
    body = keys.reveal(session, next(m for m in told if m.channel == "email"), "body")
    assert "/perubahan/" in body
    assert "Banyak lampu mati" in body
    assert "Berhenti di sini" in body


def test_who_is_named_later_is_told_later_and_nobody_twice(session, tenant, office, reports):
    made = services.record(session, **DECISION)
    staff = office.staff(admin=True)
    services.add(session, staff, made.id, [reports["satu"].code])
    services.make_public(session, LEADER, made.id)
    tell_decision(session, tenant, decision_id=made.id)
    services.add(session, staff, made.id, [reports["dua"].code, reports["tiga"].code, reports["empat"].code])
    tell_decision(session, tenant, decision_id=made.id)
    session.commit()
    to = [keys.reveal(session, m, "recipient") for m in mails(session) if m.channel == "email"]
    assert sorted(to) == ["budi@contoh.id", "rina@contoh.id"]
    # Her phone is known by now from the report that gave both.
    assert reports["tiga"].id not in {m.about_id for m in mails(session)}
    assert services.remove(session, made.id, [reports["satu"].code]) == 0  # has been told


def test_who_wants_no_news_gets_none(session, tenant, office, reports):
    refusals.refuse(session, refusals.index_of(session, "email", "budi@contoh.id"), by="page")
    made = services.record(session, **DECISION)
    services.add(session, office.staff(admin=True), made.id, [reports["empat"].code])
    services.make_public(session, LEADER, made.id)
    tell_decision(session, tenant, decision_id=made.id)
    assert {m.state for m in mails(session) if m.channel == "email"} == {"unwanted"}


def test_nothing_is_told_before_it_is_public(session, tenant, office, reports):
    made = services.record(session, **DECISION)
    services.add(session, office.staff(admin=True), made.id, [reports["empat"].code])
    tell_decision(session, tenant, decision_id=made.id)
    assert mails(session) == []
    services.make_public(session, LEADER, made.id)
    with pytest.raises(Conflict):
        services.make_public(session, LEADER, made.id)
    with pytest.raises(Conflict):
        services.change(session, made.id, title="Judul lain lagi", reason="Alasan lain.")
    with pytest.raises(Forbidden):
        services.make_public(session, office.staff("cases.work"), made.id)


def queued(database, tenant):
    """Names of the region's waiting jobs and of events that were announced."""
    query = (
        "SELECT task_name, args FROM jobs.procrastinate_jobs WHERE (args ->> 'tenant_id')::int = %s AND status = 'todo'"
    )
    with psycopg.connect(database.superuser_url) as connection:
        return {row[0] for row in connection.execute(query, (tenant.id,))}


def test_the_messages_are_queued_in_the_same_transaction(database, session, tenant, office, reports):
    made = services.record(session, **DECISION)
    services.make_public(session, LEADER, made.id)
    session.rollback()
    assert session.scalars(select(Decision)).all() == []
    assert "cases.tell_decision" not in queued(database, tenant)
    services.make_public(session, LEADER, services.record(session, **DECISION).id)
    session.commit()
    assert "cases.tell_decision" in queued(database, tenant)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "hantu"}, "kind"), ({"title": "x"}, "title"), ({"reason": ""}, "reason")],
)
def test_what_is_missing_is_said(session, office, wrong, field):
    with pytest.raises(Invalid) as refused:
        services.record(session, **(DECISION | wrong))
    assert [e.field for e in refused.value.errors] == [field]
    with pytest.raises(Invalid):
        services.record(session, **DECISION, on=(now() + timedelta(days=2)).date())


def test_who_handles_no_reports_finds_published_ones_only(session, office, reports):
    found = services.search(session, LEADER, "lampu")
    assert [row.code for row in found] == [reports["satu"].code]
    assert len(services.search(session, office.staff(admin=True), "lampu")) == 5
    assert services.search(session, LEADER, "") == []
    made = services.record(session, **DECISION)
    with pytest.raises(Invalid):
        services.add(session, LEADER, made.id, [reports["tiga"].code])
    assert services.add(session, LEADER, made.id, [reports["satu"].code]) == 1


def test_pages_from_draft_to_announcement(app, client, client_of, tenant, other_tenant, session, office, reports):
    desk = client_of(tenant)
    act_as(desk, tenant, "admin", "leader", "officer")
    assert desk.get("/kelola/keputusan").status_code == 200
    assert post_form(desk, "/kelola/keputusan/baru", DECISION | {"title": ""}).status_code == 422
    assert post_form(desk, "/kelola/keputusan/baru", DECISION | {"on": "kemarin"}).status_code == 422
    made = post_form(desk, "/kelola/keputusan/baru", DECISION | {"on": "2026-11-01"})
    assert made.status_code == 303
    path = made.location
    decision_id = path.rpartition("/")[2]
    found = desk.get(f"{path}?q=lampu")
    assert reports["tiga"].code in found.text
    assert reports["rahasia"].code not in found.text
    picked = {"tindakan": "tambah", "pilih": [reports["satu"].code, reports["tiga"].code, reports["usul"].code]}
    assert post_form(desk, f"{path}/laporan", picked).status_code == 303
    assert post_form(desk, f"{path}/laporan", {"tindakan": "tambah"}).status_code == 303
    assert client.get(f"/perubahan/{decision_id}").status_code == 404
    assert DECISION["title"] not in client.get("/perubahan").text
    assert post_form(desk, f"{path}/umumkan").status_code == 303
    page = client.get("/perubahan").text
    assert DECISION["title"] in page
    assert "Berawal dari 2 laporan dan 1 usul." in page
    assert plain(page)
    one = client.get(f"/perubahan/{decision_id}").text
    assert reports["satu"].code in one
    assert reports["tiga"].code not in one  # private: counted, never shown
    assert plain(one)
    assert DECISION["title"] in client.get(f"/usul/{reports['usul'].code}").text
    data = (DECISION["title"], "Banyak lampu", "Lampu satu", "Bangun taman", "Pengaduan", "Usul", tenant.name)
    for address in ("/perubahan?bahasa=qps", f"/perubahan/{decision_id}?bahasa=qps"):
        assert untranslated(client.get(address).text, data=data) == []
    officer = client_of(tenant)
    act_as(officer, tenant, "officer")
    assert officer.get("/kelola/keputusan").status_code == 403
    assert post_form(officer, f"{path}/umumkan").status_code == 403
    stranger = client_of(other_tenant)
    act_as(stranger, other_tenant, "admin")
    assert stranger.get(path).status_code == 404
    assert client_of(other_tenant).get(f"/perubahan/{decision_id}").status_code == 404


def test_a_switch_is_a_decision_that_asks_for_its_reasons(app, client_of, tenant, session):
    desk = client_of(tenant)
    act_as(desk, tenant, "admin")
    answer = post_form(desk, "/kelola/layanan-daerah/feedback/off", {"reason": "Rapat 3 November"})
    assert answer.status_code == 303
    made = session.scalars(select(Decision)).one()
    assert (made.kind, made.subject, made.reason) == ("service_off", "plugin:feedback", "Rapat 3 November")
    assert f"/kelola/keputusan/{made.id}" in desk.get(answer.location).text


def test_what_somebody_wants_forgotten_is_not_used(session, tenant, office, reports):
    from balai.cases.personal import marks

    marks.mark(session, reports["empat"], "restricted", "Diminta pelapor sendiri")
    made = services.record(session, **DECISION)
    services.add(session, office.staff(admin=True), made.id, [reports["empat"].code])
    services.make_public(session, LEADER, made.id)
    tell_decision(session, tenant, decision_id=made.id)
    assert mails(session) == []
    assert queries.led(session, made.id)[0].told_at is not None


def test_a_decision_of_another_region_is_not_there(app, session, tenant, other_tenant, office):
    made = services.record(session, **DECISION)
    session.commit()
    with app.app_context(), tenant_scope(other_tenant) as other:
        with pytest.raises(NotFound):
            services.find(other, made.id)
        assert tell_decision(other, other_tenant, decision_id=made.id) is None
        assert other.scalars(select(CaseFollower)).all() == []
        assert other.scalars(select(Case)).all() == []
