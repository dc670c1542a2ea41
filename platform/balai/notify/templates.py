"""Texts of messages as Balai ships them. A room registers its own at import; the Indonesian source strings go through gettext.

What a region wrote instead stands in texts.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from balai.web.i18n import force_language

Audience = Literal["citizen", "staff"]


@dataclass(frozen=True, slots=True)
class Template:
    """subject, body and short are lazy strings with `%(name)s` places; sample fills them for a preview and for the word scan.

    short: for SMS, by default the subject and the link; urgent: goes out at night too (its reader waits for it, or must act);
    optional: news that a reader may refuse, everything else is owed to them; audience: whom it speaks to.
    """

    key: str
    subject: Any
    body: Any
    sample: Mapping[str, str]
    short: Any = None
    urgent: bool = False
    optional: bool = False
    audience: Audience = "citizen"


_templates: dict[str, Template] = {}


def register(
    key: str,
    subject: Any,
    body: Any,
    sample: Mapping[str, str],
    *,
    short: Any = None,
    urgent: bool = False,
    optional: bool = False,
    audience: Audience = "citizen",
) -> Template:
    """Make a text known; a second one under the same key is a mistake."""
    if key in _templates:
        raise ValueError(f"message template {key!r} is already there")
    made = Template(key, subject, body, sample, short=short, urgent=urgent, optional=optional, audience=audience)
    _templates[key] = made
    return made


def template(key: str) -> Template:
    """The text of that key; KeyError when there is none."""
    return _templates[key]


def templates() -> dict[str, Template]:
    """Every known text by key."""
    return dict(_templates)


def fill(key: str, data: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """(subject, body) of the shipped text in that language; KeyError when a place has no value."""
    made = _templates[key]
    with force_language(language):
        return one_line(str(made.subject) % data), str(made.body) % data


def fill_short(key: str, data: Mapping[str, Any], *, language: str) -> str:
    """The shipped text for SMS."""
    made = _templates[key]
    with force_language(language):
        if made.short is not None:
            return str(made.short) % data
        subject = one_line(str(made.subject) % data)
    return f"{subject} {data['link']}" if "link" in made.sample else subject


def filler(key: str, *, language: str) -> Callable[[Mapping[str, Any]], tuple[str, str, str]]:
    """`fill` and `fill_short` for many: the text is translated once; data -> (subject, body, short)."""
    made = _templates[key]
    with force_language(language):
        subject, body = str(made.subject), str(made.body)
        short = str(made.short) if made.short is not None else None

    def filled(data: Mapping[str, Any]) -> tuple[str, str, str]:
        head = one_line(subject % data)
        if short is not None:
            return head, body % data, short % data
        return head, body % data, f"{head} {data['link']}" if "link" in made.sample else head

    return filled


def one_line(text: str) -> str:
    """A subject: one line of at most 200 characters."""
    return " ".join(text.split())[:200]
