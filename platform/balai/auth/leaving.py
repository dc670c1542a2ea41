"""What becomes of a member's access when they leave, are suspended or lose roles, in the transaction of that change.

What they leave behind (cases, units) is the work of rooms above: `cases` puts its function here, so that no case ever waits for
somebody who is gone, not even between two transactions.
"""

from collections.abc import Callable
from typing import Final, Literal
from uuid import UUID

from balai import db
from balai.auth import queries
from balai.auth.models import Member
from balai.clock import now
from balai.db import TenantSession

ADMIN: Final = "admin"
What = Literal["left", "suspended", "roles"]
# What happened to whom; the member's row says already how it is now.
Heir = Callable[[TenantSession, UUID, What], None]
_heirs: list[Heir] = []


def when_leaving(heir: Heir) -> None:
    """Tell this room who takes care of what a member leaves behind (called once, by `cases`)."""
    _heirs[:] = [heir]


def settle(session: TenantSession, member: Member, what: What) -> None:
    """Let the rooms above follow a change that is written already."""
    session.flush()
    for heir in _heirs:
        heir(session, member.id, what)


def let_go(session: TenantSession, member: Member, *, suspended: bool = False) -> None:
    """End a member's access here at once; Keycloak was told, or told us. The caller holds the lock on the region's admins.

    suspended: for a time; the roles stay on the row, to be given back.
    """
    member.active, member.roles_changed_at, member.missing_since = False, now(), None
    if suspended:
        member.suspended_at = now()
    else:
        member.left_at, member.roles, member.suspended_at = now(), [], None
    queries.end_sessions_of_member(session, member.sub)
    settle(session, member, "suspended" if suspended else "left")
    if not suspended:
        db.announce(session, "member_left", member.id)


def let_in(member: Member) -> None:
    """Somebody comes (back): nothing of an earlier leave stands any more. The caller sets the roles."""
    member.active, member.left_at, member.suspended_at, member.missing_since = True, None, None, None
