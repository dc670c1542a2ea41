"""Connections and sessions. One session belongs to one tenant, from its first statement to its last."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
from flask import current_app
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria

from balai.db.base import TenantModel
from balai.db.direct import Driver, begin
from balai.errors import ConfigurationError

if TYPE_CHECKING:
    from balai.contracts import Event

Dispatcher = Callable[["TenantSession", "Event"], None]


class WrongTenantError(RuntimeError):
    """A row of one tenant met a session of another: a programming error, never the user's fault."""


class TenantSession(Session):
    """A session of exactly one tenant (or of none, for `registry` only).

    tenant_id: fixed at creation; setting it again raises AttributeError. Every transaction starts with
    `SET LOCAL app.tenant_id`, ORM reads carry an explicit tenant filter besides (decision 6 and domain/database).
    """

    def __init__(self, database: "Database", tenant_id: int | None) -> None:
        super().__init__(database.engine, expire_on_commit=False)
        self._tenant_id = tenant_id
        self.database = database
        # The driver's connection while a transaction is on.
        self.driver: Driver | None = None

    @property
    def tenant_id(self) -> int:
        """The tenant; raises WrongTenantError on a session without one."""
        if self._tenant_id is None:
            raise WrongTenantError("this session has no tenant: open one with tenant_scope(tenant)")
        return self._tenant_id

    @property
    def has_tenant(self) -> bool:
        """Whether the session belongs to a tenant."""
        return self._tenant_id is not None


class Database:
    """The process's connection pool. Lives on `app.extensions["balai.db"]`; `db.database()` finds it."""

    def __init__(self, url: str, *, pool: int = 5, application_name: str = "balai") -> None:
        if not url:
            raise ConfigurationError("BALAI_DATABASE_URL is not set: name the PostgreSQL database (role balai_app)")
        self.url = sqlalchemy_url(url)
        self.engine = _engine(self.url, pool, application_name)
        self.dispatcher: Dispatcher | None = None

    def session(self, tenant_id: int | None) -> TenantSession:
        """A new session; the caller closes it (use `tenancy.tenant_scope` where you can)."""
        return TenantSession(self, tenant_id)

    def close(self) -> None:
        """Give every connection back to the server."""
        self.engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """`postgresql://...` in the form that names the psycopg driver."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _engine(url: str, pool: int, application_name: str) -> Engine:
    return create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_use_lifo=True,
        connect_args={
            # JIT costs more than it gives on short queries (domain/database); jobs: the queue's own schema.
            "options": "-c search_path=public,jobs -c jit=off -c timezone=UTC",
            "application_name": application_name,
            "connect_timeout": 5,
        },
    )


def driver(session: Session) -> Driver:
    """The psycopg connection in this session's transaction, for hot statements in modules on the Core-SQL allow-list.

    SQLAlchemy's own execution costs about 60 us a statement more. Every statement names its tenant; errors are psycopg's.
    """
    # Inside a savepoint SQLAlchemy has to be asked: it sets the savepoint only when its connection is used.
    if isinstance(session, TenantSession) and session.driver is not None and not session.in_nested_transaction():
        return session.driver
    found: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return found


def database() -> Database:
    """The database of the current application."""
    found: Database = current_app.extensions["balai.db"]
    return found


def check_role(database: Database) -> None:
    """Refuse to serve as a role for which row-level security doesn't hold (decision 2). Raises ConfigurationError."""
    with database.engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT r.rolname, r.rolsuper, r.rolbypassrls, pg_has_role(current_user, d.datdba, 'USAGE') AS owns"
                " FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"
            )
        ).one()
    wrong = [
        word
        for word, bad in (("a superuser", row.rolsuper), ("BYPASSRLS", row.rolbypassrls), ("the owner", row.owns))
        if bad
    ]
    if wrong:
        raise ConfigurationError(
            f"database role {row.rolname!r} is {' and '.join(wrong)}: tenants would not be kept apart."
            " Point BALAI_DATABASE_URL to role balai_app."
        )


@event.listens_for(TenantSession, "after_begin")
def _set_tenant(session: TenantSession, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested or not session.has_tenant:
        return
    found: Any = connection.connection.driver_connection
    try:
        begin(found, session.tenant_id)
        session.driver = found
    except psycopg.OperationalError as error:
        # The server went away: the next caller gets a fresh connection.
        connection.invalidate(error)
        raise


@event.listens_for(TenantSession, "after_transaction_end")
def _forget_driver(session: TenantSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.driver = None


@event.listens_for(TenantSession, "do_orm_execute")
def _filter_tenant(state: ORMExecuteState) -> None:
    session = state.session
    if not isinstance(session, TenantSession) or not session.has_tenant:
        return
    if state.is_select or state.is_update or state.is_delete:
        tenant_id = session.tenant_id
        state.statement = state.statement.options(
            with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
        )


@event.listens_for(TenantSession, "before_flush")
def _stamp_tenant(session: TenantSession, _context: object, _instances: object) -> None:
    for row in session.new:
        if isinstance(row, TenantModel):
            stamped: int | None = row.tenant_id
            if stamped is None:
                row.tenant_id = session.tenant_id
            elif stamped != session.tenant_id:
                raise WrongTenantError(f"{type(row).__name__} of tenant {row.tenant_id} in a session of another tenant")
