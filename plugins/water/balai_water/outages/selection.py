"""What an officer picked: districts, villages, reader routes, zones, drawn areas, customer numbers; in any of them is enough."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from balai.api import FieldError, Invalid, TenantSession, gettext
from balai_water.outages import geometry, queries
from balai_water.outages.geometry import Shape

MOST_NUMBERS: Final = 20_000
# Of numbers that nobody has this many are named; a customer number is short, whatever else stands in a pasted column.
NAMED: Final = 20
LONGEST_NUMBER: Final = 40
_GAPS: Final = re.compile(r"[\s,;|]+")


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes of districts and villages, ids of routes and zones (as text), shapes (see geometry), numbers of connections."""

    districts: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    numbers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def as_data(self) -> dict[str, Any]:
        """For the outage's column."""
        return {key: list(value) for key, value in asdict(self).items() if value}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Selection":
        """From the outage's column."""
        shapes = tuple([[(x, y) for x, y in ring] for ring in shape] for shape in data.get("shapes", ()))
        rest = {key: tuple(data.get(key, ())) for key in ("districts", "villages", "routes", "zones", "numbers")}
        return cls(shapes=shapes, **rest)


def chosen(session: TenantSession, given: Mapping[str, Iterable[str]], *, area: str, numbers: str) -> Selection:
    """The selection of a form: what it names must be there, in this region.

    given: districts, villages, routes and zones as lists; area and numbers as pasted. Raises Invalid on those fields, or on
    `districts` when nothing was picked at all.
    """
    errors: list[FieldError] = []
    lists = {}
    for name in ("districts", "villages", "routes", "zones"):
        lists[name], strange = _known(session, name, given.get(name, ()))
        if strange:
            errors.append(FieldError(name, gettext("Pilihan ini tidak ada lagi. Muat ulang halamannya.")))
    shapes: list[Shape] = []
    wanted: list[str] = []
    try:
        shapes = geometry.parse(area)
    except Invalid as invalid:
        errors += invalid.errors
    try:
        wanted = pasted(session, numbers)
    except Invalid as invalid:
        errors += invalid.errors
    made = Selection(shapes=tuple(shapes), numbers=tuple(wanted), **lists)
    if not errors and not made:
        errors.append(FieldError("districts", gettext("Pilih dulu di mana airnya mati: paling sedikit satu tempat.")))
    if errors:
        raise Invalid(errors)
    return made


def _known(session: TenantSession, name: str, values: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """(the values, sorted and once each, whether one of them doesn't exist here)."""
    asked = sorted({value for value in values if value})
    if not asked:
        return (), False
    if name in {"routes", "zones"}:
        ids = [found for value in asked if (found := _uuid(value)) is not None]
        there = {str(found) for found in queries.known_ids(session, name, ids)}
        asked = sorted(str(_uuid(value) or value) for value in asked)
    else:
        there = queries.known_areas(session, asked)
    return tuple(value for value in asked if value in there), not there.issuperset(asked)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def pasted(session: TenantSession, text: str) -> list[str]:
    """Numbers of connections from a pasted column or list, sorted; Invalid on `numbers` names those that nobody has."""
    found = sorted({part.strip("'\"") for part in _GAPS.split(text) if part.strip("'\"")})
    if len(found) > MOST_NUMBERS:
        raise Invalid(
            [
                FieldError(
                    "numbers",
                    gettext(
                        "Ini %(count)s nomor; paling banyak %(most)s. Pilih zona, rute, atau desa saja.",
                        count=len(found),
                        most=MOST_NUMBERS,
                    ),
                )
            ]
        )
    if not found:
        return []
    known = queries.known_numbers(session, [number for number in found if len(number) <= LONGEST_NUMBER])
    unknown = [number for number in found if number not in known]
    if unknown:
        raise Invalid([FieldError("numbers", _unknown(session, unknown))])
    return found


def _unknown(session: TenantSession, unknown: list[str]) -> str:
    """Which numbers nobody has, and which one was probably meant: Excel takes leading zeros away."""
    first = [number[:LONGEST_NUMBER] for number in unknown[:NAMED]]
    meant = queries.without_zeros(session, first)
    named = ", ".join(
        gettext("%(number)s (mungkin %(meant)s)", number=number, meant=meant[number]) if number in meant else number
        for number in first
    )
    if len(unknown) > NAMED:
        return gettext(
            "%(count)s nomor tidak dikenal, di antaranya %(numbers)s. Betulkan atau hapus dulu.",
            count=len(unknown),
            numbers=named,
        )
    return gettext("Nomor ini tidak dikenal: %(numbers)s. Betulkan atau hapus dulu.", numbers=named)
