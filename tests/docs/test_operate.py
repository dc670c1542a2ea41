"""docs/operate.md lists every setting with its default and help, and every command of the Makefile."""

import re
from dataclasses import fields
from pathlib import Path

from balai.settings import Settings, variable

ROOT = Path(__file__).resolve().parents[2]
OPERATE = (ROOT / "docs" / "operate.md").read_text()


def rows() -> list[str]:
    """The table as it must stand there: print it and paste it after a change of settings.py."""
    made = []
    for field in fields(Settings):
        default = "" if field.default == "" else f"`{str(field.default).lower()}`"
        secret = " **Secret.**" if field.metadata["secret"] else ""
        made.append(f"| `{variable(field.name)}` | {default} | {field.metadata['help']}{secret} |")
    return made


def test_every_setting_is_described():
    missing = [row for row in rows() if row not in OPERATE]
    assert not missing, "add to docs/operate.md:\n" + "\n".join(missing)


def test_no_setting_is_invented():
    table = OPERATE.split("## Settings")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(BALAI_\w+)`", table, re.MULTILINE))
    assert named == {variable(field.name) for field in fields(Settings)}


def test_every_make_target_explains_itself():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)) - {"check-python"}
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))
    assert targets == explained
    for target in ("run", "test", "test-long", "lint", "bench", "lock", "vendor", "stop", "clean", "help"):
        assert target in targets
    for target in re.findall(r"`make ([a-z-]+)", OPERATE + (ROOT / "README.md").read_text()):
        assert target in targets
