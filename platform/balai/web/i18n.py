"""Languages. Source strings are Indonesian; every other language is a catalogue that may have holes.

A string without a translation is shown in Indonesian. Catalogues are `translations/<language>/LC_MESSAGES/messages.po` in the
web room, in every other room and in every plugin; they are read from the .po itself, so there is nothing to compile.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, current_app, g, has_request_context, request

SOURCE = "id"
PSEUDO = "qps"
COOKIE = "bahasa"
_YEAR = 365 * 24 * 3600
_forced: ContextVar[str | None] = ContextVar("balai_language", default=None)


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


class _Pseudo(NullTranslations):
    """The test language: every translated string stands between marks, so that an untranslated one shows."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def gettext(text: str, **variables: Any) -> str:
    """`text` (Indonesian) in the reader's language; `%(name)s` filled from `variables`."""
    translated = _catalogue().gettext(text) if text else ""
    return translated % variables if variables else translated


def ngettext(singular: str, plural: str, n: int, **variables: Any) -> str:
    """Like gettext for a count; Indonesian itself has one form. `%(num)s` is the count."""
    return _catalogue().ngettext(singular, plural, n) % {"num": n, **variables}


def lazy_gettext(text: str, **variables: Any) -> Any:
    """Like gettext, translated when shown. Typed as Any because it stands wherever a string does."""
    return LazyString(text, variables)


_ = gettext


def language() -> str:
    """Code of the reader's language ("id", "en", ...)."""
    forced = _forced.get()
    if forced is not None:
        return forced
    if not has_request_context():
        return SOURCE
    if "language" not in g:
        g.language = _negotiate()
    found: str = g.language
    return found


@contextmanager
def force_language(code: str) -> Iterator[None]:
    """Inside the block texts are in this language: for messages written by a job."""
    token = _forced.set(code)
    try:
        yield
    finally:
        _forced.reset(token)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Languages on offer, Indonesian first. A language is on offer once the web room has a catalogue for it."""
    found = tuple(sorted(p.name for p in (Path(__file__).parent / "translations").glob("*") if _po(p.parent, p.name)))
    return (SOURCE, *found)


def language_name(code: str) -> str:
    """A language's name in that language ("Bahasa Indonesia", "English")."""
    from babel import Locale, UnknownLocaleError

    if code == SOURCE:
        return "Bahasa Indonesia"
    try:
        return (Locale.parse(code).get_display_name(code) or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def add_catalogues(folders: Iterable[Path]) -> None:
    """Further `translations/` folders (of a plugin); the first catalogue that knows a string wins."""
    for folder in folders:
        if folder not in _folders and folder.is_dir():
            _folders.append(folder)
    _load.cache_clear()


def remember_choice(response: Response) -> Response:
    """Keep the language that was chosen with ?bahasa= for a year."""
    chosen = g.get("language_chosen")
    if chosen:
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


def _room_folders() -> list[Path]:
    return sorted(
        Path(__file__).parents[1].glob("*/translations"), key=lambda p: (p.parent.name != "web", p.parent.name)
    )


_folders: list[Path] = _room_folders()


def _po(folder: Path, code: str) -> Path | None:
    path = folder / code / "LC_MESSAGES" / "messages.po"
    return path if path.is_file() else None


@lru_cache(maxsize=16)
def _load(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    if code == PSEUDO:
        return _Pseudo()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    chain = NullTranslations()
    for path in filter(None, (_po(folder, code) for folder in reversed(_folders))):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=code)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        layer = GNUTranslations(compiled)
        layer.add_fallback(chain)
        chain = layer
    return chain


def _catalogue() -> NullTranslations:
    return _load(language())


def _offered() -> tuple[str, ...]:
    settings = current_app.extensions.get("balai.settings")
    testing = settings is not None and settings.env != "production"
    return (*languages(), PSEUDO) if testing else languages()


def _negotiate() -> str:
    if not (request.query_string or "Cookie" in request.headers or "Accept-Language" in request.headers):
        return SOURCE  # a program that says nothing about languages
    offered = _offered()
    chosen = request.args.get(COOKIE)
    if chosen in offered:
        g.language_chosen = chosen
        return chosen
    remembered = request.cookies.get(COOKIE)
    if remembered in offered:
        return remembered
    # Many phones in Indonesia speak English by factory setting and still list Indonesian: that listing decides.
    asked = [code.split("-")[0].lower() for code, _quality in request.accept_languages]
    if SOURCE in asked:
        return SOURCE
    return next((code for code in asked if code in offered and code != PSEUDO), SOURCE)
