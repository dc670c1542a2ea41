"""Only our own pages may change anything: Origin, token, and both together."""

import re

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from balai.settings import Settings
from balai.web import csrf
from balai.web.wiring import init_app

HOST = "bandung.localhost:8000"
OWN = f"http://{HOST}"


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask("test", static_folder=None)
    made.extensions["balai.settings"] = Settings(env="test", secret_key="s" * 40)

    @made.post("/simpan")
    def save() -> str:
        return "tersimpan"

    @made.post("/kait/bank")
    @csrf.exempt("signature over the raw body")
    def hook() -> str:
        return "tersimpan"

    @made.post("/api/v1/x")
    def api() -> Response:
        return Response("tersimpan")

    init_app(made)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return _client(app, HOST)


class _HostClient(FlaskClient):
    host = HOST

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        kwargs.setdefault("base_url", f"http://{self.host}")
        return super().open(*args, **kwargs)  # type: ignore[arg-type]


def _client(app: Flask, host: str) -> FlaskClient:
    client = _HostClient(app)
    client.host = host
    return client


def _token(client: FlaskClient) -> str:
    return client.get("/token-formulir").get_json()["token"]


def _post(client: FlaskClient, headers: dict[str, str], token: str | None = None, session: bool = False) -> int:
    if session:
        client.set_cookie(csrf.SESSION_COOKIE, "x", domain="bandung.localhost")
    data = {csrf.FIELD: _token(client) if token is None else token}
    return client.post("/simpan", data=data, headers=headers).status_code


@pytest.mark.parametrize(
    ("headers", "session", "status"),
    [
        ({"Origin": OWN}, True, 200),
        ({"Origin": "https://bandung.localhost:8000"}, True, 200),  # a proxy ended TLS
        ({"Origin": "http://BANDUNG.localhost:8000"}, True, 200),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, True, 200),
        ({"Origin": "http://bantul.localhost:8000"}, True, 403),  # a sibling region: the same site, another origin
        ({"Origin": "http://bandung.localhost:9000"}, True, 403),
        ({"Origin": "http://localhost:8000"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({"Origin": "null"}, False, 403),
        ({"Origin": ""}, False, 403),
        ({"Origin": "http://bandung.localhost:8000.jahat.example"}, True, 403),
        ({"Origin": "http://bandung.localhost:x"}, True, 403),
        ({"Referer": f"{OWN}/layanan"}, True, 200),
        ({"Referer": "http://bantul.localhost:8000/"}, True, 403),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-site"}, True, 403),
        ({"Origin": OWN, "Sec-Fetch-Site": "cross-site"}, False, 403),
        ({"Sec-Fetch-Site": "same-origin"}, True, 200),
        ({}, True, 403),  # signed in and no word of where it comes from
        ({}, False, 200),  # anonymous filing through a proxy that strips headers: the token alone
    ],
)
def test_origin(client: FlaskClient, headers: dict[str, str], session: bool, status: int) -> None:
    assert _post(client, headers, session=session) == status


@pytest.mark.parametrize("token", ["", "x", "AAAA", "é", "A" * 43, "A" * 44])
def test_a_wrong_token_is_refused(client: FlaskClient, token: str) -> None:
    _token(client)  # the cookie is there
    assert _post(client, {"Origin": OWN}, token=token) == 403


def test_a_token_without_its_cookie_is_refused(app: Flask, client: FlaskClient) -> None:
    assert _post(_client(app, HOST), {"Origin": OWN}, token=_token(client)) == 403


def test_a_token_of_another_region_is_refused(app: Flask, client: FlaskClient) -> None:
    other = _client(app, "bantul.localhost:8000")
    token = _token(other)
    cookie = other.get_cookie(csrf.COOKIE, domain="bantul.localhost")
    assert cookie is not None
    client.set_cookie(csrf.COOKIE, cookie.value, domain="bandung.localhost")
    assert _post(client, {"Origin": OWN}, token=token) == 403


def test_tokens_look_different_each_time_and_all_hold(client: FlaskClient) -> None:
    first, second = _token(client), _token(client)
    assert first != second
    assert _post(client, {"Origin": OWN}, token=first) == 200
    assert _post(client, {"Origin": OWN}, token=second) == 200


def test_the_token_may_come_in_a_header(client: FlaskClient) -> None:
    headers = {"Origin": OWN, csrf.HEADER: _token(client)}
    assert client.post("/simpan", headers=headers).status_code == 200


def test_the_cookie_is_this_hosts_alone(client: FlaskClient) -> None:
    cookie = client.get("/token-formulir").headers["Set-Cookie"]
    assert cookie.startswith("__Host-balai-form=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_page_without_a_form_sets_no_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/privasi").headers


def test_the_token_is_not_given_to_other_sites(client: FlaskClient) -> None:
    assert client.get("/token-formulir", headers={"Sec-Fetch-Site": "same-site"}).status_code == 404


def test_what_is_exempt_says_why(app: Flask, client: FlaskClient) -> None:
    assert csrf.exemptions(app)["hook"] == "signature over the raw body"
    assert all(csrf.exemptions(app).values())
    assert client.post("/kait/bank").status_code == 200


def test_the_api_knows_no_cookies_and_needs_no_token(client: FlaskClient) -> None:
    assert client.post("/api/v1/x", headers={"Origin": "https://jahat.example"}).status_code == 200


def test_an_old_form_of_our_own_can_be_sent_again_as_it_was(client: FlaskClient) -> None:
    page = client.post(
        "/simpan?langkah=2",
        data={"isi": 'Lubang "besar"', "hal": ["a", "b"], csrf.FIELD: "lama"},
        headers={"Origin": OWN},
    )
    assert page.status_code == 403
    assert 'action="/simpan?langkah=2"' in page.text
    assert 'name="isi" value="Lubang &#34;besar&#34;"' in page.text
    assert page.text.count('name="hal"') == 2
    fresh = re.search(rf'name="{csrf.FIELD}" value="([^"]+)"', page.text)
    assert fresh is not None
    again = client.post("/simpan?langkah=2", data={"isi": "x", csrf.FIELD: fresh.group(1)}, headers={"Origin": OWN})
    assert again.text == "tersimpan"


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://bantul.localhost:8000"}])
def test_nobody_else_gets_a_form_that_works(client: FlaskClient, headers: dict[str, str]) -> None:
    page = client.post("/simpan", data={"isi": "x", csrf.FIELD: "lama"}, headers=headers)
    assert page.status_code == 403
    assert csrf.FIELD not in page.text
    assert "<form" not in page.text
