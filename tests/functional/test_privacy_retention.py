"""What has been kept long enough goes, part by part; a hold keeps it; a dry run touches nothing; everything is written down."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from balai import audit, cases, files, keys, notify
from balai.cases import Case, Reporter, moving
from balai.cases.models import CaseLookup, CaseText
from balai.cases.personal import forget, marks, retention, terms
from balai.clock import frozen, now
from balai.notify.models import Message
from balai.privacy.models import RetentionRun
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.personal import FIVE, keep_document

NIK, PHONE, EMAIL = FIVE[0]
SITI = Reporter(name="Siti Rahayu", phone=PHONE, email=EMAIL)


def photo():
    body = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(body, "JPEG")
    return body.getvalue()


@pytest.fixture
def closed(session, tenant, office):
    """A finished case of a document with personal fields of 365 and 90 days."""
    service = cases.service(session, keep_document(session))
    place = cases.Place(f"{tenant.region_code}.01.2001", f"rumah bercat hijau, telepon {PHONE}", -6.9147, 107.6098)
    data = {"nik": NIK, "hp": PHONE, "alasan": f"Suami sakit, hubungi {PHONE}.", "setuju": True}
    picture = files.store(session, photo(), purpose="case.attachment", filename="surat.jpg")
    case = cases.file_case(session, service, data, reporter=SITI, place=place).case
    cases.attach(session, case.id, [picture.id], person=office.staff())
    step = service.workflow.transition("selesaikan")
    moving.apply_step(session, moving.lock(session, case.id), service, step, cases.SYSTEM, words={"answer": "Dikirim."})
    session.commit()
    return case


def after(case, days):
    return frozen(case.closed_at + timedelta(days=days, hours=1))


def test_each_part_goes_in_its_own_time(session, closed):
    assert retention.run(session).cases == 0
    assert closed.forget_at == closed.closed_at + timedelta(days=90)
    with after(closed, 90):
        assert retention.run(session).parts == {"fields": 1}
        assert set(forget.sealed_answers(session, closed)) == {"nik", "alasan", "landmark"}
    with after(closed, 365):
        assert retention.run(session).parts == {"fields": 1}
        assert "nik" not in forget.sealed_answers(session, closed)
        assert keys.reveal(session, closed, "contact_name") == "Siti Rahayu"
    with after(closed, terms.CONTACT.retention_days):
        assert retention.run(session).parts == {"contact": 1, "fields": 2}
        assert (closed.contact_name, closed.contact_phone, closed.contact_email) == (None, None, None)
        assert closed.personal is None
        assert session.scalars(select(CaseLookup).where(CaseLookup.case_id == closed.id)).all() == []
        sent = session.scalars(select(Message).where(Message.about_id == closed.id, Message.member_id.is_(None))).all()
        assert sent
        assert {notify.text_of(session, m) for m in sent} == {("[disamarkan]", "[disamarkan]")}
        assert all(m.recipient is None for m in sent)
        assert "Suami sakit" in closed.data["alasan"]
    with after(closed, terms.WORDS.retention_days):
        run = retention.run(session)
        assert (run.parts["files"], run.held) == (1, 0)
        assert closed.data["alasan"] == "[disamarkan]"
        assert (closed.landmark, closed.latitude, closed.summary) == ("[disamarkan]", None, "Bantuan uji")
        assert session.scalars(select(CaseText).where(CaseText.body.is_not(None))).all() == []
        assert closed.forget_at == retention.NEVER
        assert retention.run(session).cases == 0
    kinds = [e.data.get("retention") for e in cases_events(session, closed) if e.kind == "redacted"]
    assert kinds == [["fields"], ["fields"], ["contact", "fields"], ["files", "words"]]
    assert len(audit.entries(session, action="privacy.retention_run")) == 4


def cases_events(session, case):
    from balai.cases import CaseEvent

    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)).all()


def test_a_dry_run_names_it_and_touches_nothing(session, closed):
    with after(closed, 800):
        report = retention.preview(session)
        assert [(line.code, line.parts) for line in report.lines] == [(closed.code, ("contact", "fields"))]
        assert (report.cases, report.held) == (1, 0)
        session.rollback()
        assert keys.reveal(session, closed, "contact_name") == "Siti Rahayu"


def test_a_hold_keeps_everything_until_it_is_lifted(session, closed):
    held = marks.mark(session, closed, "hold", "Pemeriksaan inspektorat.")
    with after(closed, 3000):
        run = retention.run(session)
        assert (run.cases, run.held) == (0, 1)
        assert retention.preview(session).lines[0].held
        assert keys.reveal(session, closed, "contact_name") == "Siti Rahayu"
        marks.unmark(session, held.id)
        assert retention.run(session).cases == 1


def test_an_open_case_loses_nothing_and_a_reopened_one_starts_anew(session, closed):
    retention.run(session)
    citizen = cases.Person("citizen", holds=frozenset({closed.id}))
    cases.reopen(session, closed.id, "Belum sampai.", person=citizen)
    assert closed.forget_at is None
    with frozen(now() + timedelta(days=4000)):
        assert retention.run(session).cases == 0
        assert keys.reveal(session, closed, "contact_name") == "Siti Rahayu"


def test_the_page_shows_runs_holds_and_releases(client, session, tenant, closed):
    act_as(client, tenant, "admin", name="Ani Admin")
    here = "/kelola/data-pribadi/masa-simpan"
    page = client.get(here)
    assert page.status_code == 200
    assert "Belum ada yang lewat waktunya" in page.text
    assert post_form(client, f"{here}/tahan", {"code": "xx", "reason": "sengketa"}).status_code == 422
    assert post_form(client, f"{here}/tahan", {"code": closed.code, "reason": ""}).status_code == 422
    held = post_form(client, f"{here}/tahan", {"code": closed.code.lower(), "reason": "Sengketa di pengadilan."})
    assert held.status_code == 303
    assert closed.code in client.get(here).text
    assert post_form(client, f"{here}/jalankan").status_code == 303
    assert session.scalars(select(RetentionRun)).one().by_member is not None
    mark = marks.marked(session, "hold")[0][0]
    assert post_form(client, f"{here}/tanda/{mark.id}/cabut").status_code == 303
    assert post_form(client, f"{here}/tanda/{mark.id}/cabut").status_code == 404
    session.rollback()
    assert marks.marked(session, "hold") == []
    assert session.scalars(select(Case.id)).one() == closed.id


def test_who_may_look_and_who_may_act(client_of, tenant, closed):
    here = "/kelola/data-pribadi/masa-simpan"
    for role, look, act in (("auditor", 200, 403), ("leader", 200, 403), ("officer", 403, 403), ("admin", 200, 303)):
        client = client_of(tenant)
        act_as(client, tenant, role)
        assert client.get(here).status_code == look, role
        assert post_form(client, f"{here}/jalankan").status_code == act, role


@pytest.mark.parametrize(
    ("days", "words"), [(730, "2 tahun"), (365, "1 tahun"), (90, "3 bulan"), (30, "30 hari"), (45, "45 hari")]
)
def test_a_time_is_said_as_people_say_it(app, days, words):
    with app.test_request_context():
        assert terms.span(days) == words
        said = terms.sentence("memberi kabar", "UU 27/2022", days)
        assert said == f"Dipakai untuk memberi kabar (dasar: UU 27/2022), lalu dihapus {words} setelah selesai."
