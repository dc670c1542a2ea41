"""Templates keep to the design system and the CSP: known classes, known icons, nothing inline, a token in every POST form."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from balai.web import vendor
from balai.web.assets import BUNDLES, STATIC

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    (*ROOT.glob("platform/balai/**/templates/**/*.html"), *ROOT.glob("plugins/*/balai_*/templates/**/*.html"))
)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def _text(path: Path) -> str:
    return _COMMENT.sub("", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: "/".join(p.parts[-2:]))
def test_nothing_inline(path: Path) -> None:
    text = _text(path)
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "style= is refused by the CSP: use a class"
    assert not re.search(r"<style[\s>]", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "on...= is refused by the CSP"
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text)
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']javascript:""", text)
    assert not re.search(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["'](?:https?:)?//""", text), "from elsewhere"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: "/".join(p.parts[-2:]))
def test_every_post_form_carries_the_token(path: Path) -> None:
    for form in re.findall(r"<form[^>]*method=[\"']?post[^>]*>.*?</form>", _text(path), re.DOTALL | re.IGNORECASE):
        assert "csrf_field()" in form, form[:120]


def test_every_class_has_a_rule() -> None:
    known = set()
    for part in {part for parts in BUNDLES.values() for part in parts}:
        known.update(re.findall(r"\.([a-z][\w-]*)", (STATIC / part).read_text(encoding="utf-8")))
    found = defaultdict(set)
    for path in TEMPLATES:
        text = re.sub(r"\{\{.*?\}\}", "§", re.sub(r"\{%.*?%\}", " ", _text(path), flags=re.DOTALL), flags=re.DOTALL)
        for value in re.findall(r'class="([^"]*)"', text):
            found[path.name].update(n for n in value.split() if n not in known and "§" not in n)
    unknown = {file: names for file, names in found.items() if names}
    assert not unknown, "\n".join(f"{file}: {sorted(names)}" for file, names in sorted(unknown.items()))


def test_every_icon_is_in_the_sprite() -> None:
    manifest = json.loads(vendor.MANIFEST.read_text(encoding="utf-8"))
    known = next(f["icons"] for p in manifest["packages"] for f in p.get("files", ()) if "icons" in f)
    used = defaultdict(set)
    for path in TEMPLATES:
        for name in re.findall(r"""\b(?:icon\(|icon_name=)["']([\w-]+)["']""", _text(path)):
            used[name].add(path.name)
    assert {name: files for name, files in used.items() if name not in known} == {}
