"""docs/design-system.md names every macro that pages may use."""

import re
from pathlib import Path

import pytest

from balai.web.formats import FILTERS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "platform/balai/web/templates/balai"
DOCUMENT = (ROOT / "docs/design-system.md").read_text(encoding="utf-8")
# Building blocks of the other macros.
INNER = {"attributes", "described", "mark", "notes", "figures"}


@pytest.mark.parametrize("file", ["form.html", "page.html", "chart.html"])
def test_every_macro_is_named(file: str) -> None:
    macros = set(re.findall(r"{% macro (\w+)\(", (TEMPLATES / file).read_text(encoding="utf-8"))) - INNER
    line = next(line for line in DOCUMENT.splitlines() if f"`balai/{file}`" in line and line.startswith("|"))
    assert macros == set(re.findall(r"\w+", line.split("|")[2].partition(", each")[0]))


def test_every_filter_is_named() -> None:
    assert {name for name in FILTERS if f"|{name}" not in DOCUMENT} == set()
