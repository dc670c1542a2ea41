"""Texts for people, from rooms that know no pages.

Source strings are Indonesian. Every room says `_("...")`; which language they come out in is decided by whoever hung a catalogue
in here (`web`). Without one, as in a command, they are what stands in the code.
"""

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

_SOURCE = NullTranslations()
_current: list[Callable[[], NullTranslations]] = [lambda: _SOURCE]


class LazyString:
    """A string that is translated when it is shown, for labels made at import time."""

    __slots__ = ("_text", "_variables")

    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        self._text = text
        self._variables = variables

    def __str__(self) -> str:
        return gettext(self._text, **self._variables)

    def __repr__(self) -> str:
        return f"lazy_gettext({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._text)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __add__(self, other: object) -> str:
        return f"{self}{other}"


def gettext(text: str, /, **variables: Any) -> str:
    """`text` (Indonesian) in the reader's language; `%(name)s` filled from `variables`."""
    translated = _current[0]().gettext(text) if text else ""
    return translated % variables if variables else translated


def ngettext(singular: str, plural: str, n: int, /, **variables: Any) -> str:
    """Like gettext for a count; Indonesian itself has one form. `%(num)s` is the count."""
    return _current[0]().ngettext(singular, plural, n) % {"num": n, **variables}


def lazy_gettext(text: str, /, **variables: Any) -> Any:
    """Like gettext, translated when shown. Typed as Any because it stands wherever a string does."""
    return LazyString(text, variables)


def translate_with(catalogue: Callable[[], NullTranslations]) -> None:
    """From now on this answers the catalogue of whoever reads (called once, by `web`)."""
    _current[0] = catalogue
