"""Topics, and the keyword model: a list of words that anybody can read. Pure functions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import yaml

from balai.contracts import Sector
from balai.words import gettext

# What nobody could put anywhere.
OTHER: Final = "lainnya"
_WORD: Final = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its sector, its Indonesian name, the declared categories that mean it, the words that point to it."""

    key: str
    sector: Sector
    name: str
    declared: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return gettext(self.name)


def _read() -> dict[str, Topic]:
    raw: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("topics.yaml").read_text(encoding="utf-8"))
    return {
        key: Topic(key, Sector(t["sector"]), t["label"], tuple(t["declared"]), tuple(t["words"]))
        for key, t in raw.items()
    }


TOPICS: Final = _read()
_BY_DECLARED: Final = {declared: topic.key for topic in TOPICS.values() for declared in topic.declared}


def of_declared(category: str) -> str:
    """Topic of a declared category or of a service document's topic; "" when it names none."""
    return _BY_DECLARED.get(category, "")


def declared_pairs() -> Mapping[str, str]:
    """Every declared category with its topic."""
    return _BY_DECLARED


def words_in(own: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Word -> topic: the shipped model with a region's own words (topic "" takes a shipped word away)."""
    found = {word: topic.key for topic in TOPICS.values() for word in topic.words}
    for word, topic in own:
        if topic in TOPICS:
            found[word] = topic
        else:
            found.pop(word, None)
    return found


def classify(text: str, words: Mapping[str, str]) -> str:
    """The topic with the most of its words in a text; OTHER when there is none, or two have equally many."""
    hits: dict[str, int] = {}
    for word in dict.fromkeys(_WORD.findall(text.lower())):
        topic = words.get(word)
        if topic:
            hits[topic] = hits.get(topic, 0) + 1
    best = sorted(hits.items(), key=lambda item: (-item[1], item[0]))
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return OTHER
    return best[0][0]
