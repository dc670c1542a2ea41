"""Catalogues: what each language calls our strings. Those that we ship, and on top of them what a region uploaded.

A shipped catalogue is `translations/<language>/LC_MESSAGES/messages.po` (compiled to .mo in the wheel) in the web room, in any
other room and in every plugin. A region's own stands in its database; processes keep it under its version.
"""

from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple

from flask import g, has_app_context
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from balai import db, tenancy
from balai.tenancy import TenantProfile
from balai.web.models import LanguageCatalogue

SOURCE = "id"
PSEUDO = "qps"
_MOST_KEPT = 24
_region: "OrderedDict[tuple[Any, ...], NullTranslations]" = OrderedDict()


class _Pseudo(NullTranslations):
    """The test language: every translated string stands between marks, so that an untranslated one shows."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def _room_folders() -> list[Path]:
    return sorted(
        Path(__file__).parents[1].glob("*/translations"), key=lambda p: (p.parent.name != "web", p.parent.name)
    )


_folders: list[Path] = _room_folders()


def add_catalogues(folders: Iterable[Path]) -> None:
    """Further `translations/` folders (of a plugin); the first catalogue that knows a string wins."""
    for folder in folders:
        if folder not in _folders and folder.is_dir():
            _folders.append(folder)
    shipped.cache_clear()
    shipped_languages.cache_clear()


@lru_cache(maxsize=1)
def shipped_languages() -> tuple[str, ...]:
    """Languages that the web room has a catalogue for."""
    own = Path(__file__).parent / "translations"
    return tuple(sorted(p.name for p in own.glob("*") if _file(own, p.name)))


def _file(folder: Path, code: str) -> Path | None:
    below = folder / code / "LC_MESSAGES"
    return next((path for name in ("messages.po", "messages.mo") if (path := below / name).is_file()), None)


@lru_cache(maxsize=16)
def shipped(code: str) -> NullTranslations:
    """The catalogue of a language from every room and plugin; empty where there is none."""
    if code == SOURCE:
        return NullTranslations()
    if code == PSEUDO:
        return _Pseudo()
    chain = NullTranslations()
    for path in filter(None, (_file(folder, code) for folder in reversed(_folders))):
        with path.open("rb") as source:
            layer = GNUTranslations(source) if path.suffix == ".mo" else compiled(source.read().decode(), code)
        layer.add_fallback(chain)
        chain = layer
    return chain


def compiled(po: str, code: str) -> GNUTranslations:
    """A catalogue from the text of a .po file; fuzzy and empty entries are left out."""
    from babel import Locale, UnknownLocaleError
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    try:
        locale: Locale | None = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        locale = None  # a language that Babel doesn't know: its plural rule stands in the file's head
    catalogue, out = read_po(StringIO(po), locale=locale), BytesIO()
    write_mo(out, catalogue)
    out.seek(0)
    return GNUTranslations(out)


class Shipped(NamedTuple):
    """The English of one of our strings, and whether it stands for a count (then it has plural forms)."""

    english: str
    plural: bool


def shipped_strings() -> dict[str, Shipped]:
    """Every string of ours that can be translated, from the English catalogues that are installed; of a count its plural."""
    found: dict[str, Shipped] = {}
    layer: Any = shipped("en")
    while layer is not None:
        for key, text in getattr(layer, "_catalog", {}).items():
            name, form = key if isinstance(key, tuple) else (key, 0)
            if name and (form or name not in found):
                found[name] = Shipped(text, isinstance(key, tuple))
        layer = layer._fallback  # noqa: SLF001 - gettext has no other way to walk a chain
    return found


# --- a region's own ---


def versions_here() -> dict[str, str]:
    """Language -> version of this region's uploaded catalogue. In a request it comes with the look that each page reads."""
    if not has_app_context() or tenancy.current() is None:
        return {}
    if "catalogue_versions" not in g:
        g.catalogue_versions = _versions()
    found: dict[str, str] = g.catalogue_versions
    return found


def _versions() -> dict[str, str]:
    from balai.web.look import current_look, has_look

    if has_look():
        return dict(current_look().catalogues)
    try:
        with db.session().no_autoflush:
            settings = db.session().scalar(select(TenantProfile.settings)) or {}
    except SQLAlchemyError:
        return {}
    return {code: str(one.get("version", "")) for code, one in settings.get("catalogues", {}).items()}


def for_reader(code: str) -> NullTranslations:
    """The catalogue of a language as this region's readers get it: its own on top of ours."""
    if code in {SOURCE, PSEUDO}:
        return shipped(code)
    version = versions_here().get(code)
    if not version:
        return shipped(code)
    tenant = tenancy.current()
    session = db.session()
    key = (session.database, tenant.id if tenant else 0, code, version)
    found = _region.get(key)
    if found is None:
        found = _read(session, code)
        if found is None:
            return shipped(code)
        _region[key] = found
        while len(_region) > _MOST_KEPT:
            _region.popitem(last=False)
    else:
        _region.move_to_end(key)
    return found


def _read(session: db.TenantSession, code: str) -> NullTranslations | None:
    try:
        with session.no_autoflush:
            po = session.scalar(select(LanguageCatalogue.po).where(LanguageCatalogue.code == code))
    except SQLAlchemyError:
        return None
    if po is None:
        return None
    own = compiled(po, code)
    own.add_fallback(shipped(code))
    return own
