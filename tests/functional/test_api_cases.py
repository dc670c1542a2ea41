"""A case over the API from filing to rating, and everything that must not work."""

import io
import uuid

import pytest

from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT

ROOT = "/api/v1/cases"


@pytest.fixture
def officer(app, tenant, office, session):
    """Headers of the officer who leads the admin unit."""
    from balai.auth import Member

    sub = session.get(Member, (tenant.id, office.officer_id)).sub
    return bearer_for(app, tenant, "officer", sub=sub)


@pytest.fixture
def complaint(tenant):
    return {
        "service": "feedback.pengaduan",
        "data": COMPLAINT,
        "place": {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa"},
    }


@pytest.fixture
def filed(client, office, complaint):
    answer = client.post(ROOT, json=complaint)
    assert answer.status_code == 201, answer.json
    return answer.json


def link(filed):
    return {"Link-Secret": filed["link_secret"]}


def problem(answer, status, slug=None):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    if slug:
        assert answer.json["type"] == f"urn:balai:masalah:{slug}"
    return answer.json


def test_from_filing_to_rating(client, filed, officer, tenant):
    code = filed["code"]
    assert filed["tracking_url"].startswith(f"http://{tenant.slug}.localhost:8000/lacak/{code}")
    seen = client.get(f"{ROOT}/{code}", headers=officer)
    assert (seen.json["view"], seen.json["state"], seen.json["data"]) == ("staff", "diterima", COMPLAINT)
    assert {s["key"] for s in seen.json["steps"]} >= {"teruskan", "selesaikan"}
    done = client.post(
        f"{ROOT}/{code}/transitions",
        json={"step": "selesaikan", "fields": {"answer": "Lampu sudah diganti tadi malam."}},
        headers={**officer, "If-Match": seen.headers["ETag"]},
    )
    assert (done.status_code, done.json["state"], done.json["outcome"]) == (200, "selesai", "done")
    mine = client.get(f"{ROOT}/{code}", headers=link(filed)).json
    assert mine["view"] == "reporter"
    assert mine["timeline"][-1]["words"] == {"answer": "Lampu sudah diganti tadi malam."}
    rated = client.post(f"{ROOT}/{code}/rating", json={"stars": 5}, headers=link(filed))
    assert (rated.status_code, rated.json["rating"]) == (200, 5)
    problem(client.post(f"{ROOT}/{code}/rating", json={"stars": 1}, headers=link(filed)), 409, "sudah-dinilai")


def test_a_code_alone_shows_the_state_and_gives_no_right(client, filed):
    seen = client.get(f"{ROOT}/{filed['code'].lower()}").json
    assert (seen["view"], seen["state_label"]) == ("public", "Diterima, sedang diperiksa")
    assert (seen["data"], seen["landmark"], seen["steps"], seen["files"]) == ({}, "", [], [])
    assert "Lampu" not in str(seen)
    problem(client.post(f"{ROOT}/{filed['code']}/transitions", json={"step": "tarik"}), 401)
    problem(client.post(f"{ROOT}/{filed['code']}/rating", json={"stars": 5}), 404)
    wrong = {"Link-Secret": "0" * 32}
    assert client.get(f"{ROOT}/{filed['code']}", headers=wrong).json["view"] == "public"


def test_a_stale_page_changes_nothing(client, filed, officer):
    url = f"{ROOT}/{filed['code']}/transitions"
    body = {"step": "teruskan"}
    problem(client.post(url, json=body, headers={**officer, "If-Match": '"0"'}), 412, "sudah-berubah")
    problem(client.post(url, json={**body, "seq": 0}, headers=officer), 409, "sudah-berubah")
    problem(client.post(url, json=body, headers={**officer, "If-Match": '"x"'}), 412)
    assert client.post(url, json={**body, "seq": 1}, headers=officer).status_code == 200
    refused = problem(client.post(url, json=body, headers=officer), 409, "langkah-tidak-bisa")
    assert {"key", "label"} == set(refused["allowed"][0])


def test_missing_demands_are_named(client, filed, officer):
    answer = client.post(f"{ROOT}/{filed['code']}/transitions", json={"step": "selesaikan"}, headers=officer)
    assert [e["field"] for e in problem(answer, 422)["errors"]] == ["answer"]


def test_what_needs_correcting_is_told_at_once(client, office, complaint):
    answer = client.post(ROOT, json={**complaint, "data": {"bidang": "cuaca"}, "place": {"region": "11.11.11"}})
    assert {e["field"] for e in problem(answer, 422, "perlu-diperbaiki")["errors"]} == {"bidang", "uraian", "region"}


def test_tenant_ids_have_no_place_in_a_body(client, office, complaint, other_tenant):
    for name in ("tenant_id", "tenant", "tenant_key"):
        answer = client.post(ROOT, json={**complaint, name: other_tenant.id})
        assert [e["field"] for e in problem(answer, 422)["errors"]] == [f"/{name}"]


def test_another_region_never_knew_it(client_of, other_tenant, filed, app, staffed, officer):
    staffed(other_tenant)
    there = client_of(other_tenant)
    theirs = bearer_for(app, other_tenant, "admin", "officer")
    unknown = there.get(f"{ROOT}/3273-AAAAA-AAAAA-A", headers=theirs)
    known = there.get(f"{ROOT}/{filed['code']}", headers=theirs)
    problem(known, 404)
    assert known.data == unknown.data
    problem(there.get(f"{ROOT}/{filed['code']}", headers=link(filed)), 404)
    problem(there.post(f"{ROOT}/{filed['code']}/transitions", json={"step": "teruskan"}, headers=theirs), 404)
    problem(there.get(f"{ROOT}/{filed['code']}", headers=officer), 403, "daerah-lain")
    assert there.get(ROOT, headers=theirs).json["items"] == []


def test_a_signed_in_citizen_finds_their_own(client, app, tenant, office, complaint):
    sub = str(uuid.uuid4())
    me, other = bearer_for(app, tenant, sub=sub), bearer_for(app, tenant)
    code = client.post(ROOT, json=complaint, headers=me).json["code"]
    assert client.get(f"{ROOT}/{code}", headers=me).json["view"] == "reporter"
    assert [item["code"] for item in client.get(ROOT, headers=me).json["items"]] == [code]
    assert client.get(ROOT, headers=other).json["items"] == []
    assert client.get(f"{ROOT}/{code}", headers=other).json["view"] == "public"
    withdrawn = client.post(f"{ROOT}/{code}/transitions", json={"step": "tarik"}, headers=me)
    assert withdrawn.json["outcome"] == "withdrawn"
    problem(client.post(f"{ROOT}/{code}/transitions", json={"step": "tarik"}, headers=other), 403)
    problem(client.get(ROOT), 401)


def test_anonymous_keeps_no_account(client, app, tenant, office, complaint):
    me = bearer_for(app, tenant)
    code = client.post(ROOT, json={**complaint, "anonymous": True}, headers=me).json["code"]
    assert client.get(f"{ROOT}/{code}", headers=me).json["view"] == "public"


def test_staff_file_for_somebody(client, officer, complaint, app, tenant):
    body = {**complaint, "assisted": True, "reporter": {"name": "Bu Rina", "phone": "0812-3456-7890"}}
    assert client.post(ROOT, json=body, headers=officer).status_code == 201
    problem(client.post(ROOT, json=body), 401)
    problem(client.post(ROOT, json=body, headers=bearer_for(app, tenant)), 403)
    problem(client.post(ROOT, json=body, headers=bearer_for(app, tenant, "officer")), 403)


def test_lists_are_filtered_and_paged(client, officer, complaint, tenant):
    # Each in words of its own: copies of one text are held for somebody to look at.
    written = [
        complaint["data"] | {"uraian": f"{what} sudah lama begitu"}
        for what in ("Jalan", "Pagar", "Parit", "Tugu", "Pasar")
    ]
    codes = [client.post(ROOT, json=complaint | {"data": data}).json["code"] for data in written]
    got, url = [], f"{ROOT}?limit=2"
    while url:
        answer = client.get(url, headers=officer)
        got += [item["code"] for item in answer.json["items"]]
        url = answer.headers["Link"].partition(">")[0][1:] if answer.json["next"] else None
    assert got == codes[::-1]
    client.post(f"{ROOT}/{codes[0]}/transitions", json={"step": "teruskan"}, headers=officer)
    for query, expected in (
        ("state=dikerjakan", codes[:1]),
        ("state=dikerjakan&state=diterima&limit=100", codes[::-1]),
        (f"region={tenant.region_code}.01&state=dikerjakan", codes[:1]),
        (f"region={tenant.region_code}.02", []),
        ("service=feedback.usul", []),
        ("open=false", []),
        ("open=true&limit=1", codes[4:]),
        ("filed_until=2020-01-01T00:00:00Z", []),
        (f"unit={uuid.uuid4()}", []),
    ):
        answer = client.get(f"{ROOT}?{query}", headers=officer)
        assert answer.status_code == 200, (query, answer.json)
        items = answer.json["items"]
        assert [item["code"] for item in items] == expected, query
    problem(client.get(f"{ROOT}?cursor=abc", headers=officer), 422)


def photo():
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(buffer, "JPEG")
    buffer.seek(0)
    return buffer


def test_photos_are_uploaded_first_and_named_by_token(client, officer, complaint):
    def upload():
        return client.post("/api/v1/files", data={"file": (photo(), "lampu.jpg")})

    sent = upload()
    assert (sent.status_code, sent.json["media_type"]) == (201, "image/jpeg")
    filed = client.post(ROOT, json={**complaint, "files": {"foto": [sent.json["token"]]}}).json
    again = client.post(ROOT, json={**complaint, "files": {"foto": [sent.json["token"]]}})
    assert problem(again, 422)["errors"][0]["field"] == "/files/foto/0"
    more = client.post(f"{ROOT}/{filed['code']}/files", json={"files": [upload().json["token"]]}, headers=link(filed))
    assert [f["field"] for f in more.json["files"]] == ["foto", ""]
    assert client.get(f"{ROOT}/{filed['code']}").json["files"] == []


def test_disguised_and_missing_uploads_are_named(client):
    problem(client.post("/api/v1/files", data={"file": (io.BytesIO(b"MZ not a photo"), "foto.jpg")}), 422)
    problem(client.post("/api/v1/files", data={"other": (photo(), "foto.jpg")}), 422)
    problem(client.post("/api/v1/files", json={"file": "x"}), 415)


def test_services_with_their_forms(client, office):
    found = {s["id"]: s for s in client.get("/api/v1/services").json["items"]}
    assert found["feedback.pengaduan"]["open"] is True
    one = client.get("/api/v1/services/feedback.pengaduan").json
    assert one["form"]["required"] == ["bidang"]  # what happened may be said instead of written
    assert [f["key"] for f in one["files"]] == ["suara", "foto"]
    assert one["asks_place"] is True
    problem(client.get("/api/v1/services/feedback.tidak-ada"), 404)
    problem(client.get("/api/v1/services/%00"), 404)


def test_a_region_without_staff_takes_nothing(client, complaint):
    assert client.get("/api/v1/services/feedback.pengaduan").json["open"] is False
    problem(client.post(ROOT, json=complaint), 409, "layanan-tutup")


def test_trying_codes_without_a_token_has_an_end(client, filed, monkeypatch, app, tenant):
    from balai.cases.api import cases

    monkeypatch.setattr(cases, "_LOOKUPS_PER_TEN_MINUTES", 3)
    address = {"environ_base": {"REMOTE_ADDR": "198.51.100.77"}}
    statuses = [client.get(f"{ROOT}/3273-AAAAA-AAAAA-A", **address).status_code for _ in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    assert client.get(f"{ROOT}/{filed['code']}", headers=bearer_for(app, tenant), **address).status_code == 200
