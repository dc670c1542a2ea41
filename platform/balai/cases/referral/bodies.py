"""The region's list of other bodies (*instansi lain*): who is competent for what, and how a citizen gets there."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from balai import audit
from balai.cases.catalogue import level, tenant_of
from balai.cases.models import Case, OtherBody
from balai.cases.people import Person
from balai.cases.referral import starters
from balai.cases.values import ValueFault, clean_text, email
from balai.clock import now
from balai.db import TenantSession
from balai.errors import FieldError, Forbidden, Invalid, NotFound
from balai.files import tabular
from balai.web.i18n import gettext as _

# Column of a CSV file -> attribute; the same names stand on the page.
COLUMNS: Final = {
    "nama": "name", "untuk": "purpose", "telepon": "phone", "alamat": "address", "situs": "url", "email": "email",
    "topik": "topics",
}  # fmt: skip
_MOST: Final = {"name": 120, "purpose": 300, "phone": 60, "address": 300, "url": 300, "email": 254}
_LABELS: Final = {"phone": "telepon", "address": "alamat", "url": "situs", "email": "email"}
_MOST_ROWS: Final = 500
_MOST_TOPICS: Final = 20
_PHONE = re.compile(r"[0-9+()\-/ .,ext]{3,60}", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']{3,290}")
_WORD = re.compile(r"[^\W\d_]{3,}")


def all_bodies(session: TenantSession, *, retired: bool = False) -> list[OtherBody]:
    """The list by name. retired: also those that are no longer offered."""
    query = select(OtherBody).order_by(func.lower(OtherBody.name))
    return list(session.scalars(query if retired else query.where(OtherBody.retired_at.is_(None))))


def body(session: TenantSession, body_id: UUID) -> OtherBody:
    """One entry; NotFound when there is none."""
    found = session.get(OtherBody, (session.tenant_id, body_id))
    if found is None:
        raise NotFound
    return found


def offered(session: TenantSession, case: Case) -> list[OtherBody]:
    """Entries that a case can be sent to: those that a citizen can reach, the likeliest for its words first."""
    words = {w.lower() for w in _WORD.findall(f"{case.summary} {' '.join(map(str, case.data.values()))}")}

    def likely(entry: OtherBody) -> int:
        named = {w.lower() for topic in entry.topics for w in _WORD.findall(str(topic))}
        return -len(named & words)

    found = [entry for entry in all_bodies(session) if entry.is_reachable]
    return sorted(found, key=lambda entry: (likely(entry), entry.name.lower()))


def contact_line(entry: OtherBody) -> str:
    """Name and contact in one text, as the reporter reads it on the tracking page and in the message."""
    lines = [entry.name] + [
        f"{label}: {value}"
        for label, value in (
            (_("Telepon"), entry.phone), (_("Alamat"), entry.address), (_("Situs"), entry.url), ("Email", entry.email)
        )
        if value
    ]  # fmt: skip
    return "\n".join(lines)


def require_manager(person: Person) -> None:
    """The list is kept by whoever arranges services and units."""
    if not (person.may("services.draw") or person.may("members.manage")):
        raise Forbidden(_("Mengubah daftar instansi lain adalah hak penyusun layanan atau admin."))


def save(session: TenantSession, person: Person, given: Mapping[str, Any], *, body_id: UUID | None = None) -> OtherBody:
    """Add or change an entry. Raises Invalid naming every fault at once, a name that is taken among them."""
    require_manager(person)
    entry = body(session, body_id) if body_id else OtherBody()
    values, faults = _checked(given)
    taken = session.scalars(select(OtherBody).where(func.lower(OtherBody.name) == values["name"].lower())).first()
    if taken is not None and taken.id != entry.id:
        faults.append(FieldError("name", _("Nama ini sudah ada di daftar.")))
    if faults:
        raise Invalid(faults)
    _write(session, entry, values)
    action = "body.changed" if body_id else "body.added"
    audit.record(session, action, subject_kind="body", subject_id=entry.id, data={"name": entry.name})
    return entry


def retire(session: TenantSession, person: Person, body_id: UUID, *, back: bool = False) -> OtherBody:
    """Offer an entry no longer, or again (back). Cases that name it keep what their reporters were told."""
    require_manager(person)
    entry = body(session, body_id)
    if (entry.retired_at is None) == back:
        return entry
    entry.retired_at = None if back else now()
    action = "body.restored" if back else "body.retired"
    audit.record(session, action, subject_kind="body", subject_id=entry.id, data={"name": entry.name})
    session.flush()
    return entry


def add_starters(session: TenantSession, person: Person) -> int:
    """Add the usual bodies that aren't on the list yet, without numbers or addresses that nobody checked; how many."""
    require_manager(person)
    known = {entry.name.lower() for entry in all_bodies(session, retired=True)}
    added = 0
    for values in starters.bodies(level(tenant_of(session))):
        if values["name"].lower() not in known:
            _write(session, OtherBody(), {"phone": "", "address": "", "email": "", **values})
            added += 1
    audit.record(session, "body.imported", data={"added": added, "changed": 0, "from": "starters"})
    return added


def import_csv(session: TenantSession, person: Person, data: bytes) -> tuple[int, int]:
    """Take in a CSV file, all of it or nothing: (added, changed). Rows are matched by name; an empty cell keeps what is there."""
    require_manager(person)
    table = tabular.read_csv(data, required=("nama",), max_rows=_MOST_ROWS, max_bytes=1024 * 1024)
    unknown = [column for column in table.header if column not in COLUMNS]
    if unknown:
        known = ", ".join(COLUMNS)
        raise Invalid.field(
            "file", _("Kolom “%(column)s” tidak dikenal. Yang bisa: %(known)s", column=unknown[0], known=known)
        )
    entries = {entry.name.lower(): entry for entry in all_bodies(session, retired=True)}
    faults: list[FieldError] = []
    rows: list[tuple[OtherBody, dict[str, Any]]] = []
    seen: set[str] = set()
    for number, cells in table.rows:
        name = " ".join(cells.get("nama", "").split()).lower()
        entry = entries.get(name) or OtherBody()
        given = _as_given(entry) | {COLUMNS[c]: text for c, text in cells.items() if text}
        values, wrong = _checked(given)
        if name in seen:
            wrong.append(FieldError("name", _("Nama ini sudah ada di daftar.")))
        seen.add(name)
        faults += [FieldError("file", f"{_('Baris %(line)s', line=number)}: {fault.message}") for fault in wrong]
        rows.append((entry, values))
    if faults:
        raise Invalid(faults[:20])
    added = sum(entry.id is None for entry, _values in rows)
    for entry, values in rows:
        entry.retired_at = None
        _write(session, entry, values)
    audit.record(session, "body.imported", data={"added": added, "changed": len(rows) - added, "from": "csv"})
    return added, len(rows) - added


def _as_given(entry: OtherBody) -> dict[str, Any]:
    if not entry.name:  # one that is about to be made
        return {}
    return {name: getattr(entry, name) for name in _MOST} | {"topics": ", ".join(map(str, entry.topics))}


def _write(session: TenantSession, entry: OtherBody, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(entry, name, value)
    session.add(entry)
    session.flush()


def _checked(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    faults: list[FieldError] = []
    values: dict[str, Any] = {}
    for name, most in _MOST.items():
        try:
            least = 3 if name in {"name", "purpose"} else 0
            values[name] = " ".join(clean_text(str(given.get(name) or ""), least=least, most=most).split())
        except ValueFault as fault:
            values[name] = ""
            faults.append(FieldError(name, str(fault)))
    if values["phone"] and not _PHONE.fullmatch(values["phone"]):
        faults.append(FieldError("phone", _("Tulis nomor teleponnya dengan angka.")))
    if values["url"] and not _URL.fullmatch(values["url"]):
        faults.append(FieldError("url", _("Tulis alamat situs lengkap, dimulai dengan https://")))
    if values["email"]:
        try:
            values["email"] = email(values["email"])
        except ValueFault as fault:
            faults.append(FieldError("email", str(fault)))
    if not any(values[name] for name in _LABELS):
        faults.append(FieldError("phone", _("Isi paling sedikit satu: telepon, alamat, situs, atau email.")))
    values["topics"] = _topics(str(given.get("topics") or ""))
    return values, faults


def _topics(text: str) -> Sequence[str]:
    found = [" ".join(part.split())[:40] for part in re.split(r"[,;\n]", text)]
    return list(dict.fromkeys(part.lower() for part in found if part))[:_MOST_TOPICS]
