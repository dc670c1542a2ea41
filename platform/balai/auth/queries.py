"""Calls of the definer functions around `session` and `my_case`. Core SQL: neither table belongs to a region (decision 4)."""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, text

from balai.db import Database, TenantSession, driver

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIND = text("SELECT * FROM session_find(:id, :tenant, :now)")
_CREATE = text(
    "SELECT session_create(:id, :tenant, :sub, :sid, CAST(:roles AS jsonb), :acr, :who, :tokens, :auth, :issued, :now, :expires)"
)
_CLAIM = text("SELECT session_claim(:id, :now, :before)")
_TOKENS = text("SELECT session_tokens(:id)")
_REFRESH = text("SELECT session_refresh(:id, CAST(:roles AS jsonb), :who, :tokens, :now)")
_END = text("SELECT session_end(:id)")
_END_SID = text("SELECT session_end_sid(:sid, :sub)")
_END_MEMBER = text("SELECT session_end_member(:sub)")
_PURGE = text("SELECT session_purge(:now)")
_PUT_CASE = "SELECT my_case_put(%s, %s, %s, %s, %s)"
_DROP_CASE = text("SELECT my_case_drop(:code)")
_MOVE_CASE = "SELECT my_case_move(%s, %s)"
_MY_CASES = text(
    "SELECT tenant_id, code, service, state, at FROM my_case WHERE sub = :sub"
    " AND (CAST(:tenant AS int) IS NULL OR tenant_id = :tenant) ORDER BY at DESC, code LIMIT :limit"
)
# While one request refreshes a session, the others go on with what is known.
CLAIM_SECONDS = 30
_ADDRESS_LOCK = 0x62616C61_69616472  # "balaiadr"


@contextmanager
def alone(database: Database) -> "Iterator[Connection]":
    """A connection of its own, each statement its own transaction: sign-in must not hang on the fate of a page."""
    with database.engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def find_session(db: Connection, id_hash: bytes, tenant_id: int | None, now: datetime) -> Row[Any] | None:
    """The live session of this host (None = apex)."""
    return db.execute(_FIND, {"id": id_hash, "tenant": tenant_id, "now": now}).first()


def create_session(
    db: Connection,
    *,
    id_hash: bytes,
    tenant_id: int | None,
    sub: str,
    sid: str,
    roles: Iterable[str],
    acr: str,
    who: bytes,
    tokens: bytes,
    auth_at: datetime,
    issued_at: datetime,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a new session; waits while this member's roles are being changed."""
    db.execute(
        _CREATE,
        {
            "id": id_hash, "tenant": tenant_id, "sub": sub, "sid": sid, "roles": _json(roles), "acr": acr, "who": who,
            "tokens": tokens, "auth": auth_at, "issued": issued_at, "now": now, "expires": expires_at,
        },
    )  # fmt: skip


def claim_refresh(db: Connection, id_hash: bytes, now: datetime) -> bytes | None:
    """The sealed tokens when this caller is the one to refresh; None when another one is at it."""
    before = now - timedelta(seconds=CLAIM_SECONDS)
    found: bytes | None = db.execute(_CLAIM, {"id": id_hash, "now": now, "before": before}).scalar()
    return found


def session_tokens(db: Connection, id_hash: bytes) -> bytes | None:
    """The sealed tokens, for signing out."""
    found: bytes | None = db.execute(_TOKENS, {"id": id_hash}).scalar()
    return found


def refresh_session(
    db: Connection, id_hash: bytes, *, roles: Iterable[str], who: bytes, tokens: bytes, now: datetime
) -> None:
    """Store what Keycloak said just now; a session that ended meanwhile stays ended."""
    db.execute(_REFRESH, {"id": id_hash, "roles": _json(roles), "who": who, "tokens": tokens, "now": now})


def end_session(db: Connection, id_hash: bytes) -> None:
    """Sign this browser out."""
    db.execute(_END, {"id": id_hash})


def end_sessions_of_sid(db: Connection, sid: str | None, sub: str | None) -> int:
    """End one Keycloak sign-in on every host (or, without sid, all of the person's); the number ended."""
    return int(db.execute(_END_SID, {"sid": sid, "sub": sub}).scalar() or 0)


def end_sessions_of_member(session: TenantSession, sub: str) -> None:
    """End this person's sessions in the session's region, in its transaction."""
    session.execute(_END_MEMBER, {"sub": sub})


def purge_sessions(db: Connection, now: datetime) -> int:
    """Delete what has expired; the number deleted."""
    return int(db.execute(_PURGE, {"now": now}).scalar() or 0)


def put_my_case(session: TenantSession, *, sub: str, code: str, service: str, state: str, at: datetime) -> None:
    """Keep the citizen's list over all regions in step, in the case's own transaction."""
    driver(session).execute(_PUT_CASE, (sub, code, service, state, at))


def move_my_case(session: TenantSession, code: str, state: str) -> None:
    """The state on the list of whoever has this case on theirs, in the transaction of the move."""
    driver(session).execute(_MOVE_CASE, (code, state))


def drop_my_case(session: TenantSession, code: str) -> None:
    """Take a case off its reporter's list."""
    session.execute(_DROP_CASE, {"code": code})


def my_cases(database: Database, sub: str, *, tenant_id: int | None = None, limit: int = 100) -> Sequence[Row[Any]]:
    """Rows (tenant_id, code, service, state, at) of this person, newest first; the policy on app.sub lets no other through."""
    with database.engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.sub', :sub, true)"), {"sub": sub})
        return connection.execute(_MY_CASES, {"sub": sub, "tenant": tenant_id, "limit": limit}).all()


@contextmanager
def address_lock(database: Database) -> "Iterator[Connection]":
    """One writer of the portal's addresses at a time, over all processes: held until the block ends."""
    with database.engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADDRESS_LOCK})
        yield connection


def all_hosts(db: Connection) -> list[tuple[str, bool]]:
    """(slug, True) of each tenant and (custom domain, False) of each proven one; suspended tenants keep theirs."""
    rows = db.execute(
        text(
            "SELECT slug AS name, true AS is_slug FROM registry.tenant WHERE kind = 'region'"
            " UNION ALL SELECT host, false FROM registry.tenant_domain WHERE verified_at IS NOT NULL"
        )
    )
    return [(row.name, row.is_slug) for row in rows]


def lock_admins(session: TenantSession) -> list[UUID]:
    """Lock this region's active admins until the transaction ends: two removals at once can't both find the other one."""
    rows = session.execute(
        text(
            "SELECT id FROM member WHERE tenant_id = :tenant AND active AND missing_since IS NULL AND roles @> '[\"admin\"]'"
            " ORDER BY id FOR UPDATE"
        ),
        {"tenant": session.tenant_id},
    )
    return [row.id for row in rows]


def _json(values: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(values)).decode()
