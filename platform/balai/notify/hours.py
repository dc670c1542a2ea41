"""Quiet hours: at night phones stay silent; what isn't urgent waits for the morning of the region's own zone."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from balai import audit
from balai.db import TenantSession
from balai.errors import Invalid
from balai.notify.models import MessageHours
from balai.web.i18n import gettext as _

DEFAULT_FROM: Final = time(21)
DEFAULT_UNTIL: Final = time(6)


def of_region(session: TenantSession) -> MessageHours:
    """The region's hours; unsaved defaults (21.00 to 06.00, phones only) when it never set any."""
    found = session.scalars(select(MessageHours)).first()
    return found or MessageHours(quiet=True, quiet_from=DEFAULT_FROM, quiet_until=DEFAULT_UNTIL, quiet_mail=False)


def save(session: TenantSession, *, quiet: bool, quiet_from: time, quiet_until: time, quiet_mail: bool) -> MessageHours:
    """Set the region's hours (local time of day); Invalid when the night would be empty or all day."""
    if quiet_from == quiet_until:
        raise Invalid.field("sampai", _("Jam mulai dan selesai tidak boleh sama."))
    row = session.scalars(select(MessageHours)).first() or MessageHours()
    row.quiet, row.quiet_from, row.quiet_until, row.quiet_mail = quiet, quiet_from, quiet_until, quiet_mail
    session.add(row)
    session.flush()
    data = {"quiet": quiet, "from": f"{quiet_from:%H:%M}", "until": f"{quiet_until:%H:%M}", "mail": quiet_mail}
    audit.record(session, "message.hours_changed", data=data)
    return row


def wait_until(hours: MessageHours, zone: ZoneInfo, at: datetime, *, phone: bool) -> datetime | None:
    """When a message that isn't urgent may go out, None = now. at: aware; the answer is aware, in `zone`."""
    if not hours.quiet or not (phone or hours.quiet_mail):
        return None
    local = at.astimezone(zone)
    clock, start, end = local.time().replace(tzinfo=None), hours.quiet_from, hours.quiet_until
    if start < end:
        if not start <= clock < end:
            return None
        day = local.date()
    else:
        if not (clock >= start or clock < end):
            return None
        day = local.date() + timedelta(days=1 if clock >= start else 0)
    return datetime.combine(day, end, tzinfo=zone)
