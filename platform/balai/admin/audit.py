"""`/kelola/audit`: who did what in this region, page by page, with the state of the seals; also as CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from balai import audit
from balai.audit import queries
from balai.audit.seals import OVERDUE
from balai.db import TenantSession, new_id
from balai.web.i18n import lazy_gettext as _l

# What the filter offers: prefix of the action -> words. A plugin's own acts are offered under its title besides.
AREAS: Final[dict[str, Any]] = {
    "member.": _l("Petugas"),
    "plugin.": _l("Layanan daerah"),
    "profile.": _l("Tampilan daerah"),
    "case.": _l("Laporan"),
    "service.": _l("Aturan layanan"),
    "unit.": _l("Unit"),
    "grant.": _l("Izin pengelola"),
    "operator.": _l("Pengelola Balai"),
    "export.": _l("Unduhan data"),
    "file.": _l("Berkas"),
    "privacy.": _l("Data pribadi"),
    "key.": _l("Kunci data"),
    "tenant.": _l("Daerah"),
    "job.": _l("Pekerjaan"),
    "audit.": _l("Catatan ini"),
    "auth.": _l("Masuk dan keluar"),
}
ACTOR_KINDS: Final[dict[str, Any]] = {
    "staff": _l("Petugas"),
    "citizen": _l("Warga"),
    "operator": _l("Pengelola Balai"),
    "system": _l("Sistem"),
    "job": _l("Pekerjaan otomatis"),
    "cli": _l("Baris perintah"),
}
PAGE: Final = 40
MOST_CSV: Final = 20_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for: area (a key of AREAS or `<plugin>.`), actor (sub), first and last day in the region's zone."""

    area: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None
    before: str = ""

    @classmethod
    def of(cls, args: "MultiDict[str, str]") -> "Filter":
        """From a page's query; what can't be read counts as not asked."""
        area = _plain(args.get("bagian", ""))
        return cls(
            area=area if area.endswith(".") else "",
            actor=_plain(args.get("orang", "")),
            since=_day(args.get("dari")),
            until=_day(args.get("sampai")),
            before=args.get("sebelum", ""),
        )

    def query(self, **more: str) -> dict[str, str]:
        """As query parameters again."""
        asked = {
            "bagian": self.area, "orang": self.actor,
            "dari": self.since.isoformat() if self.since else "", "sampai": self.until.isoformat() if self.until else "",
        }  # fmt: skip
        return {key: value for key, value in (asked | more).items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the mark of the next page (empty on the last)."""

    entries: Sequence[audit.AuditEntry]
    following: str


@dataclass(frozen=True, slots=True)
class Seals:
    """State of the seals: number and hash of the newest, its time, entries that wait for theirs and those overdue."""

    number: int
    head: str
    sealed_at: datetime | None
    waiting: int
    overdue: int


def page(session: TenantSession, asked: Filter, zone: ZoneInfo) -> Page:
    """One page of the record."""
    rows = _entries(session, asked, zone, before=_mark(asked.before), limit=PAGE + 1)
    shown = rows[:PAGE]
    return Page(shown, _mark_of(shown[-1]) if len(rows) > PAGE else "")


def seals(session: TenantSession) -> Seals:
    """How far the record is sealed."""
    last = queries.last_seal(session)
    overdue_before = UUID(int=max((new_id().int >> 80) - OVERDUE // timedelta(milliseconds=1), 0) << 80)
    waiting, overdue = queries.count_unsealed(session, overdue_before)
    if last is None:
        return Seals(0, "", None, waiting, overdue)
    return Seals(last.seq, last.hash, last.sealed_at, waiting, overdue)


def as_csv(session: TenantSession, asked: Filter, zone: ZoneInfo, names: Mapping[str, str]) -> Iterator[str]:
    """The filtered record as CSV text, newest first, at most MOST_CSV rows; times in the region's zone."""
    yield _line(("waktu", "jenis pelaku", "pelaku", "tindakan", "jenis objek", "objek", "rincian"))
    before, left = None, MOST_CSV
    while left > 0:
        rows = _entries(session, asked, zone, before=before, limit=min(500, left))
        for row in rows:
            yield _line(
                (
                    row.at.astimezone(zone).isoformat(timespec="seconds"), row.actor_kind,
                    names.get(row.actor or "", row.actor or ""), row.action, row.subject_kind or "", row.subject_id or "",
                    json.dumps(row.data, ensure_ascii=False, sort_keys=True) if row.data else "",
                )
            )  # fmt: skip
        if not rows:
            return
        before, left = (rows[-1].at, rows[-1].id), left - len(rows)
        session.expunge_all()


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula (decision 39)."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _entries(
    session: TenantSession, asked: Filter, zone: ZoneInfo, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[audit.AuditEntry]:
    return audit.entries(
        session,
        action=asked.area or None,
        actor=asked.actor or None,
        since=datetime.combine(asked.since, time.min, zone) if asked.since else None,
        until=datetime.combine(asked.until + timedelta(days=1), time.min, zone) if asked.until else None,
        before=before,
        limit=limit,
    )


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def _mark_of(entry: audit.AuditEntry) -> str:
    return f"{entry.at.isoformat()}_{entry.id.hex}"


def _mark(value: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = value.partition("_")
    try:
        moment, number = datetime.fromisoformat(at), UUID(hex=entry_id)
    except ValueError:
        return None
    return (moment, number) if moment.tzinfo else None


def _plain(value: str) -> str:
    return value.replace("\x00", "")[:80]


def _day(value: str | None) -> date | None:
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2999 else None  # noqa: PLR2004 - further away no calendar arithmetic holds
