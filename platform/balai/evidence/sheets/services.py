"""Write rows: one from the form, or a whole table of which either all rows are taken or none."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.db import TenantSession
from balai.errors import NotFound
from balai.evidence.sheets import kinds
from balai.evidence.sheets.kinds import FIELDS, Known, Sheet
from balai.evidence.sheets.reading import Cells, read_rows, refuse
from balai.places import counts
from balai.places.models import PlaceCount
from balai.web.i18n import gettext as _

_PLACES = "penduduk"


def load_csv(session: TenantSession, sheet: Sheet, data: bytes, *, by: UUID | None, example: bool = False) -> int:
    """Take a table; rows that stand already are replaced. Raises Invalid with every faulty line, and then nothing is written."""
    rows = read_rows(data, sheet.columns)
    known = kinds.known(session, sheet)
    seen: dict[Any, int] = {}
    faults: list[tuple[int | None, str, str]] = []
    for line, cells in rows:
        sheet.check(cells, known)
        if not cells.faults:
            first = seen.setdefault(sheet.keys(cells.values), line)
            if first != line:
                cells.fault("", _("sama dengan baris %(first)s.", first=first))
        faults += [(line, key, message) for key, message in cells.faults]
    if sheet.key == _PLACES and not faults:
        faults += _too_many(session, [(line, cells.values) for line, cells in rows], known)
    refuse(faults)
    for _line, cells in rows:
        _store(session, sheet, cells.values, known, by=by, example=example)
    session.flush()
    audit.record(session, "evidence.table_loaded", subject_kind="sheet", subject_id=sheet.key, data={"rows": len(rows)})
    return len(rows)


def save_row(
    session: TenantSession, sheet: Sheet, given: Mapping[str, str], *, by: UUID | None, row_id: UUID | None = None
) -> None:
    """Write one row from the form. Raises Invalid, NotFound."""
    cells = Cells(given, sheet.columns)
    known = kinds.known(session, sheet)
    sheet.check(cells, known)
    taken = known.taken.get(sheet.keys(cells.values)) if not cells.faults else None
    if taken is not None and taken != row_id:
        cells.fault(sheet.columns[0].key, _("Baris ini sudah ada. Ubah yang sudah ada."))
    faults: list[tuple[int | None, str, str]] = [(None, key, message) for key, message in cells.faults]
    if sheet.key == _PLACES and not faults:
        faults += _too_many(session, [(None, cells.values)], known, changed=row_id)
    refuse(faults)
    found = row_of(session, sheet, row_id) if row_id else None
    _store(session, sheet, cells.values, known, by=by, found=found)
    session.flush()
    audit.record(session, "evidence.row_saved", subject_kind="sheet", subject_id=sheet.key)


def remove_row(session: TenantSession, sheet: Sheet, row_id: UUID) -> None:
    """Take a row away. Raises NotFound."""
    session.delete(row_of(session, sheet, row_id))
    session.flush()
    audit.record(session, "evidence.row_removed", subject_kind="sheet", subject_id=sheet.key)


def row_of(session: TenantSession, sheet: Sheet, row_id: UUID) -> Any:
    """One row of a sheet; NotFound."""
    found = session.scalars(select(sheet.model).where(sheet.model.id == row_id)).first()
    if found is None:
        raise NotFound
    return found


def cells_of(sheet: Sheet, row: Any) -> dict[str, Any]:
    """A row as the form shows it."""
    names = FIELDS[sheet.key]
    return {c.key: "" if (value := getattr(row, names[c.key])) is None else value for c in sheet.columns}


def _store(
    session: TenantSession,
    sheet: Sheet,
    values: Mapping[str, Any],
    known: Known,
    *,
    by: UUID | None,
    example: bool = False,
    found: Any = None,
) -> None:
    if found is None:
        taken = known.taken.get(sheet.keys(values))
        found = row_of(session, sheet, taken) if taken else sheet.model()
    for name, value in values.items():
        setattr(found, FIELDS[sheet.key][name], value)
    if sheet.key == _PLACES:
        found.subject = values["kelompok"] or counts.PEOPLE
    found.example, found.by_member = example, by
    session.add(found)


def _too_many(
    session: TenantSession,
    rows: Sequence[tuple[int | None, Mapping[str, Any]]],
    known: Known,
    *,
    changed: UUID | None = None,
) -> list[tuple[int | None, str, str]]:
    """Districts that together hold more than their region: somewhere they overlap. What stands already counts as well, unless a
    row takes its place; changed: the kept row that the form changes.
    """
    sizes = {
        (row.subject, row.year, row.code): row.size for row in session.scalars(select(PlaceCount)) if row.id != changed
    }
    lines: dict[tuple[str, int], int | None] = {}
    for line, values in rows:
        group = values["kelompok"] or counts.PEOPLE, values["tahun"]
        sizes[*group, values["kode"]] = values["jumlah"]
        if group not in lines or values["kode"] == known.region:
            lines[group] = line
    faults: list[tuple[int | None, str, str]] = []
    for (subject, year), line in lines.items():
        whole = sizes.get((subject, year, known.region))
        parts = sum(sizes.get((subject, year, code), 0) for code in known.districts)
        if whole is not None and parts > whole:
            message = _("kecamatan berjumlah lebih besar daripada seluruh daerah; ada yang terhitung dua kali.")
            faults.append((line, "jumlah", message))
    return faults
