"""Switching services over the API: same rules, same record as in the console."""

import pytest
from sqlalchemy import select

from balai.audit import AuditEntry
from balai.testing.identity import bearer_for

ROOT = "/api/v1/plugins"


@pytest.fixture
def admin(app, tenant):
    return bearer_for(app, tenant, "admin", sub="orang-yang-menyalakan")


def test_everyone_sees_what_is_on_and_who_may_switch_sees_all(client, client_of, regions, app, admin):
    assert [p["name"] for p in client.get(ROOT).json["items"]] == ["feedback"]
    bare = regions(plugins=())
    assert client_of(bare).get(ROOT).json["items"] == []
    assert client_of(bare).get(f"{ROOT}/feedback").status_code == 404
    chief = bearer_for(app, bare, "leader")
    seen = client_of(bare).get(f"{ROOT}/feedback", headers=chief).json
    assert (seen["state"], seen["stage"], seen["sector"]) == ("off", "basic", "administrasi")


def test_switching_is_effective_with_the_next_request_and_on_record(client, admin, session, office):
    off = client.put(f"{ROOT}/feedback", json={"state": "off", "reason": "Belum ada petugas."}, headers=admin)
    assert (off.status_code, off.json["state"]) == (200, "off")
    assert not [s for s in client.get("/api/v1/services").json["items"] if s["id"].startswith("feedback.")]
    assert client.get("/api/v1/services/feedback.pengaduan").status_code == 404
    on = client.put(f"{ROOT}/feedback", json={"state": "on", "reason": "Petugas sudah ada."}, headers=admin)
    assert on.json["state"] == "on"
    assert len([s for s in client.get("/api/v1/services").json["items"] if s["id"].startswith("feedback.")]) == 3
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "plugin.switched")).all()
    assert len(entries) == 2


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("feedback", {"state": "off"}, 422),
        ("feedback", {"state": "blocked", "reason": "x"}, 422),
        ("feedback", {"state": "off", "reason": "   "}, 422),
        ("cases", {"state": "off", "reason": "inti"}, 404),
        ("nobody", {"state": "on", "reason": "x"}, 404),
    ],
)
def test_refusals(client, admin, name, body, status):
    assert client.put(f"{ROOT}/{name}", json=body, headers=admin).status_code == status


def test_officers_and_strangers_may_not(client, app, tenant):
    body = {"state": "off", "reason": "iseng"}
    assert client.put(f"{ROOT}/feedback", json=body).status_code == 401
    assert client.put(f"{ROOT}/feedback", json=body, headers=bearer_for(app, tenant, "officer")).status_code == 403
    assert client.get(f"{ROOT}/feedback").json["state"] == "on"


def test_a_service_that_closes_takes_nothing_new(client, admin, office, tenant):
    client.put(f"{ROOT}/feedback", json={"state": "closing", "reason": "Akan diganti."}, headers=admin)
    body = {
        "service": "feedback.pengaduan",
        "data": {"bidang": "lampu", "uraian": "Lampu jalan mati sejak kemarin malam."},
        "place": {"region": f"{tenant.region_code}.01", "landmark": "dekat jembatan"},
    }
    answer = client.post("/api/v1/cases", json=body)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:balai:masalah:layanan-tutup")
    assert client.get("/api/v1/services/feedback.pengaduan").json["open"] is False
