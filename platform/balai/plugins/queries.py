"""Registry reads that must see what this very transaction wrote. Each one filters by tenant itself."""

from sqlalchemy import text

from balai.contracts import PluginState
from balai.db import TenantSession, driver
from balai.tenancy import queries

_STATES = "SELECT plugin, state FROM registry.tenant_plugin WHERE tenant_id = %s"
# Two people who switch at once must not both see the other's plugin as it was.
_LOCK = text("SELECT pg_advisory_xact_lock(7226502, :tenant)")


def fresh_states(session: TenantSession) -> dict[str, PluginState]:
    """States of the session's tenant as they are now (the request's own copy may be older)."""
    rows = driver(session).execute(_STATES, (session.tenant_id,)).fetchall()
    return {plugin: PluginState(state) for plugin, state in rows}


def lock_switches(session: TenantSession) -> None:
    """Let one transaction at a time switch plugins of this tenant."""
    session.execute(_LOCK, {"tenant": session.tenant_id})


def write_state(session: TenantSession, plugin: str, state: PluginState) -> None:
    """Write a plugin's state for the session's tenant."""
    queries.switch_plugin(session, session.tenant_id, plugin, state)


def forbid_writes(session: TenantSession) -> None:
    """Until the end of the savepoint (or transaction) that stands open, every write is refused."""
    session.execute(text("SET LOCAL transaction_read_only = on"))
