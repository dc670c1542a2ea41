"""Five people file by portal and API, type their numbers everywhere; a dump of all tables holds none of them."""

import uuid

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from balai import cases
from balai.cases import Case, acting
from balai.testing.identity import bearer_for
from balai.testing.pages import post_form
from balai.testing.personal import FIVE, keep_document, spellings


@pytest.fixture
def drawn(session, office):
    return keep_document(session)


def everything(owner_url):
    """Every table's content as pg_dump would write it, all schemas, jobs included."""
    query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    text = []
    with psycopg.connect(owner_url) as owner:
        for schema, table in owner.execute(query).fetchall():
            with owner.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))) as copy:
                text += [bytes(block).decode() for block in copy]
    return "\n".join(text)


def test_a_dump_after_filing_holds_no_nik_phone_or_mail(client, app, tenant, session, office, drawn, database):
    region = f"{tenant.region_code}.01.2001"
    officer = bearer_for(app, tenant, "officer", sub=session.get(cases_member(), (tenant.id, office.officer_id)).sub)
    for number, (nik, phone, email) in enumerate(FIVE):
        story = f"Saya dengan NIK {nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]} butuh bantuan. HP {phone}, email {email}"
        data = {"nik": nik, "hp": phone, "surel": email, "alasan": story, "singkat": f"Hubungi {phone} atau {nik}"}
        landmark = f"Rumah bercat hijau, telepon {phone}"
        if number % 2:
            body = {
                "service": drawn, "data": {**data, "setuju": True}, "place": {"region": region, "landmark": landmark},
                "reporter": {"name": "Siti", "phone": phone, "email": email},
            }  # fmt: skip
            answer = client.post("/api/v1/cases", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
            assert answer.status_code == 201, answer.json
            seen = client.get(f"/api/v1/cases/{answer.json['code']}", headers=officer)
            assert nik not in seen.text
            assert phone not in seen.text
        else:
            body = data | {
                "setuju": "on", "region": region, "landmark": landmark, "name": "Siti", "phone": phone, "email": email,
                "visibility": "private", "anonymity": "named", "client_id": str(uuid.uuid4()),
            }  # fmt: skip
            page = post_form(client, f"/layanan/daerah/{drawn.partition('.')[2]}", body)
            assert page.status_code == 303, page.text
    refused = post_form(client, f"/layanan/daerah/{drawn.partition('.')[2]}", {"nik": FIVE[0][0], "alasan": FIVE[0][1]})
    assert refused.status_code == 422
    work_on(session, office)
    found = everything(database.superuser_url).lower()
    assert "bantuan-uji" in found
    for person in FIVE:
        for spelling in spellings(*person):
            assert spelling.lower() not in found, spelling


def work_on(session, office):
    """Staff and reporters write the numbers down again at every step."""
    staff = office.staff()
    for case, (nik, phone, _email) in zip(session.scalars(select(Case).order_by(Case.id)), FIVE, strict=True):
        citizen = cases.Person("citizen", holds=frozenset({case.id}))
        acting.note(session, case.id, f"Sudah ditelepon di {phone}.", person=staff)
        cases.move_case(session, case.id, "tanya", person=staff, fields={"question": f"Benar NIK {nik}?"})
        cases.move_case(session, case.id, "balas", person=citizen, fields={"reply": f"Benar, HP {phone}."})
        cases.move_case(session, case.id, "lengkapi", person=staff, fields={"singkat": f"{nik} sudah cocok"})
        acting.reveal_contact(session, case, person=staff, reason=f"Menelepon {phone} tentang {nik}.")
        acting.redact(session, case.id, person=staff, reason=f"Ada NIK {nik}", field="singkat")
        cases.move_case(session, case.id, "selesaikan", person=staff, fields={"answer": f"Dikirim ke {phone}."})
    session.commit()


def cases_member():
    from balai.auth import Member

    return Member


def test_what_was_typed_is_masked_in_the_open_and_whole_for_its_reporter(session, file_complaint):
    nik, phone, email = FIVE[0]
    story = f"Lampu mati, hubungi {phone} atau {email}. NIK {nik}."
    case = file_complaint({"uraian": story}, visibility="public").case
    assert "3273********0003" in case.data["uraian"]
    assert "*" in case.summary
    for number in (nik, phone, email):
        assert number not in str(case.data) + case.summary
    from balai.cases.tracking import personal_part

    assert personal_part(session, case)["uraian"] == story


def test_a_secret_case_keeps_everything_sealed(session, file_complaint):
    case = file_complaint({"uraian": f"Saya diancam, NIK {FIVE[0][0]}."}, visibility="secret").case
    assert case.data == {}
    assert case.landmark == ""


def test_consents_of_a_form_are_written_down(client, session, tenant, drawn):
    from balai import privacy

    nik, phone, email = FIVE[0]
    body = {
        "service": drawn, "data": {"nik": nik, "alasan": "Butuh bantuan beras.", "setuju": True},
        "place": {"region": f"{tenant.region_code}.01.2001", "landmark": "dekat masjid"},
        "reporter": {"name": "Siti", "phone": phone, "email": email},
    }  # fmt: skip
    assert client.post("/api/v1/cases", json=body).status_code == 201
    case = session.scalars(select(Case)).one()
    who = privacy.consent_key(session, contact=phone)
    assert privacy.has_consent(session, who=who, purpose=f"{drawn}.setuju", subject_id=str(case.id))
