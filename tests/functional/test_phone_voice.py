"""A voice note instead of written words: staff alone hear it, each hearing is recorded, and it is written down first."""

import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from balai import audit, cases
from balai.cases import hearing, moving, units
from balai.cases.models import Case, CaseEvent, CaseFile
from balai.errors import Conflict, Invalid
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as, bearer_for
from balai.testing.offices import open_office
from balai.testing.pages import post_form

SUB = "3a0f4a38-6d3e-4c56-9d0b-7a3d2f6f5c11"
FORM = "/layanan/feedback/pengaduan"
MEDIA = Path(__file__).resolve().parents[1] / "data" / "media"


def note():
    return (MEDIA / "voice-live.webm").read_bytes()


def answers(tenant, **more):
    return {
        "bidang": "lampu", "region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa",
        "visibility": "public", "anonymity": "anonymous", **more,
    }  # fmt: skip


@pytest.fixture
def desk(app, tenant, client_of):
    """An officer at work, and their client."""
    client = client_of(tenant)
    member = act_as(client, tenant, "officer", name="Budi Petugas", sub=SUB)
    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session, member)
    return office, client


@pytest.fixture
def spoken(app, tenant, desk, client):
    """A report that is only a voice note; its code and the id of its file."""
    sent = post_form(client, FORM, answers(tenant, suara=(io.BytesIO(note()), "suara.webm")))
    assert sent.status_code == 303, sent.get_data(as_text=True)
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        return case.code, case.id, session.scalars(select(CaseFile.file_id)).one()


def test_neither_words_nor_voice_is_too_little(client, tenant, desk):
    answer = post_form(client, FORM, answers(tenant))
    assert answer.status_code == 422
    assert "Tulis di sini, atau rekam suara Anda." in answer.get_data(as_text=True)


def test_something_else_called_a_voice_note_is_refused(client, tenant, desk):
    answer = post_form(client, FORM, answers(tenant, suara=(io.BytesIO(b"\xff\xd8\xff\xe0 no sound"), "suara.webm")))
    assert answer.status_code == 422


def test_over_the_api_it_stands_for_words_and_for_nothing_else(app, client, tenant, desk):
    office, _client = desk
    picture = io.BytesIO()
    Image.new("RGB", (90, 60), "green").save(picture, "JPEG")

    def upload(content, name):
        return client.post("/api/v1/files", data={"file": (io.BytesIO(content), name)}).json["token"]

    def send(**files):
        body = {"service": "feedback.pengaduan", "data": {"bidang": "lampu"}, "files": files}
        return client.post(
            "/api/v1/cases",
            json={**body, "place": {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai"}},
        )

    filed = send(suara=[upload(note(), "suara.webm")])
    assert filed.status_code == 201, filed.json
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        offered = {s.key: s.demands for s in moving.steps(session, case, office.staff())}
        assert offered["teruskan"] == ("uraian",)
    for wrong in ({"suara": [upload(picture.getvalue(), "foto.jpg")]}, {"foto": [upload(note(), "suara.webm")]}):
        refused = send(**wrong)
        assert refused.status_code == 422
        assert any(
            "jenis yang diminta" in e["message"] or "rekam suara" in e["message"] for e in refused.json["errors"]
        ), refused.json
    headers = {"Link-Secret": filed.json["link_secret"]}
    more = client.post(
        f"/api/v1/cases/{filed.json['code']}/files", json={"files": [upload(note(), "s.webm")]}, headers=headers
    )
    assert more.status_code == 422, more.json


def test_no_step_before_the_note_is_written_down(app, tenant, desk, spoken):
    office, _client = desk
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.get_one(Case, (tenant.id, spoken[1]))
        offered = {s.key: s.demands for s in moving.steps(session, case, office.staff())}
        assert offered["teruskan"] == ("uraian",)
        with pytest.raises(Invalid) as refused:
            cases.move_case(session, case.id, "teruskan", person=office.staff())
        assert refused.value.errors[0].field == "uraian"
        moved = cases.move_case(
            session, case.id, "teruskan", person=office.staff(), fields={"uraian": "Lampu mati, telepon 081234567890."}
        )
        assert moved.state == "dikerjakan"
        assert moved.data["uraian"].startswith("Lampu mati")
        assert "081234567890" not in str(moved.data)
        assert moved.summary.startswith("Lampu mati")
        assert moving.steps(session, case, office.staff())[0].demands != ("uraian",)


def test_writing_it_down_by_itself_opens_the_steps(app, tenant, desk, spoken):
    office, _client = desk
    with app.app_context(), tenant_scope(tenant) as session:
        with pytest.raises(Invalid):
            hearing.write_down(session, spoken[1], " ", person=office.staff())
        hearing.write_down(session, spoken[1], "Lampu jalan mati sejak Senin.", person=office.staff())
        event = session.scalars(select(CaseEvent).order_by(CaseEvent.seq.desc())).first()
        assert (event.kind, event.data) == ("noted", {"told": "uraian"})
        with pytest.raises(Conflict):
            hearing.write_down(session, spoken[1], "Sekali lagi.", person=office.staff())
        assert cases.move_case(session, spoken[1], "teruskan", person=office.staff()).state == "dikerjakan"


def test_a_secret_note_is_written_down_too(app, client, tenant, desk):
    office, _client = desk
    sent = post_form(client, FORM, answers(tenant, visibility="secret", suara=(io.BytesIO(note()), "suara.webm")))
    assert sent.status_code == 303
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        hearing.write_down(session, case.id, "Ada pungutan di loket.", person=office.staff())
        assert "uraian" not in case.data
        assert cases.move_case(session, case.id, "teruskan", person=office.staff()).state == "dikerjakan"


def test_the_console_plays_it_and_asks_for_the_words(tenant, desk, spoken):
    code, _id, file_id = spoken
    _office, officer = desk
    page = officer.get(f"/kelola/laporan/{code}").get_data(as_text=True)
    assert f"/kelola/laporan/{code}/suara/{file_id}" in page
    assert "Simpan ringkasan" in page
    assert 'name="langkah"' not in page
    done = post_form(officer, f"/kelola/laporan/{code}/ringkasan", {"uraian": "Lampu jalan mati sejak Senin."})
    assert done.status_code == 303
    page = officer.get(f"/kelola/laporan/{code}").get_data(as_text=True)
    assert 'name="langkah"' in page
    assert "Petugas menulis isi pesan suara" in page


def test_the_api_says_what_is_missing(app, tenant, desk, spoken, client):
    headers = bearer_for(app, tenant, "officer", sub=SUB)
    path = f"/api/v1/cases/{spoken[0]}"
    shown = client.get(path, headers=headers).get_json()
    assert next(s for s in shown["steps"] if s["key"] == "teruskan")["demands"] == ["uraian"]
    refused = client.post(f"{path}/transitions", json={"step": "teruskan"}, headers=headers)
    assert refused.status_code == 422
    assert "Dengarkan dulu pesan suaranya" in refused.get_data(as_text=True)
    fields = {"uraian": "Lampu jalan mati sejak Senin."}
    done = client.post(f"{path}/transitions", json={"step": "teruskan", "fields": fields}, headers=headers)
    assert done.status_code == 200
    assert done.get_json()["state"] == "dikerjakan"


def test_only_who_handles_it_hears_it_and_that_is_recorded(
    app, tenant, desk, spoken, client, client_of, regions, staffed
):
    code, _case_id, file_id = spoken
    _office, officer = desk
    path = f"/kelola/laporan/{code}/suara/{file_id}"
    heard = officer.get(path)
    assert heard.status_code == 200
    assert heard.mimetype.startswith("audio/")
    assert heard.data == note()
    part = officer.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.data)) == (206, 100)
    with app.app_context(), tenant_scope(tenant) as session:
        acts = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "case.voice_heard")).all()
        assert [a.data["code"] for a in acts] == [code]
    # All but the first byte is the whole note: a colleague who asks for that alone stands on the record as well.
    quiet = client_of(tenant)
    member = act_as(quiet, tenant, "officer", name="Ani Petugas", sub="7d0f4a38-6d3e-4c56-9d0b-7a3d2f6f5c22")
    with app.app_context(), tenant_scope(tenant) as session:
        units.add_member(session, units.admin_unit(session), member)
    for _twice in range(2):
        assert quiet.get(path, headers={"Range": "bytes=1-"}).status_code == 206
    with app.app_context(), tenant_scope(tenant) as session:
        acts = session.scalars(
            select(audit.AuditEntry.actor).where(audit.AuditEntry.action == "case.voice_heard")
        ).all()
        assert sorted(acts) == sorted([SUB, "7d0f4a38-6d3e-4c56-9d0b-7a3d2f6f5c22"])
    # The reporter, the address that serves other files, a colleague elsewhere, another region: none of them.
    assert client.get(f"/lacak/{code}").status_code == 200
    assert str(file_id) not in client.get(f"/lacak/{code}").get_data(as_text=True)
    for reader in (client, officer):
        assert reader.get(f"/berkas/{file_id}").status_code == 404
    colleague = client_of(tenant)
    act_as(colleague, tenant, "officer", name="Petugas Lain")
    assert colleague.get(path).status_code == 404
    other = regions()
    stranger = client_of(other)
    staffed(other, act_as(stranger, other, "admin", "officer"))
    assert stranger.get(path).status_code == 404
