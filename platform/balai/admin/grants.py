"""Permits for the operator: given by the region, for hours, not for ever, and taken back at any time (decision 18).

Without one the operator sees only that a region exists and how its machinery runs. Each look through a permit is recorded in
the region's own audit, where the region sees it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.admin.models import OperatorGrant
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import FieldError, Invalid, NotFound
from balai.web.i18n import gettext as _

# Long enough for a fault over a weekend; the table refuses more than seven days.
HOURS: Final = (2, 8, 24, 72)
LEAST_REASON: Final = 10
MOST_REASON: Final = 300


def give_grant(session: TenantSession, *, hours: int, reason: str, by: str) -> OperatorGrant:
    """Let the operator look for `hours` (one of HOURS); raises Invalid with fields `hours`, `reason`."""
    errors = []
    reason = " ".join(reason.split())
    if hours not in HOURS:
        errors.append(FieldError("hours", _("Pilih salah satu lama waktu.")))
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        errors.append(FieldError("reason", _("Tulis alasannya dalam 10 sampai 300 huruf.")))
    if errors:
        raise Invalid(errors)
    at = now()
    grant = OperatorGrant(id=new_id(), reason=reason, given_by=by, given_at=at, until=at + timedelta(hours=hours))
    session.add(grant)
    audit.record(
        session, "grant.given", subject_kind="operator_grant", subject_id=grant.id,
        data={"hours": hours, "until": grant.until, "reason": reason},
    )  # fmt: skip
    return grant


def end_grant(session: TenantSession, grant_id: UUID, *, by: str) -> OperatorGrant:
    """Take a permit back now. Raises NotFound; one that has ended stays as it is."""
    grant = session.scalars(select(OperatorGrant).where(OperatorGrant.id == grant_id)).one_or_none()
    if grant is None:
        raise NotFound
    if grant.active:
        grant.ended_at, grant.ended_by = now(), by
        audit.record(session, "grant.ended", subject_kind="operator_grant", subject_id=grant.id)
    return grant


def grants(session: TenantSession, limit: int = 50) -> Sequence[OperatorGrant]:
    """All permits of this region, newest first."""
    return session.scalars(select(OperatorGrant).order_by(OperatorGrant.given_at.desc()).limit(limit)).all()


def active_grant(session: TenantSession) -> OperatorGrant | None:
    """The permit that holds now and lasts longest, None when there is none."""
    query = select(OperatorGrant).where(OperatorGrant.ended_at.is_(None), OperatorGrant.until > now())
    return session.scalars(query.order_by(OperatorGrant.until.desc()).limit(1)).one_or_none()
