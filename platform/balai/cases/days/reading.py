"""A list of days, as an office types or saves it, and the week's form: read, or every fault by its line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from balai.cases.workdays import parse_time
from balai.errors import FieldError, Invalid
from balai.files.tabular import decode
from balai.web.i18n import gettext as _

MOST_ROWS: Final = 400
MOST_BYTES: Final = 64 * 1024
FREE, WORKING, DROP = "libur", "kerja", "hapus"
_KINDS: Final = {
    "libur": FREE, "hari libur": FREE, "cuti bersama": FREE, "kerja": WORKING, "masuk": WORKING, "hari kerja": WORKING,
    "hapus": DROP,
}  # fmt: skip
_MONTHS: Final = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november", "desember",
)  # fmt: skip
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]+)[-/. ](\d{4})")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A day to set or (kind `hapus`) to take out. line: as the list counts, 0 for a single one."""

    day: date
    name: str
    kind: str
    line: int = 0


def parse_day(text: str) -> date:
    """2026-12-24, 24-12-2026, 24/12/2026 or 24 Desember 2026; raises ValueError."""
    told = " ".join(text.lower().split())
    found = _DAY_FIRST.fullmatch(told)
    if found is None:
        return date.fromisoformat(told)
    day, month, year = found.groups()
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    return date(int(year), number, int(day))


def read_list(raw: bytes | str, *, field: str = "daftar") -> list[Row]:
    """Rows tanggal; nama; libur|kerja (libur when left out), a heading allowed. Raises Invalid naming every faulty line."""
    text = decode(raw, field=field) if isinstance(raw, bytes) else raw
    if len(text) > MOST_BYTES:
        raise Invalid.field(field, _("Daftarnya terlalu panjang."))
    rows, faults = [], []
    for line, cells in _lines(text):
        try:
            rows.append(_row(cells, line))
        except Invalid as invalid:
            faults += [_("Baris %(line)s: %(words)s", line=line, words=e.message) for e in invalid.errors]
    if not rows and not faults:
        raise Invalid.field(field, _("Daftarnya kosong. Contoh satu baris: 2026-12-24; HUT kota; libur"))
    if len(rows) > MOST_ROWS:
        faults.append(_("Paling banyak %(most)s hari sekali jalan.", most=MOST_ROWS))
    if faults:
        raise Invalid([FieldError(field, "\n".join(faults[:20]))])
    return rows


def read_one(day: str, name: str, kind: str) -> Row:
    """The form for one day; raises Invalid by field."""
    return _row([day, name, kind], 0)


def _row(cells: list[str], line: int) -> Row:
    day, name, kind = (*cells, "", "", "")[:3]
    faults, found = [], None
    try:
        found = parse_day(day)
    except ValueError:
        faults.append(FieldError("tanggal", _("Tanggal tidak dikenal. Contoh: 2026-12-24")))
    known = _KINDS.get(" ".join(kind.lower().split()) or FREE)
    if known is None:
        faults.append(FieldError("jenis", _("Tulis libur atau kerja.")))
    title = " ".join(name.split())
    if known != DROP and not 3 <= len(title) <= _LONGEST:  # noqa: PLR2004 - a word
        faults.append(FieldError("nama", _("Tulis nama harinya, 3 sampai 80 huruf.")))
    if faults or found is None or known is None:
        raise Invalid(faults)
    return Row(found, title, known, line)


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    separator = max(";\t,", key=text.count)
    for line, cells in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1):
        told = [cell.strip() for cell in cells]
        if any(told) and not (line == 1 and told[0].lower() in {"tanggal", "hari", "date"}):
            yield line, told


def as_text(rows: Iterable[Row]) -> str:
    """The list once more, for the form that confirms it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows((row.day.isoformat(), row.name, row.kind) for row in rows)
    return out.getvalue()


def read_week(given: Mapping[str, Any]) -> dict[str, Any]:
    """The week's form ("hari.0", "buka.0", "tutup.0", Monday first) as WorkWeek keeps it; raises Invalid by field."""
    days: dict[str, Any] = {}
    faults = []
    for day in map(str, range(7)):
        opens, closes = (str(given.get(f"{name}.{day}", "")).strip() for name in ("buka", "tutup"))
        if not given.get(f"hari.{day}"):
            continue
        days[day] = None
        if opens or closes:
            try:
                start, end = parse_time(opens), parse_time(closes)
            except ValueError:
                faults.append(
                    FieldError(f"buka.{day}", _("Tulis kedua jamnya, misalnya 07.30 dan 16.00, atau kosongkan."))
                )
                continue
            if start >= end:
                faults.append(FieldError(f"buka.{day}", _("Jam tutup harus sesudah jam buka.")))
            days[day] = [f"{start:%H.%M}", f"{end:%H.%M}"]
    if not days and not faults:
        faults.append(FieldError("hari.0", _("Pilih paling sedikit satu hari kerja.")))
    if faults:
        raise Invalid(faults)
    return days
