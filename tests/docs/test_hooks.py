"""docs/hooks.md says what the code says: every signature, every sentence of the contract, who asks."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from balai import hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text()
SPECS = [node for node in ast.parse(inspect.getsource(hookspecs)).body if isinstance(node, ast.FunctionDef)]
CORE = [
    file
    for file in (ROOT / "platform" / "balai").rglob("*.py")
    if file.name not in {"hookspecs.py", "relay.py"} and "testing" not in file.parts
]


def _section(name):
    found = re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section"
    return found.group(1)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_exact_signature_and_the_contract_stand_in_the_page(spec):
    signature = f"def {spec.name}({ast.unparse(spec.args)}) -> {ast.unparse(spec.returns)}".replace("'", "")
    section = _section(spec.name)
    assert f"```python\n{signature}\n```" in section
    assert inspect.cleandoc(ast.get_docstring(spec)) in section


def test_no_hook_is_described_that_does_not_exist():
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == [spec.name for spec in SPECS]


def _asked(name):
    """Whether code of the core really asks this hook, or announces this event."""
    family, _, rest = name.partition("_")
    wanted = {
        "register": rf'brought\("{rest}"\)|brought\.{rest}\b|\.blueprints\(' if rest == "blueprints" else
        rf'brought\("{rest}"\)|brought\.{rest}\b',
        "collect": rf"\.{name}\(|by_plugin\(\s*\"{name}\"",
        "check": rf"\.{name}\(",
        "on": rf'announce\(\s*\w+, "{rest}"',
    }[family]  # fmt: skip
    return any(re.search(wanted, file.read_text()) for file in CORE)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_page_tells_whether_the_core_has_a_user_of_it(spec):
    waits = "*Waits for" in _section(spec.name)
    assert _asked(spec.name) is not waits


def test_the_example_is_let_in(workshop):
    from balai import plugins

    (example,) = re.findall(r"```python\n(from balai.*?)```", PAGE, re.DOTALL)
    workshop.add("air", example, manifest=False)
    manager = plugins.load()
    assert manager.get("air"), manager.refused
    assert manager.relay(["air"]).collect_home_cards(tenant=None)[-1][0].title == "Air bersih"
