"""Health and readiness, as a load balancer asks."""

from dataclasses import replace

import pytest


@pytest.fixture
def probe(client_of):
    return client_of(None)


def test_healthz_asks_nothing(probe):
    assert probe.get("/healthz").json == {"status": "ok"}


def test_probes_are_answered_under_any_host_name(app):
    client = app.test_client()
    for host in ("10.1.2.3:8000", "pod-7", "tidak-ada.localhost"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
        assert client.get("/readyz", headers={"Host": host}).status_code == 200


def test_ready_but_degraded_without_keycloak(make_app, settings, free_port):
    app = make_app(keycloak_url=f"http://127.0.0.1:{free_port}")
    reply = app.test_client().get("/readyz")
    assert reply.status_code == 200
    assert reply.json["status"] == "degraded"
    assert reply.json["parts"]["database"]["state"] == "ok"
    assert reply.json["parts"]["keycloak"]["state"].startswith("degraded")


@pytest.mark.identity
def test_ready_with_keycloak_and_a_worker(identity, monkeypatch):
    from balai import clock
    from balai.admin.ops import routes

    monkeypatch.setattr(routes, "last_heartbeat", lambda _session: clock.now())
    reply = identity.app.test_client().get("/readyz")
    assert (reply.status_code, reply.json["status"]) == (200, "ok")
    monkeypatch.setattr(routes, "last_heartbeat", lambda _session: None)
    assert identity.app.test_client().get("/readyz").json["parts"]["worker"]["state"] == "not seen"


def test_not_ready_without_the_database(settings, free_port):
    from balai.app import create_app

    app = create_app(
        replace(settings, database_url=f"postgresql://balai_app:x@127.0.0.1:{free_port}/balai"), check_role=False
    )
    try:
        assert app.test_client().get("/healthz").status_code == 200
        reply = app.test_client().get("/readyz")
        assert reply.status_code == 503
        assert reply.json["status"] == "unavailable"
    finally:
        app.extensions["balai.db"].close()


def test_figures_tell_of_no_region_by_name(probe, tenant):
    text = probe.get("/metrics").text
    assert 'balai_tenants{status="active"}' in text
    assert tenant.slug not in text


def test_figures_are_not_for_who_comes_through_a_proxy_or_from_elsewhere(probe):
    assert probe.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert probe.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
