"""A list of cases as a sheet: which columns, which cells. Rows come a batch at a time and are forgotten once written.

The inbox's own query finds the cases, so an export holds exactly what its reader may find there: never a secret case.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select

from balai import cases, keys, places
from balai.auth import Member
from balai.cases import access, catalogue, queries, units, wording
from balai.cases.exports.queries import details, restricted
from balai.cases.people import Person
from balai.cases.queries import Filters
from balai.clock import now
from balai.contracts import Field, Service
from balai.db import TenantSession
from balai.errors import Forbidden, NotFound
from balai.web.i18n import gettext as _

# XLSX ends at 1,048,576 rows; whoever has more exports them by year.
MOST_ROWS: Final = 1_000_000
_BATCH: Final = 500
_FILES: Final = frozenset({"file", "photo", "voice", "place", "region", "consent"})
Kind = Literal["text", "time", "number"]
Cell = str | datetime | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column and what its cells are; times are aware, writers put them into the region's zone."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and its rows, which can be read once."""

    columns: tuple[Column, ...]
    rows: Iterator[list[Cell]]


def sheet(session: TenantSession, person: Person, filters: Filters, *, personal: bool = False) -> Sheet:
    """The cases that `person` finds in the inbox with these filters, newest first.

    personal: with name, phone, e-mail and personal answers, which needs cases.reveal (Forbidden otherwise). They stay empty
    where `person` doesn't handle the case, and where the reporter is anonymous or asked that their data isn't used for now.
    Answers of the form have columns once the filter names one service.
    """
    if personal and not person.may("cases.reveal"):
        raise Forbidden(_("Anda tidak punya hak melihat data pelapor."))
    asked = _asked(session, filters)
    shown = tuple(f for f in asked if personal or f.personal is None)
    names = _Names(session)
    columns = (*_columns(), *(_contact() if personal else ()), *(_answer_column(f) for f in shown))
    return Sheet(columns, _rows(session, person, filters, shown, names, personal=personal))


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Kode")), Column(_("Layanan")), Column(_("Isi")), Column(_("Keadaan")), Column(_("Hasil")), Column(_("Unit")),
        Column(_("Petugas")), Column(_("Kode wilayah")), Column(_("Wilayah")), Column(_("Patokan")), Column(_("Jalur")),
        Column(_("Dibantu petugas")), Column(_("Rahasia")), Column(_("Uji coba")), Column(_("Masuk"), "time"),
        Column(_("Batas waktu"), "time"), Column(_("Lewat waktu"), "time"), Column(_("Selesai"), "time"),
        Column(_("Nilai"), "number"),
    )  # fmt: skip


def _contact() -> tuple[Column, ...]:
    return (Column(_("Nama pelapor")), Column(_("Nomor telepon")), Column(_("Email")))


def _answer_column(field: Field) -> Column:
    return Column(field.label, "number" if field.type in {"number", "money"} else "text")


def _asked(session: TenantSession, filters: Filters) -> tuple[Field, ...]:
    """Questions whose answers get a column; files, places and consents are told by other columns or not at all."""
    if not filters.service_id:
        return ()
    try:
        service = wording.localise(cases.service(session, filters.service_id))
    except NotFound:
        return ()
    return tuple(f for f in service.fields if f.type not in _FILES)


class _Names:
    """Names that stand in many rows, read once."""

    def __init__(self, session: TenantSession) -> None:
        self.units = {u.id: u.name for u in units.all_units(session, active=False)}
        self.members = {row.id: row.name for row in session.execute(select(Member.id, Member.name))}
        self.districts = {a.code: a.name for a in places.districts(session)}
        self.channels = channels()
        self.outcomes = outcomes()
        self._rules: dict[tuple[str, int], Service] = {}

    def rules(self, session: TenantSession, service_id: str, version: int) -> Service:
        key = (service_id, version)
        if key not in self._rules:
            self._rules[key] = wording.localise(catalogue.rules_of(session, service_id, version))
        return self._rules[key]


def channels() -> dict[str, str]:
    """Ways by which a case came in, in words."""
    return {
        "web": _("situs web"), "api": _("aplikasi lain"), "open311": "Open311", "lapor": "SP4N-LAPOR!", "counter": _("loket"),
        "phone": _("telepon"), "letter": _("surat"), "whatsapp": "WhatsApp",
    }  # fmt: skip


def outcomes() -> dict[str, str]:
    """How a case ended, in words."""
    return {
        "done": _("selesai"), "not_possible": _("belum bisa diselesaikan"), "referred": _("diteruskan ke pihak lain"),
        "withdrawn": _("ditarik pelapor"), "lapsed": _("tidak dilanjutkan pelapor"), "merged": _("digabung"),
    }  # fmt: skip


def _rows(
    session: TenantSession, person: Person, filters: Filters, asked: tuple[Field, ...], names: _Names, *, personal: bool
) -> Iterator[list[Cell]]:
    before: UUID | None = None
    written = 0
    while written < MOST_ROWS:
        found = queries.inbox(session, person, filters, before=before, limit=_BATCH)
        if not found:
            return
        before = found[-1].id
        more = details(session, [row.id for row in found], personal=personal) if asked or personal else {}
        opener = _Opener(session, person, restricted(session, [row.id for row in found])) if personal else None
        for row in found:
            yield _cells(session, row, more.get(row.id), asked, names, opener)
        written += len(found)
        # Between two batches nothing is held: a slow reader keeps neither a transaction nor a connection.
        session.rollback()
    yield [stopped()]


def stopped() -> str:
    """The last row of a file that could not hold everything."""
    return _("Berkas ini tidak memuat semuanya. Persempit saringannya, lalu unduh lagi.")


def _cells(
    session: TenantSession, row: Any, more: Any, asked: tuple[Field, ...], names: _Names, opener: "_Opener | None"
) -> list[Cell]:
    rules = names.rules(session, row.service_id, row.service_version)
    cells: list[Cell] = [
        row.code, rules.title, row.summary, wording.state_label(rules, row.state), names.outcomes.get(row.outcome, ""),
        names.units.get(row.unit_id, ""), names.members.get(row.assignee_id, ""), row.region,
        names.districts.get(row.region[:8], ""), row.landmark, names.channels.get(row.channel, row.channel),
        _yes(row.assisted), _yes(row.visibility != "public"), _yes(row.is_test), row.filed_at, row.due_at, row.overdue_at,
        row.closed_at, row.rating,
    ]  # fmt: skip
    answers: Mapping[str, Any] = more.data if more is not None else {}
    if opener is not None:
        cells += opener.contact(row, more)
        answers = {**answers, **opener.answers(row, more)}
    return cells + [_answer(field, answers.get(field.key)) for field in asked]


def _yes(value: object) -> str:
    return _("ya") if value else _("tidak")


def _answer(field: Field, value: Any) -> Cell:
    if value in (None, ""):
        return ""
    if field.type in {"number", "money"} and isinstance(value, int | float):
        return value
    # A date stays as it is written in the database: sheets sort it, people read it.
    return str(value) if field.type == "date" else wording.answer_text(field, value)


class _Opener:
    """Opens the sealed columns of those cases of a batch whose people may be shown to this member."""

    def __init__(self, session: TenantSession, person: Person, closed: frozenset[UUID]) -> None:
        self._session, self._person, self._closed = session, person, closed

    def _may_open(self, row: Any) -> bool:
        # An anonymous reporter's contact is for messages alone.
        return row.anonymity != "anonymous" and row.id not in self._closed and access.handles(self._person, row)

    def contact(self, row: Any, more: Any) -> list[Cell]:
        """Name, phone, e-mail."""
        if more is None or not self._may_open(row):
            return ["", "", ""]
        return [self._open(more, name) for name in ("contact_name", "contact_phone", "contact_email")]

    def answers(self, row: Any, more: Any) -> dict[str, Any]:
        """Personal answers of the form by key."""
        if more is None or more.personal is None or not self._may_open(row):
            return {}
        found: dict[str, Any] = msgspec.json.decode(self._open(more, "personal"))
        return found

    def _open(self, more: Any, column: str) -> str:
        sealed = getattr(more, column)
        return keys.decrypt(self._session, sealed, table="cases", column=column, row_id=more.id) if sealed else ""


def write(made: Sheet, kind: str) -> Iterator[bytes]:
    """The sheet as a file in pieces: each from the first batch of rows on."""
    from balai.cases.exports import writers

    writer: Callable[[Sheet, datetime], Iterator[bytes]] = {"csv": writers.csv_file, "xlsx": writers.xlsx_file}[kind]
    return writer(made, now())
