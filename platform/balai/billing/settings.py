"""Choices of the region: how people pay offline, and the columns of its finance system."""

from typing import Any, Final

from sqlalchemy import select

from balai import audit
from balai.billing.models import BillingSetting
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Invalid
from balai.web.i18n import gettext as _

PAYING, EXPORT = "paying", "export"
LONGEST: Final = 2000


def get(session: TenantSession, key: str) -> dict[str, Any]:
    """What was chosen under `key`; empty when nothing was."""
    row = session.scalars(select(BillingSetting).where(BillingSetting.key == key)).first()
    return dict(row.value) if row else {}


def put(session: TenantSession, key: str, value: dict[str, Any]) -> None:
    """Keep a choice."""
    row = session.scalars(select(BillingSetting).where(BillingSetting.key == key)).first()
    if row is None:
        session.add(BillingSetting(key=key, value=value))
    else:
        row.value, row.changed_at = value, now()
    audit.record(session, "billing.configured", subject_kind="billing_setting", subject_id=key)
    session.flush()


def how_to_pay(session: TenantSession) -> str:
    """The region's own words on paying without a phone: office, hours, bank account."""
    return str(get(session, PAYING).get("text", ""))


def set_how_to_pay(session: TenantSession, text: str) -> None:
    """Raises Invalid when it is too long."""
    if len(text) > LONGEST:
        raise Invalid.field("text", _("Paling panjang 2.000 huruf."))
    put(session, PAYING, {"text": text.strip()})
