"""What a pasted WhatsApp text seems to say: who writes, which service, which village, where exactly.

Plain word rules over the region's own service documents and village names: no model, nothing learned, nothing leaves the
machine. The answer only fills the form in; a person looks at it and saves.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from balai.cases.counter.topics import Topic

Areas = Sequence[tuple[str, Sequence[tuple[str, str]]]]

_HEADER = re.compile(
    r"^\u200e?\[?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:\s?[AaPp][Mm])?\]?(?: -)?"
    r" ([^:\n]{1,80}): ?(.*)$"
)
_WORD = re.compile(r"[^\W\d_]+")
_KIND: Final = re.compile(
    r"^(?:desa|kelurahan|kel\.?|kecamatan|kec\.?|gampong|nagari|kampung|kp\.?|lembang|pekon)\s+", re.IGNORECASE
)
_LANDMARK = re.compile(
    r"\b((?:di\s+)?(?:depan|dekat|samping|belakang|sebelah|seberang|simpang|pertigaan|perempatan)"
    r"\s+[^\n.,;!?]{3,80})",
    re.IGNORECASE,
)
_BEFORE_PLACE: Final = ("desa", "kelurahan", "kel", "di", "dusun", "kampung", "gampong", "nagari", "warga")
_STOP: Final = frozenset({"dan", "atau", "yang", "untuk", "dari", "tidak", "lain", "lainnya", "dengan", "pada", "anda"})
_SUFFIXES: Final = ("nya", "ku", "mu", "an", "i", "kan")
# "Jalan dan jembatan" is more about a road than "Lampu jalan".
_OPTION, _HEADWORD, _TITLE, _SUMMARY = 6, 2, 3, 1
_SHORTEST = 3
_LONGEST_LANDMARK = 8
_AREA_WORD = re.compile(r"\s+(?:di\s+)?(?:desa|kelurahan|kel|kecamatan|kec)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """Suggestions, empty where nothing (or more than one thing) fits. text: without the lines that WhatsApp adds."""

    text: str
    contact: str = ""
    topic: str = ""
    region: str = ""
    landmark: str = ""


def read(pasted: str, topics: Iterable[Topic], areas: Areas) -> Reading:
    """Suggest what the form asks, from a text that was pasted."""
    text, contact = _without_headers(pasted)
    words = _WORD.findall(text.casefold())
    return Reading(text, contact, _topic(words, topics), _region(words, areas), _landmark(text))


def _without_headers(pasted: str) -> tuple[str, str]:
    senders: dict[str, None] = {}
    lines = []
    for line in pasted.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _HEADER.match(line)
        if found:
            senders[found[1].strip("\u200e\u202a\u202c ~")] = None
        lines.append(found[2] if found else line)
    # A talk of several people names nobody: one of them is the office.
    return "\n".join(lines).strip(), next(iter(senders)) if len(senders) == 1 else ""


def _same(typed: str, word: str) -> bool:
    return typed == word or (len(word) > _SHORTEST and typed.startswith(word) and typed[len(word) :] in _SUFFIXES)


def _score(words: Sequence[str], text: str, weight: int) -> int:
    wanted = {w for w in _WORD.findall(text.casefold()) if len(w) >= _SHORTEST} - _STOP
    return weight * sum(any(_same(typed, word) for typed in words) for word in wanted)


def _topic(words: Sequence[str], topics: Iterable[Topic]) -> str:
    best, top = "", 0
    for topic in topics:
        score = (
            _score(words, topic.option, _OPTION)
            + _score(words, topic.option.partition(" ")[0], _HEADWORD)
            + _score(words, f"{topic.title} {topic.keyword}", _TITLE)
            + _score(words, topic.summary, _SUMMARY)
        )
        if score > top:
            best, top = topic.value, score
        elif score == top:
            best = ""  # two fit alike: only a person can tell
    return best


def _region(words: Sequence[str], areas: Areas) -> str:
    text = f" {' '.join(words)} "
    found: list[tuple[int, str, str]] = []
    for group, several in areas:
        for code, name in several:
            plain = _plain(name)
            if len(plain) >= _SHORTEST and f" {plain} " in text:
                named = any(f" {before} {plain} " in text for before in _BEFORE_PLACE)
                in_district = f" {_plain(group)} " in text
                found.append((4 * named + 2 * in_district + (1 if " " in plain else 0), code, plain))
    found.sort(reverse=True)
    if not found or (len(found) > 1 and found[1][0] == found[0][0]):
        return ""
    return found[0][1]


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(_KIND.sub("", name).casefold()))


def _landmark(text: str) -> str:
    found = _LANDMARK.search(text)
    # The village stands in a field of its own.
    return " ".join(_AREA_WORD.split(found[1])[0].split()[:_LONGEST_LANDMARK]) if found else ""
