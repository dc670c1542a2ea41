"""What pages look up: months and districts of a service, what nobody has entered yet, needs that nothing answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from balai import places
from balai.cases import catalogue, units
from balai.clock import now
from balai.db import TenantSession
from balai.evidence import small
from balai.evidence.models import VerdictRow
from balai.evidence.needs.services import Need, Spot
from balai.evidence.pages import queries
from balai.evidence.verdicts.services import APP, months_back
from balai.places import counts
from balai.web.i18n import gettext as _

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class District:
    """One district: asked is None where nobody asked (not known, never "no problem"); per: per 10,000 people, if known; hidden:
    there were some, and everybody may not know how many.
    """

    code: str
    name: str
    asked: int | None
    completed: int
    people: int | None
    per: float | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Looks:
    """A service's months (oldest first), districts, and over those months: by which channel people came (most used first), how
    many units a case passed on average before it ended (None: none ended); hidden: some districts' numbers are left out.
    """

    months: Sequence[Any]
    districts: tuple[District, ...]
    silent: int
    channels: tuple[tuple[str, int], ...] = ()
    units: float | None = None
    hidden: bool = False


def subject(session: TenantSession, row: VerdictRow) -> Looks:
    """Months and districts behind a verdict; empty for apps."""
    if row.subject.startswith(APP):
        return Looks((), (), 0)
    return service(session, row.subject)


def service(session: TenantSession, service_id: str) -> Looks:
    """The last twelve whole months of a service, and its districts over them."""
    month = units.calendar(session).today(now()).replace(day=1)
    since = months_back(month, _MONTHS)
    people = counts.latest(session, counts.PEOPLE, until=month.year)
    asked = {r.district: r for r in queries.districts(session, service_id, since, month)}
    found = tuple(
        _district(area.code, area.name, asked.get(area.code), people.get(area.code))
        for area in places.districts(session)
    )
    silent = sum(1 for district in found if district.asked is None)
    ways = queries.ways(session, service_id, since, month)
    channels = tuple((row.channel, int(row.asked)) for row in ways if row.channel)
    ended = next((row for row in ways if not row.channel), None)
    passed = float(ended.units) / ended.ended if ended is not None and ended.ended > 0 else None
    return Looks(queries.months(session, service_id, since, month), found, silent, channels, passed)


def for_everybody(told: Looks) -> Looks:
    """The same without small numbers of a district and without what would give them away; the others rounded."""
    hidden = small.left_out({d.code: d.asked or 0 for d in told.districts})
    districts = tuple(
        replace(d, asked=None, per=None, hidden=True) if d.code in hidden else _rounded(d) for d in told.districts
    )
    return replace(told, districts=districts, hidden=bool(hidden))


def needs_for_everybody(found: Sequence[Need]) -> list[Need]:
    """Needs whose districts tell no small number, and the others rounded."""
    return [replace(need, spots=_spots(need.spots)) for need in found]


def _spots(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    hidden = small.left_out({spot.code: spot.asked for spot in spots})
    shown = []
    for spot in spots:
        if spot.code not in hidden:
            asked = small.rounded(spot.asked)
            per = spot.per * asked / spot.asked if spot.per is not None else None
            shown.append(replace(spot, asked=asked, per=per))
    return tuple(shown)


def _rounded(district: District) -> District:
    if district.asked is None:
        return district
    asked = small.rounded(district.asked)
    return replace(district, asked=asked, per=asked * 10_000 / district.people if district.people else None)


def _district(code: str, name: str, row: Any, count: counts.Count | None) -> District:
    asked = int(row.asked) if row is not None and row.asked > 0 else None
    size = count.size if count else None
    per = asked * 10_000 / size if asked and size else None
    return District(code, name, asked, int(row.completed) if row is not None else 0, size, per)


def missing(session: TenantSession) -> list[tuple[str, str]]:
    """What has not been entered, with where to enter it; until then the pages show counts only."""
    found = []
    tenant, year = catalogue.tenant_of(session), now().year
    if counts.size_of(session, counts.PEOPLE, tenant.region_code or "", until=year) is None:
        found.append((_("Jumlah penduduk"), "/kelola/manfaat/data/penduduk"))
    if not queries.anything(session, "service_cost"):
        found.append((_("Biaya layanan"), "/kelola/manfaat/data/biaya"))
    if not queries.anything(session, "known_app"):
        found.append((_("Daftar aplikasi yang dibayar daerah"), "/kelola/manfaat/data/aplikasi"))
    return found
