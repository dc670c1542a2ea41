"""Search by words, code or place over the API: the inbox's search, with the list's filters beside it."""

from typing import Any
from uuid import UUID

from balai import auth
from balai.cases.api import people, queries
from balai.cases.api.schemas import CaseItem, CaseQuery
from balai.cases.officer import queries as inbox
from balai.db import TenantSession, driver
from balai.errors import Forbidden
from balai.web.i18n import gettext as _


def find(session: TenantSession, query: CaseQuery, after: UUID | None) -> tuple[list[CaseItem], UUID | None]:
    """One page of what staff may find, newest first, and the id of its last row (None on the last page).

    Raises:
        Forbidden: a citizen asks; their few cases need no search, and the words of others are not theirs to look through.
    """
    principal = auth.signed_in()
    if not principal.is_staff:
        raise Forbidden(_("Pencarian dengan kata hanya untuk petugas."))
    who = people.staff(principal, queries.workplace(driver(session), session.tenant_id, principal.sub))
    values: dict[str, Any] = {}
    wanted = queries.conditions(query, values)
    rows = inbox.search(session, who, query.q, conditions=wanted, values=values, before=after, limit=query.limit + 1)
    page = rows[: query.limit]
    return [_item(row) for row in page], (page[-1].id if len(rows) > query.limit else None)


def _item(row: inbox.Row) -> CaseItem:
    return CaseItem(
        code=row.code,
        service=row.service_id,
        state=row.state,
        waits_for=row.waits_for,
        outcome=row.outcome,
        summary=row.summary,
        region=row.region,
        channel=row.channel,
        visibility=row.visibility,
        anonymous=row.anonymity == "anonymous",
        unit=row.unit_id,
        assignee=row.assignee_id,
        filed_at=row.filed_at,
        changed_at=row.changed_at,
        due_at=row.due_at,
        overdue=row.is_open and row.overdue_at is not None,
        closed_at=row.closed_at,
        rating=row.rating,
    )
