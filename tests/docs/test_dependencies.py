"""docs/dependencies.md names every library that we ask for, and no other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def asked() -> set[str]:
    names = set()
    for name in ("requirements.in", "requirements-dev.in"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                names.add(re.split(r"[\[><=!;]", line)[0].strip().lower())
    return names


def explained() -> set[str]:
    names = set()
    for line in (ROOT / "docs" / "dependencies.md").read_text().splitlines():
        cell = re.match(r"^\| ([^|]+) \|", line)
        if cell and cell[1].strip() not in {"library", "---"}:
            names |= {re.sub(r"\[.*\]", "", word).strip().lower() for word in cell[1].split(",")}
    return names


def test_every_library_is_explained_and_none_invented():
    assert asked() == explained()


def test_the_wheel_asks_for_what_the_lock_holds():
    project = tomllib.loads((ROOT / "platform" / "pyproject.toml").read_text())["project"]
    wheel = {
        re.split(r"[\[><=!;]", name)[0].strip().lower()
        for name in [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    }
    lines = (ROOT / "requirements.in").read_text().splitlines()
    locked = {
        re.split(r"[\[><=!;]", line)[0].strip().lower() for line in lines if line and not line.startswith(("#", "-"))
    }
    assert wheel == locked
