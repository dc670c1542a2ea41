"""Which limits hold on a day: those that Balai ships, and those that a utility added when a newer regulation came."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import FieldError, Invalid, NotFound, TenantSession, gettext, record_audit
from balai_water import cells
from balai_water.quality.models import Regulation
from balai_water.quality.parameters import PARAMETERS
from balai_water.quality.results import Limit, read_limit

FIRST_YEAR: Final = 1990
_SIDES: Final = ("low", "high", "below")


@dataclass(frozen=True, slots=True)
class Limits:
    """One regulation. own: the row that the utility added, None for what Balai ships."""

    name: str
    valid_from: date
    source: str
    limits: Mapping[str, Limit]
    own: UUID | None = None


@cache
def shipped() -> tuple[Limits, ...]:
    """The regulations in `shipped/`, oldest first."""
    found = []
    for file in files(__package__).joinpath("shipped").iterdir():
        raw = json.loads(file.read_text(encoding="utf-8"))
        found.append(_limits(raw["name"], date.fromisoformat(raw["valid_from"]), raw["source"], raw["limits"], None))
    return tuple(sorted(found, key=lambda each: each.valid_from))


def _limits(name: str, valid_from: date, source: str, raw: Mapping[str, Any], own: UUID | None) -> Limits:
    known = {key: read_limit(raw[key]) for key in PARAMETERS if key in raw}
    return Limits(name, valid_from, source, known, own)


def all_of(session: TenantSession) -> Sequence[Limits]:
    """Every regulation, oldest first. A utility's own of the same day takes the place of a shipped one."""
    found = {each.valid_from: each for each in shipped()}
    for row in session.scalars(select(Regulation)):
        found[row.valid_from] = _limits(row.name, row.valid_from, row.source, row.limits, row.id)
    return [found[day] for day in sorted(found)]


def on(known: Sequence[Limits], day: date) -> Limits | None:
    """The regulation that holds on a day; None before the first one."""
    return next((each for each in reversed(known) if each.valid_from <= day), None)


def add(session: TenantSession, given: Mapping[str, str], *, by: UUID | None) -> Regulation:
    """A newer (or older) regulation from a form: nama, berlaku, sumber, and `<parameter>-low`, `-high`, `-below` of each.

    Raises Invalid. Samples of its time are judged by it from now on; incidents stay as they are.
    """
    faults: list[FieldError] = []
    name, source = _words(given, "nama", faults), _words(given, "sumber", faults)
    valid_from = _day(given.get("berlaku", ""), faults)
    limits = {key: raw for key in PARAMETERS if (raw := _limit_of(given, key, faults))}
    if not limits and not faults:
        faults.append(FieldError("ecoli-high", gettext("Isi paling sedikit satu batas.")))
    if valid_from is not None:
        taken = session.scalars(select(Regulation.id).where(Regulation.valid_from == valid_from)).first()
        if taken is not None:
            faults.append(FieldError("berlaku", gettext("Sudah ada aturan yang berlaku sejak hari itu.")))
    if faults or valid_from is None:
        raise Invalid(faults)
    row = Regulation(name=name, valid_from=valid_from, source=source, limits=limits, created_by=by)
    session.add(row)
    session.flush()
    data = {"name": name, "valid_from": valid_from.isoformat(), "limits": limits}
    record_audit(session, "water.limits_added", subject_kind="water_regulation", subject_id=row.id, data=data)
    return row


def remove(session: TenantSession, regulation_id: UUID) -> None:
    """Take away a regulation that the utility added; NotFound."""
    row = session.scalars(select(Regulation).where(Regulation.id == regulation_id)).first()
    if row is None:
        raise NotFound
    data = {"name": row.name, "valid_from": row.valid_from.isoformat(), "limits": row.limits}
    session.delete(row)
    session.flush()
    record_audit(session, "water.limits_removed", subject_kind="water_regulation", subject_id=row.id, data=data)


def _words(given: Mapping[str, str], name: str, faults: list[FieldError]) -> str:
    words = " ".join(given.get(name, "").split())
    if not words:
        faults.append(FieldError(name, gettext("Bagian ini perlu diisi.")))
    elif not words.isprintable():
        faults.append(FieldError(name, gettext("Ada tanda yang tidak terbaca.")))
    elif len(words) > 300:  # noqa: PLR2004 - a title and where it was published
        faults.append(FieldError(name, gettext("Terlalu panjang, paling banyak 300 huruf.")))
    return words


def _day(text: str, faults: list[FieldError]) -> date | None:
    try:
        found = cells.read_day(text)
    except cells.CellError as fault:
        faults.append(FieldError("berlaku", str(fault)))
        return None
    if found.year < FIRST_YEAR:
        faults.append(FieldError("berlaku", gettext("Terlalu lama lalu.")))
    return found


def _limit_of(given: Mapping[str, str], key: str, faults: list[FieldError]) -> dict[str, str]:
    raw: dict[str, str] = {}
    for side in _SIDES:
        text = given.get(f"{key}-{side}", "").strip()
        if not text:
            continue
        try:
            raw[side] = str(cells.read_decimal(text))
        except cells.CellError as fault:
            faults.append(FieldError(f"{key}-{side}", str(fault)))
    if not raw:
        return raw
    limit = read_limit(raw)
    if limit.high is not None and limit.below is not None:
        faults.append(FieldError(f"{key}-below", gettext("Isi salah satu: paling banyak, atau di bawah.")))
    top = limit.high if limit.high is not None else limit.below
    if limit.low is not None and top is not None and limit.low > top:
        faults.append(FieldError(f"{key}-low", gettext("Paling sedikit tidak boleh di atas paling banyak.")))
    return raw
