"""What a region that agreed shows to the ministry: six basic sectors, one word each. No figure leaves the region."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from balai.cases import units
from balai.clock import now
from balai.contracts import Sector, Stage
from balai.db import TenantSession
from balai.evidence import queries, settings
from balai.evidence.verdicts.queries import people_by_sector
from balai.evidence.verdicts.services import judged, span_of
from balai.web.i18n import lazy_gettext as _l

METRIC: Final = "sector_state"
# Fewer people than this are not told, not even as a word.
LEAST_PEOPLE: Final = 10
SECTORS: Final = tuple(sector for sector in Sector if sector.stage is Stage.BASIC)
WORDS: Final = {0: (_l("belum terukur"), ""), 1: (_l("aktif"), "info"), 2: (_l("dipakai"), "good")}


@dataclass(frozen=True, slots=True)
class Row:
    """A region with its word for each sector, in the order of SECTORS."""

    code: str
    name: str
    states: tuple[int, ...]


def publish(session: TenantSession) -> int:
    """Tell the registry, or take back what was told when the region doesn't agree (any more); answers how many sectors."""
    month = f"{units.calendar(session).today(now()):%Y-%m}"
    if not settings.values(session)["ministry"]:
        queries.publish(session, month, METRIC, [])
        return 0
    told = _states(session)
    queries.publish(session, month, METRIC, told)
    return len(told)


def _states(session: TenantSession) -> list[tuple[str, int, int | None]]:
    """(sector, state, people or None): used = at least ten people in twelve months."""
    services = judged(session)
    span = span_of(units.calendar(session), now())
    people = people_by_sector(session, span, {s.id: s.sector.value for s in services})
    found: list[tuple[str, int, int | None]] = []
    for sector in SECTORS:
        mine = any(s.sector is sector for s in services)
        state = 2 if people.get(sector.value, 0) >= LEAST_PEOPLE else 1 if mine else 0
        # The number of people itself is nobody's business outside: the registry learns only that there were enough.
        found.append((sector.value, state, LEAST_PEOPLE if state == 2 else None))  # noqa: PLR2004 - see WORDS
    return found


def table(session: Any) -> Sequence[Row]:
    """Regions that agreed, in the fixed order of their codes."""
    rows: dict[str, tuple[str, dict[str, int]]] = {}
    for code, name, subject, value in queries.published(session, METRIC):
        rows.setdefault(code, (name, {}))[1][subject] = int(value)
    return [
        Row(code, name, tuple(states.get(sector.value, 0) for sector in SECTORS))
        for code, (name, states) in rows.items()
    ]
