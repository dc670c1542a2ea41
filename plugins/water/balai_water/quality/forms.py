"""Sheets of a laboratory from a form or a file: one row per sample, one column per parameter."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import FieldError, Invalid, TenantSession, gettext
from balai.api import lazy_gettext as _l
from balai_water import cells, sheets
from balai_water.quality import services
from balai_water.quality.parameters import PARAMETERS
from balai_water.quality.results import Result, read_result
from balai_water.quality.services import LONGEST, Sheet
from balai_water.register.models import Zone

MOST_ROWS: Final = 5000
# What laboratories call them, whatever language the page is in.
_ALSO: Final[dict[str, tuple[str, ...]]] = {
    "ecoli": ("e coli", "bakteri e coli", "escherichia coli"),
    "coliform": ("koliform", "total koliform", "total coliform", "bakteri koliform"),
    "chlorine": ("sisa klor", "sisa khlor", "klor bebas"),
    "turbidity": ("kekeruhan",),
    "colour": ("warna",),
    "tds": ("zat terlarut", "total dissolved solid", "zat padat terlarut"),
    "ph": ("derajat keasaman", "keasaman"),
    "nitrate": ("nitrat", "no3"),
    "nitrite": ("nitrit", "no2"),
    "arsenic": ("arsen", "as"),
    "cadmium": ("kadmium", "cd"),
    "lead": ("timbal", "pb"),
    "chromium6": ("kromium valensi 6", "krom heksavalen", "cr6"),
    "mercury": ("air raksa", "merkuri", "hg"),
    "cyanide": ("sianida", "cn"),
    "selenium": ("se",),
    "fluoride": ("fluorida", "f"),
    "aluminium": ("al",),
    "iron": ("besi", "fe"),
    "manganese": ("mangan", "mn"),
    "chloride": ("klorida", "cl"),
    "sulphate": ("sulfat", "so4"),
    "hardness": ("kesadahan", "kesadahan total"),
}
COLUMNS: Final = (
    sheets.Column("zona", _l("Zona"), "code", also=("kode zona",)),
    sheets.Column("tanggal", _l("Tanggal diambil"), "day"),
    sheets.Column("titik", _l("Titik pengambilan"), most=LONGEST),
    sheets.Column("laboratorium", _l("Laboratorium"), also=("lab",), most=LONGEST),
    sheets.Column("nomor", _l("Nomor hasil uji"), required=False, most=LONGEST),
    sheets.Column("uji_ulang", _l("Uji ulang"), "yes", required=False),
    *(sheets.Column(p.key, p.label, required=False, also=_ALSO[p.key], most=40) for p in PARAMETERS.values()),
)
_FIELDS: Final = {
    "zone_id": "zona", "taken_on": "tanggal", "point": "titik", "lab": "laboratorium", "report_number": "nomor",
    "again": "uji_ulang",
}  # fmt: skip


def read_form(given: Mapping[str, str]) -> Sheet:
    """A sheet from the page; Invalid with every field that can't be read, called as the form calls them."""
    faults: list[FieldError] = []
    taken_on = date.max
    try:
        taken_on = cells.read_day(given.get("tanggal", ""))
    except cells.CellError as fault:
        faults.append(FieldError("tanggal", str(fault)))
    zone_id = _uuid(given.get("zona", ""))
    if zone_id is None:
        faults.append(FieldError("zona", gettext("Pilih zonanya.")))
    words = {}
    for column in COLUMNS[2:5]:
        try:
            words[column.key] = cells.reader(column)(given.get(column.key, "").strip())
        except cells.CellError as fault:
            faults.append(FieldError(column.key, str(fault)))
    results, wrong = read_results({key: given.get(key, "") for key in PARAMETERS})
    faults += [FieldError(key, message) for key, message in wrong]
    if faults or zone_id is None:
        raise Invalid(faults)
    return Sheet(
        zone_id,
        taken_on,
        words["titik"],
        words["laboratorium"],
        results,
        words["nomor"],
        given.get("uji_ulang") == "ya",
    )


def read_results(given: Mapping[str, str]) -> tuple[dict[str, Result], list[tuple[str, str]]]:
    """(results by parameter, faults): what stands empty wasn't measured."""
    results: dict[str, Result] = {}
    faults = []
    for key, text in given.items():
        if not text.strip():
            continue
        try:
            results[key] = read_result(PARAMETERS[key], text)
        except cells.CellError as fault:
            faults.append((key, str(fault)))
    return results, faults


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def in_form(invalid: Invalid) -> Invalid:
    """Faults of the service, called as the form calls its fields."""
    first = next(iter(PARAMETERS))
    names = _FIELDS | {"results": first}
    return Invalid([FieldError(names.get(fault.field, fault.field), fault.message) for fault in invalid.errors])


def take_file(session: TenantSession, data: bytes, *, by: UUID | None) -> int:
    """Take in a CSV or XLSX, oldest sample first; how many. Invalid, naming line and field, when not every line is good."""
    reading = sheets.read(data, COLUMNS, max_rows=MOST_ROWS)
    zones = {zone.key: zone.id for zone in session.scalars(select(Zone).where(Zone.active))}
    reading.look_up("zona", sheets.Codes(zones), "zone_id")
    reading.unique("zona", "tanggal", "titik", "nomor")
    reading.check(_measured)
    reading.refuse()
    for row in sorted(reading.rows, key=lambda row: (row.values["tanggal"], row.line)):
        values = row.values
        sheet = Sheet(
            values["zone_id"], values["tanggal"], values["titik"], values["laboratorium"], values["results"], values["nomor"],
            bool(values["uji_ulang"]),
        )  # fmt: skip
        try:
            services.add(session, sheet, by=by)
        except Invalid as invalid:
            faults = [sheets.Fault(row.line, _FIELDS.get(f.field, ""), f.message) for f in invalid.errors]
            reading.faults += faults
            reading.refuse()
    return len(reading.rows)


def _measured(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    values["results"], faults = read_results({key: values[key] or "" for key in PARAMETERS})
    if not values["results"] and not faults:
        return [("", gettext("Isi paling sedikit satu hasil."))]
    return faults
