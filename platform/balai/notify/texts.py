"""A region's own wording of messages: texts with named places in braces, checked, versioned, and back to ours at any time.

Editors see Indonesian names (`{kode}`, `{tautan}`); a place that a shipped text needs so that its reader can go on must stay.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.notify.models import MessageText
from balai.notify.templates import Template, fill, fill_short, filler, one_line, templates
from balai.web.i18n import gettext as _

# Names of values as editors read them; a value without an entry keeps its own name.
NAMES: Final = {
    "code": "kode",
    "service": "layanan",
    "region": "daerah",
    "link": "tautan",
    "due": "batas",
    "words": "isi",
    "summary": "ringkasan",
    "state": "keadaan",
    "unit": "unit",
    "count": "jumlah",
    "lines": "daftar",
    "name": "nama",
}
_KEYS: Final = {name: key for key, name in NAMES.items()}
# Without these nobody could follow, answer or read what was decided.
_NEEDED: Final = ("code", "link", "words")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
LONGEST: Final = {"subject": 120, "body": 3000, "short": 300}
_TEXTS: Final = ("subject", "body", "short")


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words: subject (one line), body, short (for SMS)."""

    subject: str
    body: str
    short: str

    def for_channel(self, channel: str) -> tuple[str, str]:
        """(subject, text) as that channel carries it."""
        return self.subject, self.short if channel == "sms" else self.body


def compose(session: TenantSession, key: str, data: Mapping[str, Any], *, language: str) -> Written:
    """The message `key` in the region's words, or in ours; KeyError when a place has no value."""
    return composer(session, key, language=language)(data)


def composer(session: TenantSession, key: str, *, language: str) -> Callable[[Mapping[str, Any]], Written]:
    """`compose` for many messages: the region's text is looked up once."""
    own = current(session, key, language)
    if own is None or not own.body:
        filled = filler(key, language=language)
        return lambda data: _tidy(*filled(data))
    subject, body, short = own.subject, own.body, own.short
    return lambda data: fill_own(subject, body, short, data)


def written(
    session: TenantSession, key: str, data: Mapping[str, Any], *, channel: str, language: str = "id"
) -> tuple[str, str]:
    """(subject, text) of a message as that channel would carry it, to be looked at beforehand."""
    return compose(session, key, data, language=language).for_channel(channel)


def fill_own(subject: str, body: str, short: str, data: Mapping[str, Any]) -> Written:
    """Texts with places in braces, filled; what stands in a value is never read as a place."""

    def filled(text: str) -> str:
        return _PLACE.sub(lambda m: str(data[_KEYS.get(m[1], m[1])]), text)

    return _tidy(filled(subject), filled(body), filled(short))


def _tidy(subject: str, body: str, short: str) -> Written:
    return Written(one_line(subject), body.strip() + "\n", " ".join(short.split()))


def places(made: Template) -> dict[str, str]:
    """Name in braces -> sample value, for every place that this text may use."""
    return {NAMES.get(key, key): value for key, value in made.sample.items()}


def shipped(made: Template, language: str) -> Written:
    """Our text with its places in braces, as an editor starts from it."""
    data = {key: "{" + NAMES.get(key, key) + "}" for key in made.sample}
    subject, body = fill(made.key, data, language=language)
    return Written(subject, body.strip(), fill_short(made.key, data, language=language))


def editable() -> list[Template]:
    """Texts that a region may word itself, citizens' first."""
    found = [made for made in templates().values() if not made.key.startswith("notify.")]
    return sorted(found, key=lambda made: (made.audience != "citizen", made.key))


def find(key: str) -> Template:
    """An editable text; NotFound."""
    for made in editable():
        if made.key == key:
            return made
    raise NotFound


def current(session: TenantSession, key: str, language: str) -> MessageText | None:
    """The newest version of the region's text; its texts are empty after a reset."""
    return next(iter(versions(session, key, language, limit=1)), None)


def versions(session: TenantSession, key: str, language: str, *, limit: int = 20) -> Sequence[MessageText]:
    """Versions of the region's text, newest first."""
    query = select(MessageText).where(MessageText.template == key, MessageText.language == language)
    return session.scalars(query.order_by(MessageText.version.desc()).limit(limit)).all()


def reworded(session: TenantSession, language: str) -> set[str]:
    """Keys of texts that the region has worded itself."""
    query = select(MessageText).where(MessageText.language == language).order_by(MessageText.version)
    newest = {row.template: bool(row.body) for row in session.scalars(query)}
    return {key for key, own in newest.items() if own}


def check(made: Template, given: Mapping[str, str], language: str) -> dict[str, str]:
    """subject, body and short, cleaned; Invalid says per field what to correct."""
    texts = {name: _clean(given.get(name, ""), lines=name == "body") for name in _TEXTS}
    known, ours = places(made), shipped(made, language)
    errors = [FieldError(name, fault) for name in _TEXTS if (fault := _fault(name, texts[name], known))]
    needed = [NAMES[key] for key in _NEEDED if key in made.sample]
    for name in ("body", "short"):
        missing = [n for n in needed if f"{{{n}}}" in getattr(ours, name) and f"{{{n}}}" not in texts[name]]
        if missing and texts[name]:
            listed = ", ".join(f"{{{n}}}" for n in missing)
            errors.append(
                FieldError(name, _("Sertakan %(places)s: tanpa itu warga tidak bisa melanjutkan.", places=listed))
            )
    if errors:
        raise Invalid(errors)
    return texts


def _fault(name: str, text: str, known: Mapping[str, str]) -> str | None:
    if not text:
        return _("Tulis dulu teksnya.")
    if len(text) > LONGEST[name]:
        return _("Terlalu panjang: paling banyak %(most)s huruf.", most=LONGEST[name])
    strange = sorted({m for m in _PLACE.findall(text) if m not in known})
    if strange:
        listed, offered = ", ".join(f"{{{s}}}" for s in strange), ", ".join(f"{{{k}}}" for k in known)
        return _("%(strange)s tidak dikenal. Yang bisa dipakai: %(offered)s.", strange=listed, offered=offered)
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        return _("Ada kurung { atau } yang tidak lengkap. Tulis seperti {kode}.")
    return None


def _clean(text: str, *, lines: bool) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    return kept.strip() if lines else " ".join(kept.split())


def save(
    session: TenantSession, made: Template, given: Mapping[str, str], *, language: str, after: int, member: UUID | None
) -> MessageText:
    """A new version. after: the version that the editor saw; Conflict when somebody was faster, Invalid when not right."""
    return _add(session, made.key, check(made, given, language), language, after, member)


def reset(session: TenantSession, made: Template, *, language: str, after: int, member: UUID | None) -> MessageText:
    """Back to our text, as a version of its own."""
    return _add(session, made.key, dict.fromkeys(_TEXTS, ""), language, after, member)


def _add(
    session: TenantSession, key: str, texts: Mapping[str, str], language: str, after: int, member: UUID | None
) -> MessageText:
    newest = current(session, key, language)
    if (newest.version if newest else 0) != after:
        raise Conflict(_("Rekan Anda baru saja mengubah teks ini. Muat ulang halaman, lalu ubah lagi."))
    row = MessageText(template=key, language=language, version=after + 1, by_member=member, **texts)
    session.add(row)
    session.flush()
    audit.record(
        session,
        "message.text_changed" if texts["body"] else "message.text_reset",
        subject_kind="message_text",
        subject_id=key,
        data={"language": language, "version": row.version},
    )
    return row
