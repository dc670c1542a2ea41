"""What filing must know about a region, read in one statement.

Service settings, the unit that takes new cases and whether anybody works there, the newest kept version of the rules, the
region's own days, its keys, and whether the place exists: through the ORM that is eight queries, and filing is what everybody
waits for.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from balai import keys
from balai.cases import catalogue, queries, units
from balai.cases.catalogue import Acceptance
from balai.cases.models import ServiceSetting, Unit
from balai.cases.workdays import Calendar, read_weeks
from balai.contracts import Service
from balai.db import TenantSession, fresh


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a case of `service` would land right now.

    service: with the region's changes; accepted: whether it takes new cases; version: number under which these rules are kept;
    areas: those of the asked codes that are districts or villages here.
    """

    service: Service
    accepted: Acceptance
    version: int
    areas: frozenset[str]

    @property
    def unit(self) -> Unit | None:
        """The unit that takes it."""
        return self.accepted.unit


def open_desk(session: TenantSession, service_id: str, *areas: str) -> Desk:
    """The desk of a service as it holds here now; NotFound like `catalogue.service`."""
    base = catalogue.offered(session, service_id)
    row = queries.desk(session, service_id, catalogue.first_slot(base), areas) if base is not None else None
    if base is None or row is None:
        # A service drawn in the console, or a region without an admin unit yet: the long way.
        return desk_for(session, catalogue.service(session, service_id))
    keys.remember(session, row.keys)
    setting = _setting(service_id, row.setting) if row.setting else None
    service = catalogue.changed(base, setting)
    unit = fresh(Unit, **{name: getattr(row, name) for name in _UNIT})
    days = {date.fromisoformat(day): works for day, works in (row.own_days or {}).items()}
    weeks = read_weeks((date.fromisoformat(since), told) for since, told in (row.weeks or {}).items())
    units.remember_calendar(session, Calendar(ZoneInfo(catalogue.tenant_of(session).timezone), days, weeks))
    accepted = catalogue.judge(session, service, setting, unit, units.lacks(unit, staffed=row.staffed))
    newest = (row.version, row.digest) if row.version is not None and row.digest is not None else None
    return Desk(service, accepted, catalogue.current_version(session, service, newest), frozenset(row.areas))


def desk_for(session: TenantSession, service: Service) -> Desk:
    """The desk of a service that the caller has at hand, in several statements."""
    accepted = catalogue.accepts(catalogue.tenant_of(session), service, session=session)
    return Desk(service, accepted, catalogue.current_version(session, service), frozenset())


_UNIT = (
    "tenant_id",
    "id",
    "name",
    "head_id",
    "parent_id",
    "phone",
    "payment_account",
    "is_admin",
    "active",
    "created_at",
)


class _Setting(msgspec.Struct):
    """A row of service_setting as JSON."""

    tenant_id: int
    id: UUID
    state: str
    trial_until: date | None
    sla: dict[str, Any]
    texts: dict[str, Any]
    steps_off: list[str]
    extra_fields: dict[str, Any]
    call_instead: str
    reopen_days: int | None = None
    check_days: int | None = None


def _setting(service_id: str, row: Any) -> ServiceSetting:
    return ServiceSetting(service_id=service_id, **msgspec.structs.asdict(msgspec.convert(row, _Setting)))
