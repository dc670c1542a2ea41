"""What pages look up: months and districts of a service, what nobody has entered yet, needs that nothing answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from balai import places
from balai.cases import catalogue, units
from balai.clock import now
from balai.db import TenantSession
from balai.evidence.models import VerdictRow
from balai.evidence.pages import queries
from balai.evidence.verdicts.services import APP, months_back
from balai.places import counts
from balai.web.i18n import gettext as _

# Fewer than this many in a cell could point to a person.
SMALL = 5
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class District:
    """One district: asked is None where nobody asked (not known, never "no problem"); per: per 10,000 people, if known."""

    code: str
    name: str
    asked: int | None
    completed: int
    people: int | None
    per: float | None


@dataclass(frozen=True, slots=True)
class Looks:
    """A service's months (oldest first) and districts."""

    months: Sequence[Any]
    districts: tuple[District, ...]
    silent: int


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
    return Looks(
        queries.months(session, service_id, since, month), found, sum(1 for district in found if district.asked is None)
    )


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
