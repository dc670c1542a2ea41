"""The ledger as CSV for the regional finance system: which columns, under which headings, with its own account codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from balai.billing import settings
from balai.billing.queries import journal
from balai.billing.queries.journal import JournalRow
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.files.tabular import write_csv
from balai.web.i18n import gettext as _

DELIMITERS: Final = (";", ",", "|")
MOST_DAYS: Final = 366
LONGEST: Final = 80
# What a column may hold; the words stand on the page that explains them.
CELLS: Final = (
    "tanggal",
    "transaksi",
    "baris",
    "kejadian",
    "akun",
    "kode",
    "nama_akun",
    "debit",
    "kredit",
    "rujukan",
    "keterangan",
)
DEFAULT: Final = (
    ("tanggal", "Tanggal"), ("transaksi", "Nomor transaksi"), ("kode", "Kode akun"), ("nama_akun", "Nama akun"),
    ("debit", "Debit"), ("kredit", "Kredit"), ("rujukan", "Rujukan"), ("keterangan", "Keterangan"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """columns: (what, heading) in order; codes: our account -> the finance system's code; delimiter between cells."""

    columns: tuple[tuple[str, str], ...] = DEFAULT
    codes: tuple[tuple[str, str], ...] = ()
    delimiter: str = ";"

    def as_text(self) -> dict[str, str]:
        """As it is edited: one column or code a line."""
        return {
            "columns": "\n".join(f"{what}: {heading}" for what, heading in self.columns),
            "codes": "\n".join(f"{account}: {code}" for account, code in self.codes),
            "delimiter": self.delimiter,
        }


def layout(session: TenantSession) -> Layout:
    """The region's layout, or the usual one."""
    kept = settings.get(session, settings.EXPORT)
    if not kept:
        return Layout()
    columns, codes = ([(a, b) for a, b in kept[name]] for name in ("columns", "codes"))
    return Layout(tuple(columns), tuple(codes), kept["delimiter"])


def save_layout(session: TenantSession, *, columns: str, codes: str, delimiter: str) -> Layout:
    """Keep a layout as it was typed. Raises Invalid, naming the line that can't be read."""
    errors: list[FieldError] = []
    read = _pairs(columns, "columns", errors)
    coded = _pairs(codes, "codes", errors)
    for what, _heading in read:
        if what not in CELLS:
            errors.append(FieldError("columns", _("Tidak ada isi bernama %(name)s.", name=what)))
    if not read:
        errors.append(FieldError("columns", _("Tulis paling sedikit satu kolom.")))
    if delimiter not in DELIMITERS:
        errors.append(FieldError("delimiter", _("Pilih salah satu.")))
    if errors:
        raise Invalid(errors)
    made = Layout(tuple(read), tuple(coded), delimiter)
    settings.put(session, settings.EXPORT, {"columns": made.columns, "codes": made.codes, "delimiter": made.delimiter})
    return made


def check_span(since: date, until: date) -> None:
    """Raises Invalid when the days are the wrong way round, or more than a year."""
    if since > until:
        raise Invalid.field("sampai", _("Tanggal akhir lebih awal daripada tanggal mulai."))
    if (until - since).days > MOST_DAYS:
        raise Invalid.field("sampai", _("Paling lama satu tahun sekali unduh."))


def lines(session: TenantSession, made: Layout, since: date, until: date) -> Iterator[str]:
    """The file in pieces; the last one is whole."""
    codes = dict(made.codes)
    rows = (
        [_cell(row, what, codes) for what, _heading in made.columns] for row in journal.journal(session, since, until)
    )
    return write_csv([heading for _what, heading in made.columns], rows, delimiter=made.delimiter)


def _cell(row: JournalRow, what: str, codes: dict[str, str]) -> Any:  # noqa: C901, PLR0911 - one line for each column
    match what:
        case "tanggal":
            return row.booked_on.isoformat()
        case "transaksi":
            return str(row.transaction_id)
        case "baris":
            return row.seq
        case "kejadian":
            return row.act
        case "akun":
            return row.account
        case "kode":
            return codes.get(row.account, row.account)
        case "nama_akun":
            return row.label
        case "debit":
            return max(row.amount, 0)
        case "kredit":
            return max(-row.amount, 0)
        case "rujukan":
            return row.reference
        case _:
            return row.reason


def _pairs(text: str, field: str, errors: list[FieldError]) -> list[tuple[str, str]]:
    found = []
    for line in text.splitlines()[:100]:
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not name or not value or len(value) > LONGEST or len(name) > LONGEST:
            errors.append(FieldError(field, _("Baris ini tidak terbaca: %(line)s", line=line.strip()[:60])))
            continue
        found.append((name, value))
    return found
