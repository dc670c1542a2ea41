"""A region's languages: which ones its pages offer, and catalogues of its own.

An uploaded catalogue stands in pages, so it is checked like code: only strings that we have, the same places, no sign that would
end a text or an attribute (templates take translations as they are). What doesn't pass is named and nothing is kept.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.db import TenantSession
from balai.errors import FieldError, Invalid, NotFound, TooLarge
from balai.tenancy import TenantProfile
from balai.web import catalogues
from balai.web.catalogues import PSEUDO, SOURCE
from balai.web.i18n import gettext as _
from balai.web.models import LanguageCatalogue

MOST_BYTES: Final = 3 * 1024 * 1024
MOST_OWN: Final = 20
_MOST_FAULTS: Final = 20
_CODE: Final = re.compile(r"[a-z]{2,3}")
_NAME: Final = re.compile(r"[^\W\d_][\w '’().-]{1,39}")
# Whatever begins with a percent sign: `%(name)99999999s` isn't the place `%(name)s`, and would fill the server's memory.
_PLACE: Final = re.compile(r"%(?:%|\(\w+\)[a-zA-Z]|.?)", re.DOTALL)
# Templates put translations into pages and attributes unescaped. What isn't in our own string has no business in theirs.
_SIGNS: Final = '<>"&%{}'


@dataclass(frozen=True, slots=True)
class Checked:
    """A catalogue that may be kept: its text, how many of our strings it knows, how many there are, entries that aren't ours."""

    po: str
    translated: int
    total: int
    strangers: int


def own(session: TenantSession) -> list[LanguageCatalogue]:
    """This region's catalogues, by code."""
    return list(session.scalars(select(LanguageCatalogue).order_by(LanguageCatalogue.code)))


def one(session: TenantSession, code: str) -> LanguageCatalogue:
    """The region's catalogue of a language; NotFound."""
    found = session.scalars(select(LanguageCatalogue).where(LanguageCatalogue.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def offered(session: TenantSession) -> tuple[str, ...]:
    """Codes that the region's pages offer beside Indonesian."""
    settings = _profile(session).settings
    return tuple(settings["languages"]) if "languages" in settings else catalogues.shipped_languages()


def offer(session: TenantSession, codes: Collection[str]) -> None:
    """Offer exactly these languages beside Indonesian. Raises Invalid for one that there is no catalogue for."""
    known = {*catalogues.shipped_languages(), *(row.code for row in own(session))}
    if not known.issuperset(codes):
        raise Invalid.field("languages", _("Pilih dari bahasa yang ada."))
    _set(session, languages=sorted(codes))
    audit.record(session, "language.offered", subject_kind="language", data={"languages": sorted(codes)})


def upload(session: TenantSession, code: str, name: str, raw: bytes, *, member_id: UUID | None) -> Checked:
    """Keep a catalogue under `code`, in place of the one before, and offer it. Raises Invalid, TooLarge."""
    code, name = code.strip().lower(), " ".join(name.split())
    faults = []
    if not _CODE.fullmatch(code) or code in {SOURCE, PSEUDO}:
        faults.append(
            FieldError("code", _("Kode bahasa terdiri dari dua atau tiga huruf kecil, misalnya su, jv, ban."))
        )
    if not _NAME.fullmatch(name):
        faults.append(FieldError("name", _("Tulis nama bahasanya, misalnya Basa Sunda.")))
    if faults:
        raise Invalid(faults)
    checked = check(raw, code)
    row = session.scalars(select(LanguageCatalogue).where(LanguageCatalogue.code == code)).one_or_none()
    if row is None:
        if len(own(session)) >= MOST_OWN:
            raise Invalid.field("code", _("Sudah ada %(count)s bahasa sendiri. Hapus salah satu dulu.", count=MOST_OWN))
        row = LanguageCatalogue(code=code)
        session.add(row)
    row.name, row.po, row.by_member = name, checked.po, member_id
    row.translated, row.total = checked.translated, checked.total
    row.version = hashlib.sha256(checked.po.encode()).hexdigest()[:16]
    session.flush()
    _set(session, add=(code, row), languages=sorted({*offered(session), code}))
    audit.record(
        session, "language.uploaded", subject_kind="language", subject_id=code,
        data={"translated": checked.translated, "total": checked.total},
    )  # fmt: skip
    return checked


def remove(session: TenantSession, code: str) -> None:
    """Take a region's catalogue away; a language that we ship goes on with ours. Raises NotFound."""
    session.delete(one(session, code))
    session.flush()
    left = {c for c in offered(session) if c != code or c in catalogues.shipped_languages()}
    _set(session, drop=code, languages=sorted(left))
    audit.record(session, "language.removed", subject_kind="language", subject_id=code)


def template() -> Iterator[str]:
    """The .pot: every string of ours, its English as a comment for whoever knows that better."""
    yield 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    # As the languages of the archipelago have it; whoever translates into another kind of language changes this line.
    yield '"Plural-Forms: nplurals=1; plural=0;\\n"\n'
    for text, (english, plural) in sorted(catalogues.shipped_strings().items()):
        yield "\n" + "".join(f"#. {line}\n" for line in english.splitlines())
        if _PLACE.search(text):
            yield "#, python-format\n"
        # Indonesian has one form: singular and plural are the same string in our code.
        yield f"msgid {_quoted(text)}\n" + (
            f'msgid_plural {_quoted(text)}\nmsgstr[0] ""\n' if plural else 'msgstr ""\n'
        )


def check(raw: bytes, code: str) -> Checked:
    """Read a catalogue and judge it. Raises Invalid naming each string that can't be taken, TooLarge."""
    from babel.messages.pofile import PoFileError, read_po

    if len(raw) > MOST_BYTES:
        raise TooLarge(_("Berkas ini terlalu besar. Paling besar 3 MB."))
    try:
        po = raw.decode("utf-8-sig")
        catalogue = read_po(StringIO(po), abort_invalid=True)
        ours = catalogues.shipped_strings()
        messages = [m for m in catalogue if m.id and m.string and any(m.string) and not m.fuzzy]
        known = [m for m in messages if _source(m.id) in ours]
        faults = [fault for m in known for fault in _faults(m.id, m.string)]
        if not faults:
            catalogues.compiled(po, code)
    except (UnicodeDecodeError, PoFileError, ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
        raise Invalid.field("file", _("Ini bukan berkas .po yang bisa dibaca. Simpan sebagai .po (UTF-8).")) from error
    if faults:
        raise Invalid([FieldError("file", fault) for fault in faults[:_MOST_FAULTS]])
    if not known:
        raise Invalid.field(
            "file", _("Tidak ada satu pun kalimat Balai di dalamnya. Mulai dari contoh yang bisa diunduh.")
        )
    # Only what was judged is kept: strings that aren't ours could become ours with the next release.
    counts = {text for text, found in ours.items() if found.plural}
    written = _written(known, counts, catalogue.plural_expr, catalogue.num_plurals)
    return Checked(written, len(known), len(ours), len(messages) - len(known))


def _source(message_id: Any) -> str:
    text: str = message_id if isinstance(message_id, str) else message_id[0]
    return text


def _faults(message_id: Any, string: Any) -> Iterator[str]:
    sources = [message_id] if isinstance(message_id, str) else list(message_id)
    for text in [string] if isinstance(string, str) else string:
        shown = f"“{sources[0][:60]}”"
        if not text:
            yield _("%(text)s: bentuk jamaknya belum lengkap.", text=shown)
        elif _has_strange_signs(text, sources[-1]):
            yield _('%(text)s: tidak boleh berisi HTML atau tanda < > " & %% yang tidak ada di aslinya.', text=shown)
        elif sorted(_PLACE.findall(text)) != sorted(_PLACE.findall(sources[-1])):
            yield _("%(text)s: tempat isian (seperti %%(code)s) harus sama dengan aslinya.", text=shown)
        elif len(text) > 5 * len(sources[-1]) + 100:
            yield _("%(text)s: terlalu panjang dibanding aslinya.", text=shown)


def _has_strange_signs(text: str, source: str) -> bool:
    return any(text.count(sign) > source.count(sign) for sign in _SIGNS) or not _is_printable(text, source)


def _is_printable(text: str, source: str) -> bool:
    return all(c.isprintable() or c in source or c == "\u00ad" for c in text)


def _written(messages: list[Any], counts: Collection[str], rule: str, forms: int) -> str:
    plural = f'"Plural-Forms: nplurals={forms}; plural={rule};\\n"\n'
    parts = [f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n{plural}']
    for m in messages:
        text, given = _source(m.id), [m.string] if isinstance(m.string, str) else list(m.string)
        if text not in counts:
            parts.append(f"msgid {_quoted(text)}\nmsgstr {_quoted(given[0])}\n")
            continue
        given = (given * forms)[:forms] if len(given) == 1 else given
        lines = "".join(f"msgstr[{n}] {_quoted(form)}\n" for n, form in enumerate(given))
        parts.append(f"msgid {_quoted(text)}\nmsgid_plural {_quoted(text)}\n{lines}")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    from babel.messages.pofile import normalize

    return normalize(text, width=0)


def _profile(session: TenantSession) -> TenantProfile:
    return session.scalars(select(TenantProfile)).one()


def _set(
    session: TenantSession,
    *,
    languages: list[str],
    add: tuple[str, LanguageCatalogue] | None = None,
    drop: str | None = None,
) -> None:
    profile = _profile(session)
    known: dict[str, Mapping[str, str]] = dict(profile.settings.get("catalogues", {}))
    if add is not None:
        known[add[0]] = {"name": add[1].name, "version": add[1].version}
    if drop is not None:
        known.pop(drop, None)
    profile.settings = {**profile.settings, "catalogues": known, "languages": languages}
    session.flush()
