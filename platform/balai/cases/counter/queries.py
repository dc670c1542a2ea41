"""Assisted cases counted apart, for evidence: how many were filed for somebody, and how many of those people agreed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from balai.cases.models import Case, CaseEvent
from balai.db import TenantSession

# What a reporter says of a case that somebody else took down stands in the timeline as confirmed or disputed, with this mark:
# without it those words are about the outcome.
MARK = {"of": "filing"}


@dataclass(frozen=True, slots=True)
class AssistedCount:
    """Cases of one service and channel that staff filed for somebody; confirmed and disputed by their reporters so far."""

    service_id: str
    channel: str
    filed: int
    confirmed: int
    disputed: int


def assisted_counts(session: TenantSession, *, since: datetime, until: datetime) -> list[AssistedCount]:
    """Assisted cases filed in [since, until) by service and channel, marked test cases left out."""
    said = aliased(CaseEvent)
    query = (
        select(
            Case.service_id,
            Case.channel,
            func.count(Case.id),
            func.count(said.id).filter(said.kind == "confirmed"),
            func.count(said.id).filter(said.kind == "disputed"),
        )
        .outerjoin(
            said,
            (said.tenant_id == Case.tenant_id)
            & (said.case_id == Case.id)
            & said.kind.in_(("confirmed", "disputed"))
            & (said.data["of"].astext == MARK["of"]),
        )
        .where(Case.tenant_id == session.tenant_id, Case.assisted, Case.is_test.is_(False))
        .where(Case.filed_at >= since, Case.filed_at < until)
        .group_by(Case.service_id, Case.channel)
        .order_by(Case.service_id, Case.channel)
    )
    return [AssistedCount(*row) for row in session.execute(query)]
