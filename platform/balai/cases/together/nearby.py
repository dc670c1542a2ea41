"""Which open reports might be about the same thing: near it, or in the same village with similar words. Plain rules, no model."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from balai.cases import access, catalogue, units, wording
from balai.cases.models import Case
from balai.cases.people import Person
from balai.cases.together import queries
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession

MOST: Final = 3
MOST_FOR_STAFF: Final = 8
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_ENDING: Final = re.compile(r"(?<=..)(nya|kan|an|i)$")
_COMMON: Final = frozenset(
    {
        "yang", "dari", "dengan", "untuk", "pada", "sejak", "sudah", "belum", "tidak", "depan", "dekat", "desa", "kelurahan",
        "jalan", "hari", "lalu", "sangat", "sekali", "karena", "juga", "akan", "telah", "kami", "saya", "tolong", "mohon",
        "dalam", "warga", "sebelah", "samping", "tiga", "minggu", "bulan", "masih", "lagi", "rusak",
    }
)  # fmt: skip
_SHARED: Final = 2
_METRES: Final = 111_320


@dataclass(frozen=True, slots=True)
class Similar:
    """A published report, for whoever is about to send another: coarse place in words, no name, nobody's own text."""

    code: str
    title: str
    place: str
    filed_at: Any
    state: str
    supporters: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The same for staff. metres: between the two places; None where one of them has none. may_merge: theirs to work on."""

    code: str
    summary: str
    landmark: str
    unit: str
    state: str
    filed_at: Any
    followers: int
    metres: int | None
    may_merge: bool


def similar(
    session: TenantSession,
    service: Service,
    *,
    text: str,
    region: str,
    latitude: float | None,
    longitude: float | None,
) -> list[Similar]:
    """At most MOST published open reports of this service from the last 30 days; none of a service that isn't public."""
    if service.visibility != "public" or not (region or latitude is not None):
        return []
    rows = queries.shown(session, service.id, region, latitude, longitude, now() - queries.RECENT)
    by_place = latitude is not None
    words = words_of(text)
    close = [row for row in rows if (by_place and row.is_placed) or alike(words, words_of(row.title))]
    close.sort(key=lambda row: -len(words & words_of(row.title)))
    return [_similar(session, row) for row in close[:MOST]]


def _similar(session: TenantSession, row: queries.Shown) -> Similar:
    rules = wording.localise(catalogue.rules_of(session, row.service_id, row.service_version))
    from balai.cases.tracking import region_words  # whose pages come after the form's

    state = wording.state_label(rules, row.state)
    return Similar(row.code, row.title, region_words(session, row.region), row.filed_at, state, row.supporters)


def neighbours(session: TenantSession, person: Person, case: Case) -> list[Neighbour]:
    """At most MOST_FOR_STAFF open cases that might be the same as this one; none for a secret case, which is in no search."""
    if case.visibility == "secret":
        return []
    words = words_of(f"{case.summary} {case.landmark}")
    found = []
    for row in queries.known(session, person, case):
        metres = _metres(case, row)
        if metres is not None or alike(words, words_of(f"{row.summary} {row.landmark}")):
            found.append((metres is None, metres or 0, row))
    found.sort(key=lambda line: line[:2])
    named = units.names(session, [row.unit_id for _far, _metres_, row in found])
    return [
        _neighbour(session, person, row, None if far else metres, named) for far, metres, row in found[:MOST_FOR_STAFF]
    ]


def _neighbour(
    session: TenantSession, person: Person, row: queries.Known, metres: int | None, named: Mapping[Any, str]
) -> Neighbour:
    rules = wording.localise(catalogue.rules_of(session, row.service_id, row.service_version))
    other = session.get(Case, (session.tenant_id, row.id))
    return Neighbour(
        row.code, row.summary, row.landmark, named.get(row.unit_id, ""), wording.state_label(rules, row.state),
        row.filed_at, row.followers, metres, other is not None and access.may_work(session, person, other),
    )  # fmt: skip


def words_of(text: str) -> frozenset[str]:
    """Words that tell reports apart, without endings that Indonesian hangs on them."""
    return frozenset(_ENDING.sub("", word) for word in _WORD.findall(text.lower()) if word not in _COMMON)


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts share enough words: two of them, or half of the shorter text."""
    shared = len(one & other)
    return shared >= _SHARED or (shared > 0 and shared * 2 >= min(len(one), len(other)))


def _metres(case: Case, row: queries.Known) -> int | None:
    if case.latitude is None or case.longitude is None or row.latitude is None or row.longitude is None:
        return None
    north = (row.latitude - case.latitude) * _METRES
    east = (row.longitude - case.longitude) * _METRES * math.cos(math.radians(case.latitude))
    return round(math.hypot(north, east))
