"""The one form of work outside a request: a tenant, a session, one transaction (decision 5)."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, has_app_context

from balai.db import TenantSession, database
from balai.tenancy import queries
from balai.tenancy.tenants import Tenant


@contextmanager
def tenant_scope(tenant: Tenant | int) -> Iterator[TenantSession]:
    """A session of `tenant` in one transaction: committed at the end of the block, rolled back when it raises."""
    session = database().session(tenant if isinstance(tenant, int) else tenant.id)
    try:
        yield session
        session.commit()
    finally:
        session.close()


@contextmanager
def registry_scope() -> Iterator[TenantSession]:
    """A session without a tenant: registry tables only, tenant tables raise."""
    session = database().session(None)
    try:
        yield session
        session.commit()
    finally:
        session.close()


def tenants(*, status: tuple[str, ...] = ("active",), kind: tuple[str, ...] = ("region",)) -> list[Tenant]:
    """Every tenant of these states and kinds; work on them one `with tenant_scope(t):` at a time."""
    with registry_scope() as session:
        return list(queries.all_tenants(session, status=status, kind=kind))


def current() -> Tenant | None:
    """The tenant of this request or job; None on the apex host and outside of both."""
    return g.get("tenant") if has_app_context() else None


def operator() -> Tenant | None:
    """The operator's own tenant, to which acts on the apex host belong."""
    found = tenants(status=("active", "onboarding"), kind=("operator",))
    return found[0] if found else None
