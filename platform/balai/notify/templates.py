"""Texts of messages. A room registers its own at import; the Indonesian source strings go through gettext like every other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balai.web.i18n import force_language


@dataclass(frozen=True, slots=True)
class Template:
    """subject and body are lazy strings with `%(name)s` places; sample fills them for a preview and for the word scan."""

    key: str
    subject: Any
    body: Any
    sample: Mapping[str, str]


_templates: dict[str, Template] = {}


def register(key: str, subject: Any, body: Any, sample: Mapping[str, str]) -> Template:
    """Make a text known; a second one under the same key is a mistake."""
    if key in _templates:
        raise ValueError(f"message template {key!r} is already there")
    made = _templates[key] = Template(key, subject, body, sample)
    return made


def templates() -> dict[str, Template]:
    """Every known text by key."""
    return dict(_templates)


def fill(key: str, data: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """(subject, body) of a message in that language; KeyError when a place has no value."""
    template = _templates[key]
    with force_language(language):
        subject, body = str(template.subject) % data, str(template.body) % data
    return " ".join(subject.split())[:200], body.strip() + "\n"
