"""docs/onboard-a-region.md: its pages exist, its buttons are called as it says."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "onboard-a-region.md").read_text(encoding="utf-8")


def test_every_page_exists(app):
    adapter = app.url_map.bind("localhost")
    named = set(re.findall(r"`(/kelola[a-z/-]*)`", TEXT))
    assert len(named) >= 10
    for path in named:
        adapter.match(path, method="GET")


def test_every_button_is_called_so():
    shown = "".join(p.read_text(encoding="utf-8") for p in ROOT.glob("platform/balai/admin/templates/**/*.html"))
    labels = [label for label in re.findall(r"\*\*([A-Z][\w ]+)\*\*", TEXT) if label != "Without a mail server"]
    assert len(labels) >= 8
    assert [label for label in labels if f'"{label}"' not in shown] == []


def test_every_command_and_setting_exists():
    import click

    from balai.cli import main
    from balai.settings import Settings

    context = click.Context(main)
    for words in re.findall(r"`?balai ((?:[a-z]+ ?){1,2})", TEXT):
        command = main
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            command = command.get_command(context, word)
            assert command is not None, words
    known = {f"BALAI_{name.upper()}" for name in Settings.__dataclass_fields__}
    assert set(re.findall(r"BALAI_[A-Z_]+", TEXT)) <= known
