"""docs/draw-a-service.md: its pages exist, its buttons and labels are called as it says."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "draw-a-service.md").read_text(encoding="utf-8")
# These come out of the example's own document, not out of a template.
FROM_THE_PATH = {"Setujui", "Terima kembali"}


def test_every_page_exists(app):
    adapter = app.url_map.bind("localhost")
    named = set(re.findall(r"`(/kelola[a-z/-]*)`", TEXT))
    assert len(named) == 2
    for path in named:
        adapter.match(path, method="GET")


def test_everything_is_called_so():
    room = ROOT / "platform" / "balai" / "cases"
    sources = [
        *room.glob("templates/**/*.html"),
        *room.glob("drawing/**/*.html"),
        *room.glob("drawing/*.py"),
        room / "hooks.py",
    ]
    shown = "".join(p.read_text(encoding="utf-8") for p in sources)
    labels = set(re.findall(r"\*\*([^*]+)\*\*", TEXT.replace("\n", " ")))
    assert len(labels) >= 30
    assert sorted(label for label in labels if f'"{label}"' not in shown) == []
    assert labels >= FROM_THE_PATH


def test_every_kind_of_answer_of_the_example_exists(app):
    from balai.cases.drawing.words import field_types

    with app.test_request_context():
        kinds = {label for _key, label in field_types()}
    named = set(re.findall(r"^\| [A-Z][\w ]+ \| ([\w ]+) \|", TEXT, re.MULTILINE)) - {"Jenis jawaban"}
    assert len(named) == 4
    assert named <= kinds
