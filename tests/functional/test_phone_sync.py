"""What a phone sends when its line is back: JSON answers, one case for ever, corrections by field; and what it may keep."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases.models import Case
from balai.clock import frozen, now
from balai.tenancy import tenant_scope
from balai.testing.pages import post_form

FORM = "/layanan/feedback/pengaduan"
JSON = {"Accept": "application/json"}


@pytest.fixture
def draft(tenant, office):
    """A report as the phone has kept it, with an id of its own."""
    return {
        "client_id": str(uuid4()), "bidang": "lampu", "uraian": "Lampu jalan depan balai desa mati sejak Senin.",
        "region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa", "visibility": "public",
        "anonymity": "named",
    }  # fmt: skip


def test_a_second_copy_is_the_first_one_for_ever(app, client, client_of, tenant, draft, office):
    first = post_form(client, FORM, draft, headers=JSON)
    assert first.status_code == 201
    code = first.get_json()["code"]
    assert first.get_json()["url"] == f"/lacak/{code}/terkirim"
    assert client.get(f"/lacak/{code}/terkirim").status_code == 200
    again = post_form(client, FORM, draft, headers=JSON)
    assert (again.status_code, again.get_json()["code"]) == (200, code)
    # Also from a browser that lost its cookies, days after the case was closed.
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."})
    other = client_of(tenant)
    with frozen(now() + timedelta(days=3)):
        late = post_form(other, FORM, draft, headers=JSON)
        assert (late.status_code, late.get_json()["code"]) == (200, code)
        assert other.get(f"/lacak/{code}/terkirim").status_code == 200
    with app.app_context(), tenant_scope(tenant) as session:
        assert len(session.scalars(select(Case.id)).all()) == 1


def test_the_same_id_in_another_region_is_another_report(client, client_of, tenant, draft, regions, staffed):
    other = regions()
    staffed(other)
    first = post_form(client, FORM, draft, headers=JSON).get_json()["code"]
    moved = {**draft, "region": f"{other.region_code}.01.2001"}
    second = post_form(client_of(other), FORM, moved, headers=JSON)
    assert second.status_code == 201
    assert second.get_json()["code"] != first


def test_what_to_correct_comes_by_field(client, draft):
    answer = post_form(client, FORM, {**draft, "uraian": "x", "region": "", "phone": "12"}, headers=JSON)
    assert answer.status_code == 422
    assert {"uraian", "region", "phone"} <= answer.get_json()["errors"].keys()


def test_a_service_that_takes_nothing_says_so(client, tenant):
    """Nobody staffed it."""
    answer = post_form(client, FORM, {"client_id": str(uuid4())}, headers=JSON)
    assert answer.status_code == 409
    assert answer.get_json()["errors"][""]


def test_without_a_token_nothing_is_taken(client, draft):
    assert client.post(FORM, data=draft, headers=JSON).status_code == 403


def worker_of(client):
    source = client.get("/pekerja.js", headers={"Accept-Encoding": "identity"})
    assert source.mimetype == "text/javascript"
    assert source.headers["Cache-Control"] == "no-cache"
    return json.loads(source.get_data(as_text=True).split("const BALAI = ", 1)[1].split(";\n", 1)[0])


def test_the_worker_keeps_only_what_exists_and_is_about_nobody(client, tenant, office):
    told = worker_of(client)
    assert told["off"] is False
    for path in told["shell"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "no-store" not in answer.headers["Cache-Control"], path


def test_another_look_makes_another_worker(app, client, tenant, office):
    from balai.tenancy import TenantProfile

    before = worker_of(client)["version"]
    with app.app_context(), tenant_scope(tenant) as session:
        session.query(TenantProfile).one().primary_color = "#8a1f1f"
    assert worker_of(client)["version"] != before


def test_switched_off_the_worker_removes_itself_and_pages_name_none(make_app, tenant):
    from balai.testing.probe import client_on

    client = client_on(make_app(phone_app=False), tenant)
    assert worker_of(client)["off"] is True
    assert 'data-worker=""' in client.get("/bantuan").get_data(as_text=True)


def test_tiles_open_the_policy_for_forms_alone(make_app, tenant, office):
    from balai.testing.probe import client_on

    client = client_on(make_app(tiles_url="https://tile.contoh.id/{z}/{x}/{y}.png", tiles_credit="Contoh"), tenant)
    form = client.get(FORM)
    assert "img-src 'self' blob: https://tile.contoh.id;" in form.headers["Content-Security-Policy"]
    assert "https://tile.contoh.id/{z}/{x}/{y}.png" in form.get_data(as_text=True)
    assert "tile.contoh.id" not in client.get("/").headers["Content-Security-Policy"]


def test_the_manifest_names_the_region(client, tenant):
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    assert answer.get_json()["name"] == tenant.name
    assert answer.get_json()["scope"] == "/"


@pytest.mark.parametrize("path", ["/pekerja.js", "/manifest.webmanifest", "/menunggu", "/luring"])
def test_the_apex_has_none_of_it(client_of, path):
    assert client_of(None).get(path).status_code == 404


@pytest.mark.parametrize("position", [("", "1"), ("91", "1"), ("nan", "1"), ("x", "y"), ("1e400", "0")])
def test_a_position_that_is_none_is_refused(client, tenant, position):
    given = {"latitude": position[0], "longitude": position[1]}
    assert post_form(client, "/tempat/dekat", given).status_code == 400
