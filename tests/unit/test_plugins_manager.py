"""Sound plugins are let in whole, broken ones are named and kept out whole."""

import logging
import types

import pytest

from balai import plugins
from balai.contracts import MenuItem
from balai.hookspecs import hookimpl

GOOD = """
from flask import Blueprint
from balai.api import MenuItem
pages = Blueprint("sampel", __name__, url_prefix="/kelola/sampel", template_folder="templates")

@pages.get("/")
def index():
    return "ok"

@hookimpl
def register_blueprints():
    return [pages]

@hookimpl
def collect_menu(tenant):
    return [MenuItem("Sampel", "sampel.index")]
"""


def _only(workshop_manager, name):
    return [p.name for p in workshop_manager.installed if p.name == name]


def _reason(manager, name):
    found = [r.reason for r in manager.refused if r.name == name]
    assert found, f"{name} was let in"
    assert manager.get(name) is None
    assert all(
        plugin.name != name for kind in ("blueprints", "tasks", "services") for plugin, _ in manager.brought(kind)
    )
    return found[0]


def test_a_sound_plugin_is_let_in(workshop):
    workshop.add("sampel", GOOD, files={"templates/sampel/x.html": "x"})
    manager = plugins.load()
    assert _only(manager, "sampel") == ["sampel"]
    plugin = manager.get("sampel")
    assert plugin.distribution == "balai-sampel 1.0"
    assert manager.owner_of_endpoint("sampel.index") == "sampel"
    offered = [[MenuItem("Sampel", "sampel.index")]]
    assert manager.relay(["sampel"]).collect_menu(tenant=None)[-1:] == offered
    assert offered[0] not in manager.relay([]).collect_menu(tenant=None)


HOSTILE = {
    "no manifest": ("manifest = None", "no attribute `manifest`"),
    "syntax": ("def (", "SyntaxError"),
    "missing library": ("import not_there_at_all", "ModuleNotFoundError"),
    "exits": ("raise SystemExit(3)", "SystemExit"),
    "unknown hook": ("@hookimpl\ndef collect_everything(): ...", "unknown hook 'collect_everything'"),
    "unknown argument": ("@hookimpl\ndef collect_menu(request): ...", "can not be found in the hookspec"),
    "wrapper": ("@hookimpl(wrapper=True)\ndef collect_menu(tenant):\n    return (yield)", "is a wrapper"),
    "register fails": ("@hookimpl\ndef register_tasks():\n    raise OSError('disk')", "OSError('disk')"),
    "register answers junk": ("@hookimpl\ndef register_tasks():\n    return 'x'", "not a list of Task"),
    "foreign task": (
        "from balai.api import Task\n@hookimpl\ndef register_tasks():\n    return [Task('audit.seal', print)]",
        "doesn't start with 'sampel.'",
    ),
    "foreign permission": (
        "from balai.api import Permission as P\n@hookimpl\ndef register_permissions():\n    return [P('members.manage', 'x')]",
        "doesn't start with 'sampel.'",
    ),
    "other api": ("import dataclasses\nmanifest = dataclasses.replace(manifest, needs_api='>=2')", "needs balai.api >=2"),
    "no api": ("import dataclasses\nmanifest = dataclasses.replace(manifest, needs_api='')", "nothing named"),
    "odd api": ("import dataclasses\nmanifest = dataclasses.replace(manifest, needs_api='new')", "can't be read"),
    "other name": ("import dataclasses\nmanifest = dataclasses.replace(manifest, name='lain')", "must be equal"),
    "bad schema": (
        "import dataclasses\nmanifest = dataclasses.replace(manifest, settings={'type': 'thing'})", "no JSON Schema",
    ),
    "requires": ("import dataclasses\nmanifest = dataclasses.replace(manifest, requires=('tiada',))", "requires tiada"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_broken_plugin_is_named_and_kept_out(workshop, caplog, source, reason):
    workshop.add("sampel", source)
    workshop.add("sehat")
    with caplog.at_level(logging.ERROR):
        manager = plugins.load()
    assert reason in _reason(manager, "sampel")
    assert _only(manager, "sehat") == ["sehat"]
    assert "plugin sampel (balai-sampel 1.0) is kept out" in caplog.text


BLUEPRINT = "from flask import Blueprint\n@hookimpl\ndef register_blueprints():\n    return [{made}]\n{before}"
OUTSIDE = {
    "prefix of the core": ("Blueprint('sampel', __name__, url_prefix='/kelola/petugas')", "", "is outside of"),
    "prefix of a neighbour": ("Blueprint('sampel', __name__, url_prefix='/kelola/sampell')", "", "is outside of"),
    "form of the core": ("Blueprint('sampel', __name__, url_prefix='/layanan/sampel')", "", "is outside of"),
    "no prefix": ("Blueprint('sampel', __name__)", "", "has no url_prefix"),
    "foreign name": ("Blueprint('cases', __name__, url_prefix='/kelola/sampel')", "", "its name must be"),
    "no blueprint": ("object()", "", "not a Blueprint"),
    "app-wide function": ("b", "b.before_app_request(lambda: None)", "into every request (before_request)"),
    "app-wide after": ("b", "b.after_app_request(lambda r: r)", "into every request (after_request)"),
    "app-wide teardown": ("b", "b.teardown_app_request(lambda e: None)", "into every request"),
    "filter": ("b", "b.add_app_template_filter(str, 'rupiah')", "template filters"),
    "template global": ("b", "b.add_app_template_global(str, 'url_for')", "template globals"),
    "template test": ("b", "b.add_app_template_test(bool, 'odd')", "template tests"),
    "context processor": ("b", "b.app_context_processor(dict)", "context processors"),
    "error handler": ("b", "b.app_errorhandler(404)(lambda e: 'mine')", "errors of the whole application"),
    "url defaults": ("b", "b.app_url_defaults(lambda e, v: None)", "into every request"),
    "value preprocessor": ("b", "b.url_value_preprocessor(lambda e, v: None)", "ahead of the gate"),
    "raw rule": ("b", "b.record(lambda s: s.app.add_url_rule('/x', 'x', print))", "outside of the plugin's blueprints"),
    "rule elsewhere": (
        "b", "b.record(lambda s: s.app.add_url_rule('/masuk', 'sampel.x', print))", "/masuk is outside of",
    ),
    "config": ("b", "b.record(lambda s: s.app.config.update(SECRET_KEY='x'))", "changes the application: config"),
    "wsgi": ("b", "b.record(lambda s: setattr(s.app, 'wsgi_app', print))", "app.wsgi_app"),
    "session": ("b", "b.record(lambda s: setattr(s.app, 'session_interface', 1))", "app.session_interface"),
    "extension": ("b", "b.record(lambda s: s.app.extensions.update(x=1))", "into the application (extensions)"),
    "converter": ("b", "b.record(lambda s: s.app.url_map.converters.update(x=int))", "url converters"),
    "command": ("b", "b.record(lambda s: s.app.cli.command('x')(print))", "commands"),
    "registering fails": ("b", "b.record(lambda s: 1/0)", "can't be registered"),
    "template of another": ("b", "", "outside of templates/sampel/"),
    "templates elsewhere": (
        "Blueprint('sampel', __name__, url_prefix='/kelola/sampel', template_folder='/etc')", "", "outside of its package",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "line", "reason"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_plugin_that_reaches_beyond_its_places_is_kept_out(workshop, made, line, reason):
    b = "b = Blueprint('sampel', __name__, url_prefix='/kelola/sampel', template_folder='templates')\n"
    files = {"templates/balai/layout/portal.html": "x"} if reason.startswith("outside of templates") else None
    workshop.add(
        "sampel",
        "from flask import Blueprint\n" + b + line + "\n" + BLUEPRINT.format(made=made, before=""),
        files=files,
    )
    assert reason in _reason(plugins.load(), "sampel")


def test_who_requires_a_refused_plugin_is_refused_too(workshop):
    need = "import dataclasses\nmanifest = dataclasses.replace(manifest, requires=({!r},))"
    workshop.add("satu", need.format("dua"))
    workshop.add("dua", need.format("tiga"))
    workshop.add("tiga", "1/0")
    manager = plugins.load()
    assert _reason(manager, "satu") == "it requires dua"
    assert _reason(manager, "dua") == "it requires tiga"


def test_two_distributions_with_one_name_are_both_kept_out(workshop):
    workshop.add("kembar", package="balai_kembar")
    workshop.add("kembar", package="tiruan_kembar")
    manager = plugins.load()
    assert [r.reason for r in manager.refused if r.name == "kembar"] == [
        "more than one distribution brings a plugin of this name"
    ] * 2
    assert manager.get("kembar") is None


def test_one_failing_plugin_does_not_take_the_others_answer(caplog):
    def module(name, answer):
        made = types.ModuleType(name)

        @hookimpl
        def collect_menu(tenant):
            return answer()

        made.collect_menu = collect_menu
        return made

    item = MenuItem("B", "b.index")
    manager = plugins.Manager(
        {"a": module("a", lambda: 1 / 0), "b": module("b", lambda: [item]), "c": module("c", lambda: "junk")},
        [],
        api_version="1.0",
    )
    assert manager.relay([]).collect_menu(tenant=None) == [[item]]
    assert "plugin a failed in collect_menu" in caplog.text
    assert "plugin c: collect_menu answered no list of MenuItem" in caplog.text


def test_relays_are_kept_per_set_of_plugins(workshop):
    workshop.add("satu")
    workshop.add("dua")
    manager = plugins.load()
    assert manager.relay(["satu", "dua"]) is manager.relay(["dua", "satu", "tiada"])
    assert manager.relay(["satu"]) is not manager.relay(["dua"])
