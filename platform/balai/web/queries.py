"""Core SQL of the shell: the shared rate-limit table. It belongs to no tenant and holds keyed hashes only (decision 3)."""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from balai.clock import now

_HIT = text("SELECT rate_limit_hit(:bucket, :seconds, :allowed, :now)")
_PURGE = text("SELECT rate_limit_purge(:now)")


def hit(connection: Connection, bucket: bytes, *, seconds: int, allowed: int) -> int:
    """Count one use of `bucket`; seconds to wait when more than `allowed` fall into `seconds`, else 0."""
    values = {"bucket": bucket, "seconds": seconds, "allowed": allowed, "now": now().timestamp()}
    waited: int = connection.execute(_HIT, values).scalar_one()
    return waited


def purge(connection: Connection | Session) -> int:
    """Forget windows that have passed; how many."""
    gone: int = connection.execute(_PURGE, {"now": now().timestamp()}).scalar_one()
    return gone
