"""openapi.json and /api/docs: this host's API, whole, and nothing of what is off."""

from functools import partial

import pytest

from balai.testing.identity import bearer_for

DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def pool_app(workshop, make_app):
    """An application with one more plugin, which has an API of its own."""
    workshop.add(
        "kolam",
        """
        import msgspec
        from balai.api import ApiBlueprint, hookimpl

        class Renang(msgspec.Struct):
            panjang: int

        blueprint = ApiBlueprint("kolam", __name__, url_prefix="/api/v1/kolam", description="Kolam kota")

        @blueprint.route("/jalur", methods=["POST"])
        @blueprint.signed_in
        @blueprint.body(Renang)
        @blueprint.answers(Renang, status=201, summary="Pesan jalur")
        def reserve(body):
            return body

        @hookimpl
        def register_blueprints():
            return [blueprint]
        """,
    )
    return make_app()


@pytest.fixture
def here(pool_app, regions):
    """`here("feedback")`: get, post, ... on the host of a fresh region where these plugins are on, and the region."""

    def open_region(*plugins):
        tenant = regions(plugins=plugins)
        return on_host(pool_app, f"{tenant.slug}.localhost:8000"), tenant

    return open_region


def on_host(app, host):
    client = app.test_client()
    client.open = partial(client.open, base_url=f"http://{host}/")
    return client


def test_the_document_is_filtered_per_region(here, pool_app):
    (without, _), (with_it, _tenant) = here("feedback"), here("feedback", "kolam")
    plain, full = without.get(DOCUMENT), with_it.get(DOCUMENT)
    assert b"kolam" not in plain.data.lower()
    assert b"renang" not in plain.data.lower()
    assert "/api/v1/kolam/jalur" in full.json["paths"]
    assert "kolam.Renang" in full.json["components"]["schemas"]
    assert set(plain.json["paths"]) < set(full.json["paths"])
    apex = on_host(pool_app, "localhost:8000").get(DOCUMENT).json
    assert set(apex["paths"]) == {"/api/v1/regions", "/api/v1/regions/{code}"}


def test_caches_can_ask_again(here):
    client, _ = here("feedback")
    first = client.get(DOCUMENT)
    assert first.headers["Vary"] == "Host"
    assert client.get(DOCUMENT, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_switched_off_plugin_answers_like_an_unknown_address(here, pool_app):
    client, tenant = here("feedback")
    token = bearer_for(pool_app, tenant, "admin")
    for method in ("get", "post", "put", "delete", "options", "patch"):
        for slash in ("", "/"):
            known = getattr(client, method)(f"/api/v1/kolam/jalur{slash}", headers=token)
            unknown = getattr(client, method)(f"/api/v1/kosong/jalur{slash}", headers=token)
            assert (known.status_code, known.data) == (404, unknown.data)
            assert dict(known.headers) == dict(unknown.headers)


def test_a_plugins_api_works_where_it_is_on(here, pool_app):
    client, tenant = here("kolam")
    token = bearer_for(pool_app, tenant)
    answer = client.post("/api/v1/kolam/jalur", json={"panjang": 50}, headers=token)
    assert (answer.status_code, answer.json) == (201, {"panjang": 50})
    assert client.post("/api/v1/kolam/jalur", json={"panjang": "x"}, headers=token).status_code == 422
    assert client.post("/api/v1/kolam/jalur", json={"panjang": 50}).status_code == 401


def test_the_page_shows_the_same_and_runs_no_script_of_its_own(here):
    (without, _), (with_it, _) = here("feedback"), here("kolam")
    page = with_it.get("/api/docs")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert "Pesan jalur" in html
    assert "<style" not in html
    assert " style=" not in html
    assert " onclick" not in html
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "kolam" not in without.get("/api/docs").get_data(as_text=True).lower()


def test_every_operation_says_who_may_call_and_how_it_fails(here):
    client, _ = here("feedback", "kolam")
    document = client.get(DOCUMENT).json
    assert document["openapi"] == "3.1.0"
    for path, item in document["paths"].items():
        for method in set(item) - {"parameters"}:
            operation = item[method]
            assert operation["summary"], (path, method)
            assert operation["security"], (path, method)
            assert "default" in operation["responses"], (path, method)
            if method == "post":
                assert "Idempotency-Key" in {p["name"] for p in operation["parameters"]}, path
