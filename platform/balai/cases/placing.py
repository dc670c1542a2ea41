"""Where it is: district, then village, then a landmark. Statistics and competence follow this code, so it is always asked.

A small region shows one grouped list. A larger one asks in two steps, which also work without scripts: the first sends the form
back with the villages of the chosen district, everything typed and attached kept. Scripts fetch the same list from
`/tempat/desa/<district>`. Whoever doesn't know the village may answer with the district.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import Response, jsonify

from balai import db, places
from balai.cases.catalogue import tenant_of
from balai.cases.forms import place_field
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import NotFound
from balai.places import AreaName

# One list as long as this costs about 2 KB over the wire and two flicks of a thumb.
MOST_IN_ONE_LIST: Final = 120
STEP: Final = "lihat_desa"
_DISTRICT: Final = "_kecamatan"
_DISTRICT_LENGTH: Final = len("32.73.01")
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Areas:
    """Choices of a place. groups: (district, villages) for one list; else districts by regency ("" in a regency), and the
    villages of each district that was chosen so far.
    """

    groups: list[tuple[str, list[Choice]]] = field(default_factory=list)
    districts: list[tuple[str, list[Choice]]] = field(default_factory=list)
    villages: Mapping[str, list[Choice]] = field(default_factory=dict)

    @property
    def two_steps(self) -> bool:
        """Whether district and village are asked one after the other."""
        return bool(self.districts)


def names_of(service: Service) -> list[str]:
    """Names under which the form asks for an area."""
    place = place_field(service)
    asked = [f.key for f in service.fields if f.type == "region" and f is not place]
    return [*asked, "region"] if place else asked


def areas_for(session: TenantSession, given: Mapping[str, str], names: list[str]) -> Areas:
    """What the form offers, given what was chosen so far under `names`."""
    districts = places.districts(session)
    if places.count_villages(session) <= MOST_IN_ONE_LIST:
        below: dict[str, list[Choice]] = {}
        for village in places.villages(session):
            below.setdefault(village.parent_code, []).append((village.code, village.name))
        return Areas(groups=[(d.name, below.get(d.code) or [(d.code, d.name)]) for d in districts])
    known = {d.code for d in districts}
    chosen = {code for name in names if (code := district_of(given, name)) in known}
    return Areas(
        districts=_by_regency(session, districts),
        villages={code: [(v.code, v.name) for v in places.areas(session, code)] for code in sorted(chosen)},
    )


def _by_regency(session: TenantSession, districts: list[AreaName]) -> list[tuple[str, list[Choice]]]:
    """In a province, districts stand under their regency; in a regency all stand in one list."""
    parents = {a.code: a.name for a in places.areas(session, tenant_of(session).region_code or "")}
    grouped: dict[str, list[Choice]] = {}
    for district in districts:
        grouped.setdefault(parents.get(district.parent_code, ""), []).append((district.code, district.name))
    return sorted(grouped.items())


def district_of(given: Mapping[str, str], name: str) -> str:
    """The district chosen under `name`: in its own list, or as the beginning of a village's code."""
    return given.get(f"{name}{_DISTRICT}") or given.get(name, "")[:_DISTRICT_LENGTH]


def area_of(given: Mapping[str, str], name: str) -> str:
    """The code chosen under `name`; "" when the district was changed afterwards and the village is still the old one's."""
    district, code = given.get(f"{name}{_DISTRICT}", ""), given.get(name, "")
    return "" if district and not code.startswith(district) else code


def lacks_village(given: Mapping[str, str], name: str) -> bool:
    """Whether only the first of the two steps was taken."""
    return bool(given.get(f"{name}{_DISTRICT}")) and not area_of(given, name)


def villages_of(code: str) -> Response:
    """View of /tempat/desa/<code>: villages of a district as [[code, name], ...]; the list is public and may be kept."""
    session = db.session()
    district = places.area(session, code)
    if district is None or district.kind != "kecamatan":
        raise NotFound
    answer: Response = jsonify([[v.code, v.name] for v in places.areas(session, code)])
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
