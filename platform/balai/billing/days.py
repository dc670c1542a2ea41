"""Which local day a moment belongs to: money is counted by the region's own days, not by UTC's."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from balai import tenancy
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Invalid
from balai.tenancy import registry_scope
from balai.tenancy.queries import tenant_by_id
from balai.web.i18n import gettext as _

# Clocks of banks and tills differ a little; more than that is a mistake.
AHEAD: Final = timedelta(days=1)
_ZONE: Final = "balai.billing.zone"


def zone(session: TenantSession) -> ZoneInfo:
    """The region's time zone."""
    found: ZoneInfo | None = session.info.get(_ZONE)
    if found is None:
        tenant = tenancy.current()
        if tenant is None or tenant.id != session.tenant_id:
            with registry_scope() as registry:
                tenant = tenant_by_id(registry, session.tenant_id)
        found = session.info[_ZONE] = tenant.zone if tenant else ZoneInfo("Asia/Jakarta")
    return found


def local_day(session: TenantSession, at: datetime) -> date:
    """The region's day at that moment."""
    return at.astimezone(zone(session)).date()


def today(session: TenantSession) -> date:
    """The region's day now."""
    return local_day(session, now())


def check_moment(at: datetime, field: str = "paid_at") -> None:
    """Raises Invalid for a moment that can't be: without a zone, or more than a day ahead."""
    if at.tzinfo is None or at > now() + AHEAD:
        raise Invalid.field(field, _("Waktunya belum tiba atau tidak lengkap."))
