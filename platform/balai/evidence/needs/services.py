"""The needs map: each topic against the people, against time, and against what is on. And which basic topics fall short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from balai import places, plugins
from balai.cases import catalogue, units
from balai.clock import now
from balai.contracts import PluginState, Sector, Stage
from balai.db import TenantSession
from balai.evidence import settings
from balai.evidence.needs import outlook, queries
from balai.evidence.needs.outlook import Outlook
from balai.evidence.needs.topics import TOPICS, Topic
from balai.evidence.verdicts.services import judged, months_back
from balai.places import counts

WINDOW: Final = timedelta(days=90)
PER: Final = 10_000
_YEAR: Final = 12
# Services by which people report anything at all: they take reports of every sector and answer for none of them.
_GENERAL: Final = frozenset({"pengaduan", "usul", "informasi"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A topic in one district: reports in twelve months, per 10,000 people where they are known."""

    code: str
    name: str
    asked: int
    per: float | None


@dataclass(frozen=True, slots=True)
class Need:
    """A topic over twelve whole months. answered: share of ended ones within the deadline; services: titles of what is on in its
    sector; plugin: (name, title) of an installed one that would answer it and is off; spots: districts, most burdened first.
    """

    topic: Topic
    asked: int
    per: float | None
    trend: str
    answered: float | None
    services: tuple[str, ...]
    plugin: tuple[str, str] | None
    outlook: Outlook | None
    spots: tuple[Spot, ...]

    @property
    def unmet(self) -> bool:
        """Whether people ask for it and nothing that is on answers."""
        return self.asked > 0 and not self.services


@dataclass(frozen=True, slots=True)
class Basic:
    """A basic topic: overdue reports in 90 days and per 10,000 people; None = not measured, which counts neither way."""

    topic: Topic
    overdue: int
    per: float | None
    short: bool


def needs(session: TenantSession) -> list[Need]:
    """Every topic that people named, the most often named first."""
    month = units.calendar(session).today(now()).replace(day=1)
    cells: dict[str, dict[date, tuple[int, int, int]]] = {}
    for row in queries.months(session, months_back(month, outlook.MOST_MONTHS), month):
        cells.setdefault(row.topic, {})[row.month] = (row.asked, row.ended, row.in_time)
    parts: dict[str, dict[str, int]] = {}
    for row in queries.districts(session, months_back(month, _YEAR), month):
        parts.setdefault(row.topic, {})[row.district] = row.asked
    people = counts.latest(session, counts.PEOPLE, until=month.year)
    region = catalogue.tenant_of(session).region_code or ""
    names = {area.code: area.name for area in places.districts(session)}
    on, off = _on_by_sector(session), _off_by_sector(session)
    found = []
    for topic in TOPICS.values():
        series = _series(cells.get(topic.key, {}), month)
        year = _sum(cells.get(topic.key, {}), months_back(month, _YEAR))
        if not year[0]:
            continue
        whole = people.get(region)
        found.append(
            Need(
                topic, year[0], year[0] * PER / whole.size if whole else None, outlook.trend(series),
                year[2] / year[1] if year[1] > 0 else None, on.get(topic.sector, ()), off.get(topic.sector),
                outlook.project(series), _spots(parts.get(topic.key, {}), names, people),
            )
        )  # fmt: skip
    return sorted(found, key=lambda need: (-need.asked, need.topic.key))


def _series(cells: Mapping[date, tuple[int, int, int]], until: date) -> list[int]:
    """Counts of whole months from the first one with a report; quiet months are zeros."""
    if not cells:
        return []
    first, counted = min(cells), []
    while first < until:
        counted.append(cells.get(first, (0, 0, 0))[0])
        first = months_back(first, -1)
    return counted


def _sum(cells: Mapping[date, tuple[int, int, int]], since: date) -> tuple[int, int, int]:
    chosen = [values for month, values in cells.items() if month >= since]
    return sum(v[0] for v in chosen), sum(v[1] for v in chosen), sum(v[2] for v in chosen)


def _spots(asked: Mapping[str, int], names: Mapping[str, str], people: Mapping[str, counts.Count]) -> tuple[Spot, ...]:
    found = []
    for code, name in names.items():
        if number := asked.get(code):
            known = people.get(code)
            found.append(Spot(code, name, number, number * PER / known.size if known else None))
    return tuple(sorted(found, key=lambda spot: (-(spot.per or 0), -spot.asked, spot.code)))


def _on_by_sector(session: TenantSession) -> dict[Sector, tuple[str, ...]]:
    found: dict[Sector, tuple[str, ...]] = {}
    for service in judged(session):
        if service.topic not in _GENERAL:
            found[service.sector] = (*found.get(service.sector, ()), service.title)
    return found


def _off_by_sector(session: TenantSession) -> dict[Sector, tuple[str, str]]:
    """By sector: an installed plugin that is off here."""
    tenant = catalogue.tenant_of(session)
    return {
        plugin.manifest.sector: (plugin.name, plugin.manifest.titles["id"])
        for plugin in reversed(plugins.manager().installed)
        if plugin.manifest and plugins.state(tenant, plugin.name) is PluginState.OFF
    }


def basics(session: TenantSession) -> list[Basic]:
    """Every basic topic: does it fall short? Overdue reports of the last 90 days per 10,000 people against the limit."""
    at = now()
    overdue = queries.overdue(session, at - WINDOW, at)
    asked = queries.asked_since(session, months_back((at - WINDOW).date().replace(day=1), 0))
    region = catalogue.tenant_of(session).region_code or ""
    people = counts.size_of(session, counts.PEOPLE, region, until=at.year)
    limit = float(settings.values(session)["falls_short"])
    return [
        _basic(topic, overdue.get(topic.key, 0), asked.get(topic.key, 0), people, limit)
        for topic in TOPICS.values()
        if topic.sector.stage is Stage.BASIC
    ]


def _basic(topic: Topic, overdue: int, asked: int, people: counts.Count | None, limit: float) -> Basic:
    # Nobody asked, or nobody knows how many live here: that is not measured, and no proof that all is well.
    if people is None or (not asked and not overdue):
        return Basic(topic, overdue, None, short=False)
    per = overdue * PER / people.size
    return Basic(topic, overdue, per, short=per > limit)


def falling_short(session: TenantSession) -> Sequence[Basic]:
    """The basic topics that fall short."""
    return [basic for basic in basics(session) if basic.short]
