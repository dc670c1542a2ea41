"""The figures of a month in forms and files: one list of fields for the table of all zones, one zone's page, and CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from balai.api import FieldError, Invalid, TenantSession
from balai.api import lazy_gettext as _l
from balai_water import cells, sheets
from balai_water.losses.models import SupplyMonth
from balai_water.losses.services import FIGURES, LITRES, VOLUMES, Entry, zones

MOST_ROWS: Final = 5000
MOST_SOURCE: Final = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """One figure. key: its name in forms; name: attribute of SupplyMonth; kind: as in `cells`; short: also in the table."""

    key: str
    name: str
    kind: str
    label: Any
    unit: Any = ""
    hint: Any = ""
    short: bool = False


FIELDS: Final = (
    Entered(
        "masuk",
        "input_litres",
        "number",
        _l("Air masuk"),
        "m3",
        _l("Yang dialirkan ke zona ini selama sebulan."),
        short=True,
    ),
    Entered(
        "meter_induk",
        "input_metered",
        "yes",
        _l("Dari meter induk"),
        hint=_l("Ya bila diukur, tidak bila dikira-kira."),
        short=True,
    ),
    Entered(
        "jam_per_hari",
        "hours_per_day",
        "decimal",
        _l("Jam mengalir per hari"),
        "",
        _l("Rata-rata sebulan, 0 sampai 24."),
        short=True,
    ),
    Entered(
        "resmi_bermeter",
        "unbilled_metered_litres",
        "number",
        _l("Gratis, bermeter"),
        "m3",
        _l("Misalnya kantor sendiri dan rumah ibadah yang dibebaskan."),
        short=True,
    ),
    Entered(
        "resmi_tanpa_meter",
        "unbilled_unmetered_litres",
        "number",
        _l("Gratis, tanpa meter"),
        "m3",
        _l("Misalnya pemadam kebakaran dan pencucian pipa."),
        short=True,
    ),
    Entered(
        "rekening_tanpa_meter",
        "billed_unmetered_litres",
        "number",
        _l("Berekening tanpa meter"),
        "m3",
        _l("Misalnya truk air dan hidran umum yang ditagih rata."),
    ),
    Entered(
        "rekening_lain",
        "billed_metered_litres",
        "number",
        _l("Berekening bermeter menurut catatan lain"),
        "m3",
        _l("Kosongkan bila tagihan atau catatan meter ada di sini: angkanya diambil dari sana."),
    ),
    Entered("tidak_sah", "theft_litres", "number", _l("Perkiraan pemakaian tidak sah"), "m3"),
    Entered("galat_meter", "meter_error_litres", "number", _l("Perkiraan meter pelanggan yang kurang mencatat"), "m3"),
    Entered("pipa_km", "mains_km", "decimal", _l("Panjang pipa induk dan distribusi"), "km"),
    Entered("pipa_dinas_km", "pipe_km", "decimal", _l("Panjang pipa dari jalan ke meter"), "km"),
    Entered(
        "tekanan_m", "pressure_m", "decimal", _l("Tekanan rata-rata"), "m", _l("Dalam meter kolom air; 1 bar = 10 m.")
    ),
    Entered(
        "sumber", "source", "text", _l("Sumber angka"), hint=_l("Misalnya: laporan produksi instalasi pengolahan.")
    ),
)
SHORT: Final = tuple(field for field in FIELDS if field.short)
COLUMNS: Final = (
    sheets.Column("zona", _l("Zona"), "code", also=("kode zona",), hint=_l("Kode zona")),
    sheets.Column("bulan", _l("Bulan"), "month", hint="2026-07"),
    *(
        sheets.Column(f.key, f.label, f.kind, required=False, most=MOST_SOURCE, greatest=10**9, hint=f.hint or f.unit)
        for f in FIELDS
    ),
)
LABELS: Final = {field.name: field.label for field in FIELDS}
_BY_NAME: Final = {field.name: field for field in FIELDS}


def read_entry(
    given: Mapping[str, str], fields: tuple[Entered, ...], zone_id: UUID, month: date, at: str = ""
) -> tuple[Entry, list[FieldError]]:
    """What a form says of one zone. Fields are called `<at><key>`; faults are too."""
    values: dict[str, Any] = {}
    faults = []
    for field in fields:
        text = " ".join(given.get(f"{at}{field.key}", "").split())
        try:
            values[field.name] = _value(field, text)
        except cells.CellError as fault:
            faults.append(FieldError(f"{at}{field.key}", str(fault)))
    return Entry(zone_id, month, values, at), faults


def _value(field: Entered, text: str) -> Any:
    if field.kind == "yes":
        return text == "ya"
    column = sheets.Column(field.key, field.label, field.kind, required=False, most=MOST_SOURCE, greatest=10**9)
    return _stored(field, cells.reader(column)(text))


def _stored(field: Entered, value: Any) -> Any:
    """m3 -> litres, Decimal -> float."""
    if value is None:
        return False if field.kind == "yes" else None
    if field.name in VOLUMES:
        return int(value) * LITRES
    return float(value) if field.name in (*FIGURES, "hours_per_day") else value


def shown(row: SupplyMonth | None, fields: tuple[Entered, ...], at: str = "") -> dict[str, Any]:
    """A row as the form shows it: litres as m3, decimals with a comma."""
    found: dict[str, Any] = {}
    for field in fields:
        value = getattr(row, field.name) if row is not None else None
        if field.kind == "yes":
            found[f"{at}{field.key}"] = "ya" if value else ""
        elif field.name in VOLUMES and value is not None:
            found[f"{at}{field.key}"] = str(value // LITRES)
        elif isinstance(value, float):
            found[f"{at}{field.key}"] = f"{value:g}".replace(".", ",")
        else:
            found[f"{at}{field.key}"] = value
    return found


def in_form(invalid: Invalid) -> Invalid:
    """Faults of a service, named as the form calls its fields: `<at>input_litres` -> `<at>masuk`."""
    renamed = []
    for fault in invalid.errors:
        name = next((n for n in _BY_NAME if fault.field.endswith(n)), None)
        field = f"{fault.field.removesuffix(name)}{_BY_NAME[name].key}" if name else fault.field
        renamed.append(FieldError(field, fault.message))
    return Invalid(renamed)


def read_file(session: TenantSession, data: bytes) -> list[Entry]:
    """Entries of a CSV or XLSX; Invalid with every fault by line and field when a line isn't good."""
    reading = sheets.read(data, COLUMNS, max_rows=MOST_ROWS)
    reading.unique("zona", "bulan")
    reading.look_up("zona", sheets.Codes({zone.key: zone.id for zone in zones(session)}), "zone_id")
    reading.refuse()
    present = [f for f in FIELDS if any(row.values[f.key] not in {None, ""} for row in reading.rows)]
    return [
        Entry(
            row.values["zone_id"], row.values["bulan"], {f.name: _stored(f, row.values[f.key]) for f in present},
            f"baris {row.line}|",
        )
        for row in reading.rows
    ]  # fmt: skip


def in_file(invalid: Invalid) -> Invalid:
    """Faults of a service about lines of a file, as sentences."""
    told = []
    for number, fault in enumerate(invalid.errors):
        line, found, name = fault.field.partition("|")
        if not found:
            told.append(fault)
            continue
        label = LABELS.get(name, _l("Bulan"))
        told.append(FieldError(f"baris {number}", f"{line[:1].upper()}{line[1:]}, {label}: {fault.message}"))
    return Invalid(told)
