"""Rules that keep the gates the only way in."""

import ast
import importlib
import inspect
from pathlib import Path

from balai import api, hookspecs
from balai.contracts import EVENT_NAMES
from balai.plugins.names import NAME, RESERVED

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
# The manager freezes the callers, validation tries one plugin at a time; both before any region is known.
MAY_TOUCH_PLUGGY = {"plugins/manager.py", "plugins/validation.py", "hookspecs.py"}


def _place(file):
    return str(file.relative_to(ROOT / "platform" / "balai")) if "platform/balai" in str(file) else str(file)


def _uses_of_pluggy(tree):
    """Lines that reach a hook without the gate: `<manager>.hook`, or pluggy itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"hook", "subset_hook_caller"}:
            yield node.lineno
        if isinstance(node, ast.Import) and any(alias.name == "pluggy" for alias in node.names):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "pluggy":
            yield node.lineno


def test_hooks_are_called_only_through_the_gate():
    past = {}
    for file in SOURCES:
        if _place(file) not in MAY_TOUCH_PLUGGY and "testing" not in file.parts:
            past[_place(file)] = list(_uses_of_pluggy(ast.parse(file.read_text())))
    assert len(past) > 50
    assert {place: lines for place, lines in past.items() if lines} == {}


def test_the_rule_notices_a_call_past_the_gate():
    assert list(_uses_of_pluggy(ast.parse("pm.hook.collect_menu(tenant=t)"))) == [1]


def test_no_core_page_or_resource_could_be_taken_over_by_a_plugin(app):
    """Every word that the core uses where plugins live is reserved."""
    core = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] == "feedback":
            continue
        for prefix in ("/kelola/layanan/", "/layanan/", "/kelola/", "/api/v1/", "/kait/"):
            if rule.rule.startswith(prefix):
                word = rule.rule.removeprefix(prefix).partition("/")[0]
                core.add(word)
                break
    words = {word for word in core if NAME.fullmatch(word)} - _installed(app)
    assert words <= RESERVED, f"add to balai.plugins.names.RESERVED: {sorted(words - RESERVED)}"


def _installed(app):
    return {plugin.name for plugin in app.extensions["balai.plugins"].installed}


def test_every_room_of_the_core_is_a_reserved_name():
    rooms = {
        p.stem
        for p in (ROOT / "platform" / "balai").iterdir()
        if not p.name.startswith("_") and p.suffix in {"", ".py"}
    }
    assert {room for room in rooms if NAME.fullmatch(room)} <= RESERVED


def _hooks():
    return {name: spec for name, spec in vars(hookspecs).items() if hasattr(spec, f"{hookspecs.PROJECT}_spec")}


def test_every_hook_is_typed_and_says_what_it_is():
    hooks = _hooks()
    assert {f"on_{event}" for event in EVENT_NAMES} == {name for name in hooks if name.startswith("on_")}
    for name, spec in hooks.items():
        signature = inspect.signature(spec)
        assert name.startswith(("register_", "collect_", "check_", "on_")), name
        assert signature.return_annotation is not inspect.Signature.empty, name
        assert all(p.annotation is not p.empty for p in signature.parameters.values()), name
        assert len(inspect.getdoc(spec) or "") > 30, name


def test_what_plugins_may_use_is_named_and_described():
    """Shapes, units and errors stand in the docstring where the thing is defined."""
    public = {name for name in vars(api) if not name.startswith("_") and not inspect.ismodule(vars(api)[name])}
    assert public == set(api.__all__), public ^ set(api.__all__)
    for name in api.__all__:
        if name == "API_VERSION":
            continue
        thing = getattr(api, name)
        assert inspect.getdoc(thing), f"{name} has no docstring"
        # A dataclass or model without one gets its signature, or its parent's text, for a docstring.
        own = thing.__doc__ if inspect.isclass(thing) else inspect.getdoc(thing)
        assert own, f"{name} has no docstring of its own"
        assert not own.startswith(f"{name}("), f"{name} has no docstring of its own"


def test_functions_for_plugins_are_typed_and_name_their_errors():
    raising = {
        "store_file": "FileRefused", "defer": "TypeError", "load_services": "DocumentError",
        "plugin_settings": "{}",
    }  # fmt: skip
    for name in api.__all__:
        thing = getattr(api, name)
        if not inspect.isfunction(thing):
            continue
        signature = inspect.signature(thing)
        assert signature.return_annotation is not inspect.Signature.empty, name
        assert all(p.annotation is not p.empty for p in signature.parameters.values() if p.name != "self"), name
        if name in raising:
            assert raising[name].lower() in (inspect.getdoc(thing) or "").lower(), (
                f"{name} doesn't say {raising[name]!r}"
            )


def test_the_door_only_re_exports():
    tree = ast.parse(Path(api.__file__).read_text())
    kinds = {type(node) for node in tree.body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}
    assert [ast.unparse(n.targets[0]) for n in tree.body if isinstance(n, ast.Assign)] == ["__all__"]


def test_a_web_process_loads_no_worker_and_no_migrations():
    import subprocess
    import sys

    program = (
        "import sys, balai.api, balai.plugins, balai.jobs\n"
        "print([m for m in ('alembic', 'procrastinate', 'keycloak', 'shapely') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
    assert importlib.util.find_spec("procrastinate")
