"""What an export needs of its cases beyond the inbox's own columns, a batch at a time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai.cases.models import Case, CaseMark
from balai.cases.queries import Filters
from balai.db import TenantSession

_PERSONAL = (Case.contact_name, Case.contact_phone, Case.contact_email, Case.personal)


def details(session: TenantSession, ids: Sequence[UUID], *, personal: bool) -> dict[UUID, Any]:
    """Answers of the form by case; personal: with the sealed columns, still sealed."""
    columns: tuple[Any, ...] = (Case.id, Case.data, *_PERSONAL) if personal else (Case.id, Case.data)
    query = select(*columns).where(Case.tenant_id == session.tenant_id, Case.id.in_(ids))
    return {row.id: row for row in session.execute(query)}


def restricted(session: TenantSession, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these cases whose reporter asked that their data isn't used for now."""
    query = select(CaseMark.case_id).where(
        CaseMark.tenant_id == session.tenant_id, CaseMark.kind == "restricted", CaseMark.ended_at.is_(None),
        CaseMark.case_id.in_(ids),
    )  # fmt: skip
    return frozenset(session.scalars(query))


__all__ = ["Filters", "details", "restricted"]
