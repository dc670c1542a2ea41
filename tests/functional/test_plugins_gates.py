"""The route gate on the real application: what is off looks like what never was."""

import pytest

from balai import plugins
from balai.contracts import PluginState
from balai.tenancy import queries, tenant_scope
from balai.testing.leaks import client_on, leaks, paths_of, rules_of

SOURCE = """
import msgspec
from flask import Blueprint, request
from balai.api import ApiBlueprint, HomeCard, MenuItem

pages = Blueprint("contoh", __name__, url_prefix="/layanan/contoh/h")
staff = Blueprint("contoh_kelola", __name__, url_prefix="/kelola/contoh")
hooks_in = Blueprint("contoh_kait", __name__, url_prefix="/kait/contoh")
api = ApiBlueprint("contoh_api", __name__, url_prefix="/api/v1/contoh", description="Rahasiakata")
ran = []

class Rahasiakata(msgspec.Struct):
    satu: int

@pages.before_request
def early():
    ran.append("before")
    return "leaked before", 200 if "early" in request.args else 202

@pages.after_request
def late(response):
    response.headers["X-Contoh"] = "leaked"
    return response

@pages.errorhandler(404)
def mine(error):
    return "leaked 404", 404

@pages.get("/")
def index():
    return "halaman"

@pages.get("/tagihan/<int:number>")
def bill(number):
    return "tagihan"

@staff.post("/kirim/")
def send():
    return "terkirim"

@hooks_in.post("/bank")
def bank():
    return "bayar"

@api.route("/meter/<uuid:meter>")
@api.public
@api.answers(Rahasiakata, summary="Bacaan rahasiakata")
def meter(meter):
    return Rahasiakata(1)

@hookimpl
def register_blueprints():
    return [pages, staff, hooks_in, api]

@hookimpl
def collect_menu(tenant):
    return [MenuItem("Contoh", "contoh_kelola.send")]

@hookimpl
def collect_home_cards(tenant):
    return [HomeCard("Contoh", "teks", "/layanan/contoh/h/")]
"""


@pytest.fixture
def contoh(workshop, make_app):
    workshop.add("contoh", SOURCE)
    app = make_app()
    assert plugins.manager(app).get("contoh"), plugins.manager(app).refused
    return app


def _switch(app, tenant, state):
    with app.app_context(), tenant_scope(tenant) as session:
        queries.switch_plugin(session, tenant.id, "contoh", state)


@pytest.mark.parametrize("state", [None, PluginState.OFF, PluginState.BLOCKED])
def test_nothing_of_a_closed_plugin_differs_from_an_unknown_page(contoh, tenant, state):
    if state is not None:
        _switch(contoh, tenant, state)
    assert len(rules_of(contoh, "contoh")) >= 5
    assert leaks(contoh, client_on(contoh, tenant), "contoh") == []


def test_it_is_closed_on_the_apex_host(contoh):
    assert leaks(contoh, client_on(contoh, None), "contoh") == []


@pytest.mark.parametrize("state", [PluginState.ON, PluginState.CLOSING])
def test_an_open_plugin_answers(contoh, tenant, state):
    client = client_on(contoh, tenant)
    _switch(contoh, tenant, state)
    assert client.get("/layanan/contoh/h/tagihan/3").status_code == 202
    assert client.get("/api/v1/contoh/meter/00000000-0000-0000-0000-000000000007").json == {"satu": 1}
    assert client.put("/kait/contoh/bank").status_code == 405
    _switch(contoh, tenant, PluginState.OFF)
    assert client.get("/layanan/contoh/h/tagihan/3").status_code == 404  # with the very next request
    assert client.get("/layanan/contoh/h/?early=1").data != b"leaked before"


def test_no_code_of_a_closed_plugin_runs(contoh, tenant):
    ran = plugins.manager(contoh).get("contoh").module.ran
    ran.clear()
    client_on(contoh, tenant).get("/layanan/contoh/h/?early=1")
    assert ran == []


def test_no_word_of_a_closed_plugin_stands_in_the_document(contoh, tenant):
    client = client_on(contoh, tenant)
    closed = client.get("/api/v1/openapi.json").data.lower()
    assert b"contoh" not in closed
    assert b"rahasiakata" not in closed
    _switch(contoh, tenant, PluginState.ON)
    opened = client.get("/api/v1/openapi.json").data.lower()
    assert b"/contoh/meter/" in opened
    assert b"rahasiakata" in opened


def test_hooks_of_a_closed_plugin_are_not_heard(contoh, tenant, regions):
    def heard(found):
        with contoh.app_context():
            relay = plugins.hooks(found)
            return [item for answer in relay.collect_home_cards(tenant=found) for item in answer]

    def again():
        from balai.tenancy import registry_scope

        with contoh.app_context(), registry_scope() as session:
            return queries.tenant_by_id(session, tenant.id)

    assert not [card for card in heard(again()) if card.title == "Contoh"]
    _switch(contoh, tenant, PluginState.CLOSING)
    assert [card for card in heard(again()) if card.title == "Contoh"]
    assert not [card for card in heard(None) if card.title == "Contoh"]


def test_with_the_hook_gate_taken_away_its_words_show(contoh, tenant, monkeypatch):
    everyone = lambda _tenant: [plugin.name for plugin in plugins.manager(contoh).installed]  # noqa: E731
    monkeypatch.setattr("balai.plugins.open_plugins", everyone)
    monkeypatch.setattr("balai.plugins.gates.open_plugins", everyone)
    assert b"contoh" in client_on(contoh, tenant).get("/api/v1/openapi.json").data
    with contoh.app_context():
        assert "contoh" in plugins.hooks(tenant).names


def test_with_the_route_gate_taken_away_the_probes_find_leaks(contoh, tenant, monkeypatch):
    gate = [f for f in contoh.before_request_funcs[None] if f.__name__ == "close_route_gate"]
    assert len(gate) == 1
    monkeypatch.setitem(
        contoh.before_request_funcs, None, [f for f in contoh.before_request_funcs[None] if f not in gate]
    )
    found = leaks(contoh, client_on(contoh, tenant), "contoh")
    assert len(found) > len(paths_of(contoh, "contoh"))
    assert any("405" in line for line in found)
    assert any("308" in line for line in found)


def test_a_gate_that_asks_only_by_endpoint_leaks_405_and_308(contoh, tenant, monkeypatch):
    monkeypatch.setattr("balai.plugins.gates.owner_of_path", lambda _path: (None, False))
    found = leaks(contoh, client_on(contoh, tenant), "contoh")
    assert any("405" in line for line in found)
    assert any("308" in line for line in found)


def test_a_gate_that_asks_only_by_path_would_miss_a_raw_rule(contoh, tenant, monkeypatch):
    """Both halves of the question are needed: here the path half is blind and the endpoint half holds."""
    monkeypatch.setattr("balai.plugins.gates.owner_of_path", lambda _path: (None, False))
    assert client_on(contoh, tenant).get("/layanan/contoh/h/tagihan/3").status_code == 404
