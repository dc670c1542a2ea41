"""Names for the subjects that audit entries and permits carry. A person who left keeps the name in the history."""

from sqlalchemy import select

from balai.auth.models import Member
from balai.db import TenantSession


def names(session: TenantSession) -> dict[str, str]:
    """Names of everybody who works or worked here, by sub."""
    rows = session.execute(
        select(Member.sub, Member.name).where(Member.tenant_id == session.tenant_id).order_by(Member.name)
    )
    return {row.sub: row.name for row in rows}


def names_by_id(session: TenantSession) -> dict[str, str]:
    """The same by member id, as acts name the member they were about."""
    rows = session.execute(select(Member.id, Member.name).where(Member.tenant_id == session.tenant_id))
    return {str(row.id): row.name for row in rows}
