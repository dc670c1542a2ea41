"""Switching a plugin: reasons, what speaks against it, what is recorded; settings by schema."""

import pytest
from sqlalchemy import event, select, text

from balai import audit, plugins
from balai.contracts import PluginState
from balai.errors import Conflict, Invalid, NotFound
from balai.jobs import worker
from balai.tenancy import queries, registry_scope, tenant_scope
from balai.testing.leaks import client_on

ON, OFF, CLOSING, BLOCKED = PluginState.ON, PluginState.OFF, PluginState.CLOSING, PluginState.BLOCKED
CHANGED = "import dataclasses\nmanifest = dataclasses.replace(manifest, {})\n"
SETTINGS = {
    "type": "object",
    "properties": {"tarif": {"type": "integer", "minimum": 0}, "sandi": {"type": "string"}},
    "additionalProperties": False,
}
PAGE = """
from flask import Blueprint
pages = Blueprint("satu", __name__, url_prefix="/kelola/satu")
pages.add_url_rule("/", "index", lambda: "halaman")
heard = []

@hookimpl
def register_blueprints():
    return [pages]

@hookimpl
def on_plugin_switched(tenant, session, event):
    heard.append((tenant.id, event.subject_id))
"""


@pytest.fixture
def town(workshop, make_app, regions):
    """An application with three plugins and a region where all are off: satu; dua needs satu; tiga needs an assessment."""
    workshop.add("satu", PAGE + CHANGED.format(f"settings={SETTINGS!r}"))
    workshop.add("dua", CHANGED.format("requires=('satu',)"))
    workshop.add("tiga", CHANGED.format("dpia=True"))
    app = make_app()
    tenant = regions(plugins=())
    with app.app_context():
        yield app, tenant


@pytest.fixture
def switch(town):
    tenant = town[1]

    def act(name, to, reason="diminta warga", **more):
        with tenant_scope(tenant) as session:
            return plugins.switch(session, tenant, name, to, reason=reason, **more)

    return act


def _state(tenant, name):
    with registry_scope() as session:
        return plugins.state(queries.tenant_by_id(session, tenant.id), name)


def _entries(tenant):
    with tenant_scope(tenant) as session:
        return [(e.action, e.subject_id, e.data) for e in audit.entries(session, action="plugin.")]


def test_a_switch_counts_with_the_next_request_and_stands_in_the_audit(town, switch):
    app, tenant = town
    client = client_on(app, tenant)
    assert client.get("/kelola/satu/").status_code == 404
    assert switch("satu", ON) is ON
    assert client.get("/kelola/satu/").status_code != 404
    assert switch("satu", OFF, "tidak dipakai") is OFF
    assert client.get("/kelola/satu/").status_code == 404
    assert _entries(tenant) == [
        ("plugin.switched", "satu", {"from": "on", "to": "off", "reason": "tidak dipakai"}),
        ("plugin.switched", "satu", {"from": "off", "to": "on", "reason": "diminta warga"}),
    ]


def test_switching_to_what_it_is_already_does_nothing(town, switch):
    switch("satu", ON)
    assert switch("satu", ON) is ON
    assert len(_entries(town[1])) == 1


def test_a_reason_is_asked(town, switch):
    with pytest.raises(Invalid) as refused:
        switch("satu", ON, "  ")
    assert refused.value.errors[0].field == "reason"
    assert _state(town[1], "satu") is OFF


@pytest.mark.parametrize("name", ["tiada", "audit", "daerah"])
def test_only_installed_plugins_can_be_switched(switch, name):
    with pytest.raises(NotFound):
        switch(name, ON)


def test_blocked_is_not_a_choice(switch):
    with pytest.raises(Invalid):
        switch("satu", BLOCKED)


def test_what_it_requires_must_be_on_first_and_stays_as_long_as_it_is_needed(switch):
    with pytest.raises(Conflict, match="Layanan satu"):
        switch("dua", ON)
    switch("satu", ON)
    switch("dua", ON)
    for to in (OFF, CLOSING):
        with pytest.raises(Conflict, match="Layanan dua"):
            switch("satu", to)
    switch("dua", OFF)
    assert switch("satu", OFF) is OFF


def test_without_an_assessment_it_is_blocked(town, switch):
    tenant = town[1]
    assert switch("tiga", ON) is BLOCKED
    assert _state(tenant, "tiga") is BLOCKED
    with tenant_scope(tenant) as session, pytest.raises(Invalid):
        plugins.record_dpia(session, "tiga", " ")
    with tenant_scope(tenant) as session:
        plugins.record_dpia(session, "tiga", "DPIA 12/2026, 3 Mei 2026")
    assert switch("tiga", ON) is ON


def test_the_first_refusal_of_a_check_is_told(town, switch, workshop, make_app, regions):
    workshop.add(
        "empat",
        "from balai.api import Refusal\n@hookimpl\ndef check_enable(tenant, plugin):\n"
        "    return Refusal('Isi dulu berkas meter.') if plugin == 'empat' else None",
    )
    app = make_app()
    with app.app_context(), tenant_scope(town[1]) as session, pytest.raises(Conflict, match="Isi dulu berkas meter"):
        plugins.switch(session, town[1], "empat", ON, reason="coba")


def test_running_cases_keep_it_from_being_switched_off_at_once(town, switch, monkeypatch):
    tenant = town[1]
    left = {"satu": 2}
    monkeypatch.setattr("balai.plugins.services._count_running", [lambda _session, name: left.get(name, 0)])
    switch("satu", ON)
    with pytest.raises(Conflict, match="2 laporan"):
        switch("satu", OFF)
    assert switch("satu", CLOSING) is CLOSING
    assert _state(tenant, "satu").open
    with tenant_scope(tenant) as session:
        assert plugins.finish_closing(session, tenant) == []
    left.clear()
    with tenant_scope(tenant) as session:
        assert plugins.finish_closing(session, tenant) == ["satu"]
    assert _state(tenant, "satu") is OFF


def test_only_what_is_on_can_be_closed_in_steps(switch):
    with pytest.raises(Conflict):
        switch("satu", CLOSING)


def test_a_refused_switch_leaves_no_trace(town, switch):
    tenant = town[1]

    def fail_afterwards():
        with tenant_scope(tenant) as session:
            plugins.switch(session, tenant, "satu", ON, reason="coba")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_afterwards()
    assert _state(tenant, "satu") is OFF
    assert _entries(tenant) == []


def test_who_is_on_hears_of_switches_and_who_is_off_does_not(town, switch):
    app, tenant = town
    every = plugins.manager().get("satu").module.heard

    def heard():
        return [name for number, name in every if number == tenant.id]

    switch("satu", ON)  # hears of itself
    switch("dua", ON)
    worker.drain(app, tenant=tenant)
    assert heard() == ["satu", "dua"]
    switch("dua", OFF)
    switch("satu", OFF)  # queued while it was on, dropped since it is off when its turn comes
    worker.drain(app, tenant=tenant)
    assert heard() == ["satu", "dua"]


def test_settings_follow_the_schema_and_their_values_stay_out_of_the_audit(town):
    tenant = town[1]
    with tenant_scope(tenant) as session:
        assert plugins.settings(session, "satu") == {}
        with pytest.raises(Invalid) as refused:
            plugins.save_settings(session, "satu", {"tarif": -1, "lain": 1})
        assert {error.field for error in refused.value.errors} == {"/", "/tarif"}
        plugins.save_settings(session, "satu", {"tarif": 2500, "sandi": "xyzzy"})
    with tenant_scope(tenant) as session:
        assert plugins.settings(session, "satu") == {"tarif": 2500, "sandi": "xyzzy"}
        (entry,) = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "plugin.configured"))
        assert entry.data == {"changed": ["sandi", "tarif"]}


def test_a_plugin_without_a_schema_takes_no_settings(town):
    with tenant_scope(town[1]) as session, pytest.raises(Invalid):
        plugins.save_settings(session, "dua", {"x": 1})


def test_settings_of_one_region_are_not_seen_in_another(town, regions):
    other = regions(plugins=())
    with tenant_scope(town[1]) as session:
        plugins.save_settings(session, "satu", {"tarif": 1})
    with tenant_scope(other) as session:
        assert plugins.settings(session, "satu") == {}


WRITES = """
from sqlalchemy import text
from balai.api import Refusal

@hookimpl
def check_place(tenant, session, service_id, latitude, longitude):
    session.execute(text("DELETE FROM plugin_setting"))
"""
FAILS = """
from sqlalchemy import text
from balai.api import Refusal

@hookimpl
def check_place(tenant, session, service_id, latitude, longitude):
    if latitude > 0:
        session.execute(text("SELECT 1/0"))
    return Refusal("Di laut.")
"""


def test_a_hook_can_not_write_and_its_failure_does_not_abort_the_others(workshop, make_app, regions, caplog):
    workshop.add("amenulis", WRITES)
    workshop.add("bgagal", FAILS)
    app = make_app()
    tenant = regions(plugins=("amenulis", "bgagal"))
    with app.app_context(), tenant_scope(tenant) as session:
        session.add(plugins.PluginSetting(plugin="bgagal", values={"x": 1}))
        place = {"tenant": tenant, "session": session, "service_id": "x.y", "longitude": 107.6}
        assert plugins.hooks(tenant).check_place(latitude=1, **place) == []
        assert [r.reason for r in plugins.hooks(tenant).check_place(latitude=-6.9, **place)] == ["Di laut."]
        assert "ReadOnlySqlTransaction" in caplog.text
        assert "DivisionByZero" in caplog.text
        # The caller's own transaction is whole and may write again.
        session.add(plugins.PluginSetting(plugin="amenulis", values={}))
    with app.app_context(), tenant_scope(tenant) as session:
        assert plugins.settings(session, "bgagal") == {"x": 1}
        assert session.scalar(text("SELECT count(*) FROM plugin_setting")) == 2


def test_the_application_can_not_write_the_state_of_another_region(town, regions):
    other = regions(plugins=())
    with tenant_scope(town[1]) as session:
        queries.switch_plugin(session, other.id, "satu", ON)
    assert _state(other, "satu") is OFF


def test_states_are_read_with_the_tenant_in_one_statement(town, monkeypatch):
    """No cache to invalidate (decision 10): the request's only question is the one that finds its region."""
    app, tenant = town
    looked_up, asked = [], []
    find = queries.look_up_slug
    monkeypatch.setattr(queries, "look_up_slug", lambda *a: looked_up.append(a[1]) or find(*a))
    listener = ("before_cursor_execute", lambda *a: asked.append(a[2]))
    engine = app.extensions["balai.db"].engine
    event.listen(engine, *listener)
    client_on(app, tenant).get("/kelola/satu/")
    event.remove(engine, *listener)
    assert looked_up == [tenant.slug]
    assert [statement for statement in asked if "tenant_plugin" in statement] == []
