"""docs/dependencies.md names every library that we ask for, and no other."""

import re
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
