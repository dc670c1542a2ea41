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


def values(session: TenantSession) -> dict[str, Any]:
    """falls_short: overdue reports per 10,000 people; ministry: whether the region shows itself in the ministry's table."""
    row = session.scalars(select(EvidenceSetting)).first()
    shipped = {"falls_short": rules.published()["falls_short"], "ministry": False}
    return shipped | (row.values if row else {})


def save(session: TenantSession, *, falls_short: str, ministry: bool, by: UUID | None) -> None:
    """Keep a region's settings. Raises Invalid."""
    if not falls_short.isdigit() or not 1 <= int(falls_short) <= _MOST_SHORT:
        raise Invalid.field("batas", _("Angka bulat antara 1 dan %(most)s.", most=_MOST_SHORT))
    row = session.scalars(select(EvidenceSetting)).first()
    if row is None:
        row = EvidenceSetting()
        session.add(row)
    row.values, row.by_member = {"falls_short": int(falls_short), "ministry": ministry}, by
    session.flush()
    audit.record(session, "evidence.settings_saved", data={"falls_short": int(falls_short), "ministry": ministry})
