"""Whatever goes wrong below /api is a problem document; nothing a client sends is a 500."""

import uuid

import pytest
from sqlalchemy.exc import OperationalError

from balai.errors import TooMany
from balai.testing.identity import bearer_for


def check(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["status"] == status
    assert answer.json["type"].startswith("urn:balai:masalah:")
    assert answer.json["title"]
    return answer.json


def test_unknown_addresses(client):
    for path in ("/api", "/api/", "/api/v1", "/api/v2/cases", "/api/v1/nope", "/api/v1/cases/", "/api/v1/cases/a%00b"):
        check(client.get(path), 404)


def test_wrong_methods_name_the_right_ones(client):
    answer = client.delete("/api/v1/regions")
    check(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_bodies_that_cannot_be_read(client, app, tenant):
    staff = bearer_for(app, tenant, "admin")
    for raw, status in ((b"", 400), (b"{", 400), (b"\xff\xfe", 400), (b"[" * 100_000, 422), (b"null", 422)):
        answer = client.post("/api/v1/members", data=raw, content_type="application/json", headers=staff)
        check(answer, status)
    check(client.post("/api/v1/members", data="a=b", headers=staff), 415)
    check(client.post("/api/v1/members", data={"a": "b"}, headers=staff), 415)


def test_a_ten_megabyte_description_is_too_large(client, tenant):
    raw = b'{"service": "feedback.pengaduan", "data": {"uraian": "' + b"a" * 10_000_000 + b'"}}'
    answer = client.post("/api/v1/cases", data=raw, content_type="application/json")
    assert "1024 KB" in check(answer, 413)["detail"]


def test_values_that_a_database_cannot_hold(client, office):
    for value in ("a\x00b", "\udc80", 10**400, [[[[[[]]]]]], {"a": {"b": {}}}, True, -1e308):
        body = {"service": "feedback.pengaduan", "data": {"bidang": "lampu", "uraian": value}}
        answer = client.post("/api/v1/cases", json=body)
        assert 400 <= answer.status_code < 500, (value, answer.json)
        check(answer, answer.status_code)


def test_a_plain_refusal_says_how_to_sign_in(client):
    answer = client.get("/api/v1/members")
    check(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="balai"'
    check(client.get("/api/v1/regions", headers={"Authorization": "Bearer x.y.z"}), 401)


def test_who_may_what(client, app, tenant, other_tenant):
    check(client.get("/api/v1/members", headers=bearer_for(app, tenant)), 403)
    check(client.get("/api/v1/members", headers=bearer_for(app, tenant, "officer")), 403)
    assert client.get("/api/v1/members", headers=bearer_for(app, tenant, "admin")).status_code == 200
    check(client.get("/api/v1/members", headers=bearer_for(app, other_tenant, "admin")), 403)


def test_a_cookie_never_opens_the_api(client, tenant):
    from balai.testing.identity import act_as

    act_as(client, tenant, "admin")
    check(client.get("/api/v1/members"), 401)


def test_answers_for_a_token_are_kept_nowhere(client, app, tenant):
    answer = client.get("/api/v1/regions/32.73", headers=bearer_for(app, tenant))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked = client.options(
        "/api/v1/regions", headers={"Origin": "https://x.id", "Access-Control-Request-Method": "GET"}
    )
    assert not any(name.startswith("Access-Control") for name in dict(asked.headers))


@pytest.fixture
def broken_app(make_app):
    app = make_app()

    def fail(error):
        def view():
            raise error

        return view

    failures = {
        "crash": RuntimeError("a secret of ours"),
        "database": OperationalError("SELECT 1", {}, Exception("server closed the connection")),
        "often": TooMany(7),
    }
    for name, error in failures.items():
        app.add_url_rule(f"/api/v1/{name}", f"broken_{name}", fail(error))
    return app


def test_our_own_failures_tell_nothing(broken_app, tenant):
    client = broken_app.test_client()
    host = {"base_url": f"http://{tenant.slug}.localhost:8000"}
    crashed = client.get("/api/v1/crash", **host)
    assert "secret" not in crashed.get_data(as_text=True)
    check(crashed, 500)
    down = client.get("/api/v1/database", **host)
    check(down, 503)
    assert down.headers["Retry-After"] == "15"
    slow = client.get("/api/v1/often", **host)
    check(slow, 429)
    assert slow.headers["Retry-After"] == "7"


def test_unknown_hosts_get_a_problem_too(app):
    answer = app.test_client().get("/api/v1/regions", base_url=f"http://{uuid.uuid4().hex}.localhost:8000")
    assert check(answer, 404)["type"].endswith("daerah-tidak-dikenal")
