"""Cases near each other. For staff by the exact place, for everybody by the coarse one, which must not be found out by trying."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select

from balai.cases import access
from balai.cases.models import Case
from balai.cases.people import Person
from balai.db import TenantSession, driver

# About 100 m of latitude; within 11 degrees of the equator a degree of longitude is hardly shorter.
NEAR: Final = 0.0009
# A coarse place is the middle of a cell of 0.0025 degrees: whatever lies within 100 m is in this box around it, and so is more.
COARSE: Final = 0.00125 + NEAR
RECENT: Final = timedelta(days=30)
_MOST: Final = 60


class Shown(NamedTuple):
    """What everybody may see of a published case that might be the same."""

    code: str
    service_id: str
    service_version: int
    state: str
    region: str
    title: str
    filed_at: datetime
    supporters: int
    is_placed: bool


_SHOWN: Final = """
SELECT c.code, c.service_id, c.service_version, c.state, c.region, COALESCE(t.title, c.summary), c.filed_at, c.supporters,
    c.coarse_latitude IS NOT NULL
FROM cases c LEFT JOIN case_public_text t ON t.tenant_id = %(tenant)s AND t.case_id = c.id
WHERE c.tenant_id = %(tenant)s AND c.service_id = %(service)s AND c.closed_at IS NULL AND c.published_at IS NOT NULL
    AND c.visibility = 'public' AND NOT c.is_test AND c.filed_at > %(since)s AND ({where})
ORDER BY c.id DESC LIMIT %(most)s
"""
_IN_BOX: Final = (
    "c.coarse_latitude BETWEEN %(south)s AND %(north)s AND c.coarse_longitude BETWEEN %(west)s AND %(east)s"
)
_IN_VILLAGE: Final = "c.region = %(region)s"
_UNPLACED: Final = "c.region = %(region)s AND c.coarse_latitude IS NULL"


def shown(
    session: TenantSession,
    service_id: str,
    region: str,
    latitude: float | None,
    longitude: float | None,
    since: datetime,
) -> list[Shown]:
    """Published open cases of a service, newest first: those in the box, and those of the same village that have no place."""
    values: dict[str, Any] = {"service": service_id, "region": region, "since": since, "most": _MOST}
    where = _IN_VILLAGE
    if latitude is not None and longitude is not None:
        where = f"({_IN_BOX}) OR ({_UNPLACED})"
        values |= {
            "south": latitude - COARSE, "north": latitude + COARSE, "west": longitude - COARSE, "east": longitude + COARSE,
        }  # fmt: skip
    values["tenant"] = session.tenant_id
    return [Shown(*row) for row in driver(session).execute(_SHOWN.format(where=where), values)]


class Known(NamedTuple):
    """What staff see of a case that might be the same."""

    id: UUID
    code: str
    service_id: str
    service_version: int
    state: str
    unit_id: UUID
    summary: str
    landmark: str
    latitude: float | None
    longitude: float | None
    filed_at: datetime
    followers: int


_KNOWN: Final = (
    Case.id, Case.code, Case.service_id, Case.service_version, Case.state, Case.unit_id, Case.summary, Case.landmark,
    Case.latitude, Case.longitude, Case.filed_at, Case.followers,
)  # fmt: skip


def known(session: TenantSession, person: Person, case: Case) -> Sequence[Known]:
    """Open cases of the same service that this member may find, from about the same time: in the box around this one's place, or
    in its village where one of both has none.
    """
    columns: tuple[Any, ...] = _KNOWN
    query = select(*columns).where(
        Case.tenant_id == session.tenant_id, Case.service_id == case.service_id, Case.id != case.id,
        Case.closed_at.is_(None), Case.held_at.is_(None), Case.is_test.is_(case.is_test), access.listed(person),
        Case.filed_at.between(case.filed_at - RECENT, case.filed_at + RECENT),
    )  # fmt: skip
    found: list[Known] = []
    if case.latitude is not None and case.longitude is not None:
        box = query.where(
            Case.latitude.between(case.latitude - NEAR, case.latitude + NEAR),
            Case.longitude.between(case.longitude - NEAR, case.longitude + NEAR),
        )
        found = [Known(*row) for row in session.execute(box.order_by(Case.id.desc()).limit(_MOST))]
        query = query.where(Case.latitude.is_(None))
    village = query.where(Case.region == case.region).order_by(Case.id.desc()).limit(_MOST)
    return [*found, *(Known(*row) for row in session.execute(village))]
