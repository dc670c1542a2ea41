"""What a page says to people: the words that citizens' pages never use, and strings that nobody can translate.

Used by every room's and plugin's tests: `assert plain(html)`, and with `?bahasa=qps` `assert not untranslated(html)`. The list
of words is explained in docs/kata.md; a test keeps the two equal.
"""

import re
from html.parser import HTMLParser

FORBIDDEN = ("perkara", "kasus", "meja", "tenant", "plugin", "aspirasi", "submit", "error")
# A leader of a test region that is never to be seen by citizens (election law).
LEADER = "Bapak Raharja Contoh Wijayakusuma"
_WORD = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})(?:nya|s|ku|mu)?\b", re.IGNORECASE)
_SPOKEN = (
    "title",
    "alt",
    "aria-label",
    "aria-description",
    "placeholder",
    "data-label",
    "data-done",
    "data-too-big",
    "data-required",
    "data-words",
)
_SILENT = {"script", "style", "template"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class _Reader(HTMLParser):
    """Collects (text, is_data): is_data inside translate="no", where names and codes stand."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, bool]] = []
        self._stack: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = self._data or given.get("translate") == "no"
        for name in _SPOKEN:
            if given.get(name):
                self.found.append((str(given[name]), data))
        if tag == "input" and given.get("type") in {"submit", "button", "reset"} and given.get("value"):
            self.found.append((str(given["value"]), data))
        if tag == "meta" and given.get("name") == "description" and given.get("content"):
            self.found.append((str(given["content"]), data))
        if tag not in _VOID:
            self._stack.append((tag, self._silent or tag in _SILENT, data))

    def handle_endtag(self, tag: str) -> None:
        while self._stack:
            if self._stack.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if text and not self._silent:
            if self._stack and self._stack[-1][0] == "title":
                text = text.rpartition(" – ")[0] or text  # the region's name ends every title
            self.found.append((text, self._data))

    @property
    def _silent(self) -> bool:
        return bool(self._stack) and self._stack[-1][1]

    @property
    def _data(self) -> bool:
        return bool(self._stack) and self._stack[-1][2]


def spoken(html: str) -> list[str]:
    """Everything that a reader sees or a screen reader says, in order."""
    return [text for text, _data in _read(html)]


def forbidden(html: str, *, leader: str = LEADER) -> list[str]:
    """Each forbidden word with its surroundings; the leader's name counts too."""
    found: list[str] = []
    for text in spoken(html):
        found.extend(f"{m.group(0)!r} in {text[:120]!r}" for m in _WORD.finditer(text))
        if leader.lower() in text.lower():
            found.append(f"leader in {text[:120]!r}")
    return found


def plain(html: str, *, leader: str = LEADER) -> bool:
    """Whether a citizens' page uses none of the words; raises AssertionError naming those that it does."""
    found = forbidden(html, leader=leader)
    assert not found, "words that citizens don't use: " + "; ".join(found)
    return True


def untranslated(html: str, *, data: tuple[str, ...] = ()) -> list[str]:
    """Of a page asked for in the test language (`?bahasa=qps`): texts that no catalogue could translate.

    Names, codes and what people typed are marked translate="no" in the template, or named in `data`.
    """
    rest = ((_unmarked(text), text) for text, is_data in _read(html) if not is_data)
    return [text for left, text in rest if _LETTERS.search(left) and not any(d in text for d in data)]


def _unmarked(text: str) -> str:
    """What stands between no marks; a marked text may hold a marked one (a label in a sentence)."""
    while (left := _MARKED.sub("", text)) != text:
        text = left
    return text


def _read(html: str) -> list[tuple[str, bool]]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found
