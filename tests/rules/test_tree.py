"""Rules of the tree that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Modules in which SQL is written by hand, each with an explicit tenant filter (decision 6).
CORE_SQL = re.compile(r"(^|/)(db|tenancy)/[^/]+\.py$|(^|/)queries\.py$|(^|/)queries/[^/]+\.py$|places/kemendagri\.py$")
LONGEST = 400


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def sources() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and "migrations" not in p.parts]


def test_platform_is_a_source_root_and_no_package():
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_files_stay_short():
    python = [p for p in tracked() if p.suffix == ".py"]
    long = {str(p.relative_to(ROOT)): n for p in python if (n := len(p.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_lock_names_no_host_and_pins_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index-url" not in lock
    pins = [line for line in lock.splitlines() if re.match(r"^[a-z0-9]", line)]
    assert pins
    assert all("==" in line and line.rstrip().endswith("\\") for line in pins)


def test_nothing_names_this_machine():
    # Written in two parts so that this file doesn't find itself.
    forbidden = re.compile(
        "|".join(("/wo" + "rk/", "/ro" + "ot/", r"py" + r"pi\.org", r"maven" + r"\.org", r"registry\.npm" + r"js"))
    )
    named = []
    for path in tracked():
        if path.suffix in {".png", ".jpg", ".woff2", ".mo"} or path.name == "requirements.lock":
            continue
        text = path.read_text(errors="replace")
        named += [f"{path.relative_to(ROOT)}: {m.group()}" for m in forbidden.finditer(text)]
    assert named == []


def calls_text(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"sqlalchemy", "sqlalchemy.sql"}
        for alias in node.names
        if alias.name == "text"
    }
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported
        for node in ast.walk(tree)
    )


def test_hand_written_sql_stands_only_where_it_is_looked_for():
    shipped = [p for p in sources() if p.is_relative_to(ROOT / "platform") or "plugins" in p.parts]
    shipped = [p for p in shipped if "tests" not in p.parts and "testing" not in p.parts and "devstack" not in p.parts]
    wrong = [str(p.relative_to(ROOT)) for p in shipped if calls_text(p) and not CORE_SQL.search(p.as_posix())]
    assert wrong == []


@pytest.mark.parametrize(
    "path", ["LICENSE", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/map.md"]
)
def test_the_papers_are_there(path):
    assert (ROOT / path).read_text().strip()
