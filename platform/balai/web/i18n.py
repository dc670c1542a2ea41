"""Which language a reader gets. Source strings are Indonesian; every other language is a catalogue that may have holes.

A string without a translation is shown in Indonesian. Where catalogues come from: catalogues.py; the functions that texts go
through: balai.words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations

from flask import Response, current_app, g, has_request_context, request

from balai import words
from balai.web import catalogues
from balai.web.catalogues import PSEUDO, SOURCE, add_catalogues
from balai.words import LazyString, gettext, lazy_gettext, ngettext

__all__ = [
    "COOKIE", "PSEUDO", "SOURCE", "LazyString", "add_catalogues", "force_language", "gettext", "language", "language_name",
    "languages", "lazy_gettext", "ngettext", "offered", "remember_choice",
]  # fmt: skip

COOKIE = "bahasa"
_YEAR = 365 * 24 * 3600
# Phones come from the factory in English, and their owners read Indonesian: the browser's list says something only when it
# names another language. Who wants English chooses it on the page.
_FACTORY = "en"
_forced: ContextVar[str | None] = ContextVar("balai_language", default=None)
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


def languages() -> tuple[str, ...]:
    """Every language that texts can come in here, Indonesian first: those that we ship and those that the region added."""
    return tuple(dict.fromkeys((SOURCE, *catalogues.shipped_languages(), *sorted(catalogues.versions_here()))))


def offered() -> tuple[str, ...]:
    """Languages that this host's pages offer, Indonesian first: the region's choice; on the apex all that we ship."""
    from balai.web.look import current_look

    chosen = current_look().languages if g.get("tenant") is not None else None
    return languages() if chosen is None else (SOURCE, *(code for code in languages()[1:] if code in chosen))


def language_name(code: str) -> str:
    """A language's name in that language ("Bahasa Indonesia", "English"); a region's own as the region calls it."""
    from babel import Locale, UnknownLocaleError

    from balai.web.look import current_look

    if code == SOURCE:
        return "Bahasa Indonesia"
    given = current_look().language_names.get(code)
    if given:
        return given
    try:
        return (Locale.parse(code).get_display_name(code) or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def remember_choice(response: Response) -> Response:
    """Keep the language that was chosen with ?bahasa= for a year."""
    chosen = g.get("language_chosen")
    if chosen:
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


def _catalogue() -> NullTranslations:
    return catalogues.for_reader(language())


words.translate_with(_catalogue)


def _is_offered(code: str) -> bool:
    if code == PSEUDO:
        settings = current_app.extensions.get("balai.settings")
        return settings is not None and settings.env != "production"
    return code == SOURCE or code in offered()


def _negotiate() -> str:
    if not (request.query_string or "Cookie" in request.headers or "Accept-Language" in request.headers):
        return SOURCE  # a program that says nothing about languages
    # While the region's choice is looked up, a text of ours comes out in Indonesian.
    g.language = SOURCE
    chosen = request.args.get(COOKIE)
    if chosen and _is_offered(chosen):
        g.language_chosen = chosen
        return chosen
    remembered = request.cookies.get(COOKIE)
    if remembered and _is_offered(remembered):
        return remembered
    asked = [code.split("-")[0].lower() for code, _quality in request.accept_languages]
    if SOURCE in asked:
        return SOURCE
    wanted = [code for code in asked if code not in {PSEUDO, _FACTORY, "*"}]
    return next((code for code in wanted if _is_offered(code)), SOURCE)
