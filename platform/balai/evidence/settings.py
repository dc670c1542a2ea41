"""What a region sets for its evidence; everything has a published default."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.db import TenantSession
from balai.errors import Invalid
from balai.evidence.models import EvidenceSetting
from balai.evidence.verdicts import rules
from balai.web.i18n import gettext as _

_MOST_SHORT: Final = 1000
_MOST_PRICE: Final = 10_000


def values(session: TenantSession) -> dict[str, Any]:
    """falls_short: overdue reports per 10,000 people; ministry: whether the region shows itself in the ministry's table;
    message_price: rupiah for one SMS or WhatsApp message, by which the messages that left are counted as cost.
    """
    row = session.scalars(select(EvidenceSetting)).first()
    shipped = {"falls_short": rules.published()["falls_short"], "ministry": False, "message_price": 0}
    return shipped | (row.values if row else {})


def save(
    session: TenantSession, *, falls_short: str, ministry: bool, message_price: str = "0", by: UUID | None
) -> None:
    """Keep a region's settings. Raises Invalid."""
    if not falls_short.isdigit() or not 1 <= int(falls_short) <= _MOST_SHORT:
        raise Invalid.field("batas", _("Angka bulat antara 1 dan %(most)s.", most=_MOST_SHORT))
    price = message_price.strip().replace(".", "") or "0"
    if not price.isdigit() or int(price) > _MOST_PRICE:
        raise Invalid.field("harga_pesan", _("Rupiah bulat, paling banyak %(most)s.", most=_MOST_PRICE))
    row = session.scalars(select(EvidenceSetting)).first()
    if row is None:
        row = EvidenceSetting()
        session.add(row)
    row.values = {"falls_short": int(falls_short), "ministry": ministry, "message_price": int(price)}
    row.by_member = by
    session.flush()
    audit.record(session, "evidence.settings_saved", data={"falls_short": int(falls_short), "ministry": ministry})
