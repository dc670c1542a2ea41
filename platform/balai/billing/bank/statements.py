"""A bank's file -> lines of incoming money. Nothing is guessed and nothing left out silently: what can't be read is named."""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from balai.billing.bank.amounts import read_day, read_rupiah
from balai.errors import Invalid, TooLarge
from balai.files import tabular
from balai.web.i18n import gettext as _

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_LINES: Final = 5_000
_HEADER_WITHIN: Final = 40  # banks put name, account and period above the table
_MOST_WORDS: Final = 500
_IN: Final = {"K", "CR", "C", "KREDIT", "CREDIT", "MASUK"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a bank's file keeps what. kind: csv | mt940. Names of columns as in the file's own header.

    amount: a column with signed amounts, or with a mark in `direction` (D, K, CR, DB); else credit (and debit) columns. words:
    columns whose texts are searched for numbers, comma between names; decimal: "," "." or "" (find out).
    """

    kind: str = "csv"
    day: str = "tanggal"
    amount: str = ""
    direction: str = ""
    credit: str = "kredit"
    words: str = "keterangan"
    reference: str = ""
    decimal: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Layout":
        """From a row or a form; other keys are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: " ".join(str(v).split()) for k, v in values.items() if k in known})

    def as_dict(self) -> dict[str, Any]:
        """For the row."""
        return asdict(self)

    @property
    def columns(self) -> list[str]:
        """Headers that must be in the file, small letters."""
        words = [w.strip() for w in self.words.split(",")]
        named = [self.day, self.amount or self.credit, self.direction, self.reference, *words]
        return list(dict.fromkeys(n.lower() for n in named if n))


@dataclass(frozen=True, slots=True)
class Line:
    """Incoming money. number: line in the file; copy: the how-manieth of equal ones in it, from 0."""

    number: int
    booked_on: date
    rupiah: int
    words: str
    reference: str = ""
    copy: int = 0

    def digest(self, account: str) -> str:
        """What makes it this line and no other, whatever file it comes in: 64 hex digits."""
        words = re.sub(r"\W+", " ", self.words).strip().lower()
        text = f"{account}|{self.booked_on}|{self.rupiah}|{words}|{self.reference.lower()}|{self.copy}"
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()


@dataclass(slots=True)
class Statement:
    """What a file holds. outgoing: lines of money that left; faults: (line, what is wrong)."""

    lines: list[Line] = field(default_factory=list)
    outgoing: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def read(data: bytes, layout: Layout) -> Statement:
    """The file's lines; Invalid or TooLarge, in words for the treasurer, when it isn't such a file at all."""
    if len(data) > MOST_BYTES:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=MOST_BYTES // 1024))
    found = _read_mt940(data) if layout.kind == "mt940" else _read_csv(data, layout)
    found.lines = _count_copies(found.lines)
    if not found.lines and not found.faults:
        raise Invalid.field("berkas", _("Tidak ada uang masuk di berkas ini."))
    return found


def _count_copies(lines: Iterable[Line]) -> list[Line]:
    seen: Counter[tuple[Any, ...]] = Counter()
    counted = []
    for line in lines:
        same = (line.booked_on, line.rupiah, re.sub(r"\W+", " ", line.words).strip().lower(), line.reference.lower())
        counted.append(Line(line.number, line.booked_on, line.rupiah, line.words, line.reference, seen[same]))
        seen[same] += 1
    return counted


# --- CSV ---


def _read_csv(data: bytes, layout: Layout) -> Statement:
    rows = tabular.read_lines(data, max_bytes=MOST_BYTES, max_rows=MOST_LINES, field="berkas")
    header, rest = _header(rows, layout)
    found = Statement()
    for number, cells in rest:
        row = dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))
        line = _line(number, row, layout, found)
        if line is not None:
            found.lines.append(line)
    return found


def _header(rows: list[tuple[int, list[str]]], layout: Layout) -> tuple[list[str], list[tuple[int, list[str]]]]:
    wanted = set(layout.columns)
    for n, (_number, cells) in enumerate(rows[:_HEADER_WITHIN]):
        header = [" ".join(cell.lower().split()) for cell in cells]
        if wanted <= set(header):
            return header, rows[n + 1 :]
    seen = {" ".join(cell.lower().split()) for _n, cells in rows[:_HEADER_WITHIN] for cell in cells}
    missing = ", ".join(name for name in layout.columns if name not in seen) or ", ".join(layout.columns)
    raise Invalid.field(
        "berkas", _("Kolom %(names)s tidak ada di berkas ini. Periksa susunan kolom bank.", names=missing)
    )


def _line(number: int, row: Mapping[str, str], layout: Layout, found: Statement) -> Line | None:
    raw_day, raw = row[layout.day.lower()], row[(layout.amount or layout.credit).lower()]
    if not re.search(r"\d", raw):
        if re.search(r"\d", raw_day) and not layout.amount:
            found.outgoing += 1  # the credit column is empty: a debit
        return None
    try:
        rupiah = read_rupiah(raw, layout.decimal)
    except ValueError:
        found.faults.append((number, _("jumlah %(words)s tidak terbaca sebagai rupiah bulat", words=raw[:40])))
        return None
    if layout.amount and layout.direction:
        mark = row[layout.direction.lower()].upper().strip(". ")
        rupiah = abs(rupiah) if mark in _IN else -abs(rupiah)
    if rupiah <= 0:
        found.outgoing += rupiah < 0
        return None
    try:
        day = read_day(raw_day)
    except ValueError:
        found.faults.append((number, _("tanggal %(words)s tidak terbaca", words=raw_day[:40] or "-")))
        return None
    words = " ".join(row[name] for w in layout.words.split(",") if (name := w.strip().lower()))
    return Line(number, day, rupiah, words[:_MOST_WORDS], row.get(layout.reference.lower(), "")[:100])


# --- MT940 ---


def _read_mt940(data: bytes) -> Statement:
    import mt940

    text = tabular.decode(data, field="berkas")
    if ":61:" not in text or ":20:" not in text:
        raise Invalid.field("berkas", _("Berkas ini bukan rekening koran MT940."))
    options = mt940.Options(reversal_sign=True, case_insensitive_marks=True, unbounded_details=True, strip_bom=True)
    try:
        # As an open text: a name would be opened as a file.
        told = mt940.parse(io.StringIO(text), options=options)
    except Exception:  # noqa: BLE001 - a parser of foreign files; whatever it trips over, the file is at fault
        raise Invalid.field("berkas", _("Berkas MT940 ini tidak terbaca.")) from None
    found = Statement()
    if len(told) > MOST_LINES:
        raise TooLarge(_("Tabel ini terlalu panjang. Paling banyak %(limit)s baris.", limit=MOST_LINES))
    for number, entry in enumerate(told, start=1):
        _take_mt940(number, entry.data, found)
    return found


def _take_mt940(number: int, values: Mapping[str, Any], found: Statement) -> None:
    amount = getattr(values.get("amount"), "amount", None)
    currency = getattr(values.get("amount"), "currency", "IDR")
    if not isinstance(amount, Decimal) or currency != "IDR" or amount != amount.to_integral_value():
        found.faults.append((number, _("jumlah %(words)s tidak terbaca sebagai rupiah bulat", words=str(amount)[:40])))
        return
    if amount <= 0:
        found.outgoing += 1
        return
    day = values.get("date")
    if not isinstance(day, date):
        found.faults.append((number, _("tanggal %(words)s tidak terbaca", words="-")))
        return
    words = " ".join(
        str(values[k]).replace("\n", " ") for k in ("transaction_details", "extra_details", "purpose") if values.get(k)
    )
    reference = next(
        (r for k in ("bank_reference", "customer_reference") if (r := str(values.get(k) or "")) not in {"", "NONREF"}),
        "",
    )
    found.lines.append(
        Line(number, date(day.year, day.month, day.day), int(amount), words[:_MOST_WORDS], reference[:100])
    )
