"""Nothing is said to people past gettext: literals in what the code raises and shows, and text in templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in (ROOT / "platform" / "balai", *sorted((ROOT / "plugins").glob("*/balai_*")))
    for path in folder.rglob("*.py")
    # Commands, the demo and the development stack speak to operators in a terminal; helpers of tests speak to nobody, and the
    # gallery shows the design system in development only.
    if not {"cli", "devstack", "demo", "testing", "gallery.py"} & set(path.relative_to(ROOT).parts)
)
TEMPLATES = sorted(
    path
    for pattern in ("platform/balai/**/templates/**/*.html", "plugins/*/balai_*/templates/**/*.html")
    for path in ROOT.glob(pattern)
    if path.name != "gallery.html"
)
# Calls whose text a person reads, and which of their arguments it is (by position, or by name).
SPOKEN = {
    "FieldError": (1, "message"), "field": (1, "message"), "ValueFault": (0, ""), "Refusal": (1, "reason"),
    "BadRequest": (0, "detail"), "Unauthenticated": (0, "detail"), "Forbidden": (0, "detail"), "Conflict": (0, "detail"),
    "TooLarge": (0, "detail"), "UnsupportedMedia": (0, "detail"), "Unavailable": (0, "detail"), "Problem": (0, "detail"),
    "flash": (0, "text"), "page_header": (0, ""), "Proof": (1, "sentence"),
}  # fmt: skip
ALSO = ("title", "warning", "detail")
# Names, units and signs that are the same in every language.
SAME = re.compile(
    r"WhatsApp|Balai|SMS|CSV|JSON|PDF|XLSX|NIK|HTML|KB|MB|QR|WIB|Rp|YAML|\bkm\b|Esc|/lacak"
    r"|OpenAPI|openapi\.json|Authorization: Bearer"
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def _is_text(node: ast.AST | None) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_is_text(part) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    # A sentence: words with a space between. Single words are keys and slugs.
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.search(r"\w \w", node.value))


def _spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in SPOKEN:
            continue
        place, keyword = SPOKEN[name]
        said = [call.args[place]] if len(call.args) > place else []
        said += [k.value for k in call.keywords if k.arg == keyword or k.arg in ALSO]
        yield from ((call.lineno, ast.unparse(node)) for node in said if _is_text(node))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_the_code_says_goes_through_gettext(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [f"line {line}: {text}" for line, text in _spoken(tree)] == []


_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"""\s(?:alt|title|placeholder|aria-label|aria-description|data-label|data-done)\s*=\s*"([^"]*)\""""
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: "/".join(p.parts[-3:]))
def test_text_in_templates_goes_through_gettext(path: Path) -> None:
    text = _JINJA.sub(" ", path.read_text(encoding="utf-8"))
    # A macro that makes attributes holds them outside of any tag.
    said = [*re.sub(r'[\w-]+="[^"]*"', " ", _TAGS.sub("\n", text)).split("\n"), *_ATTRIBUTES.findall(text)]
    said = [SAME.sub(" ", re.sub(r"&\w+;", " ", s)) for s in said]
    assert [s.strip() for s in said if _LETTERS.search(s)] == []


def test_the_rule_finds_what_it_should() -> None:
    code = 'raise Conflict("Sudah ada.")\nInvalid.field("x", f"Baris {n}: sudah ada.")\nweb.flash(_("Baik sekali."))'
    assert [line for line, _text in _spoken(ast.parse(code))] == [1, 2]
