"""Ways to the driver for what happens in every request: SQLAlchemy's path costs several times the statement itself.

look_up: one row of the registry by a prepared statement, 30 us instead of 175. reading: a read-only piece of work of one tenant
in its own transaction, without a session. Both take a connection of the ordinary pool, and both are used by modules on the
Core-SQL allow-list only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.pool import PoolProxiedConnection

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from balai.db.database import Database

Driver = psycopg.Connection[Any]


def look_up(database: "Database", statement: str, *values: str) -> list[str | None] | None:
    """The first row of a statement outside any transaction, as text; None when there is none.

    Values stand for $1, $2, ... in `statement`.
    """
    with _connection(database) as raw:
        result = _driver(raw).pgconn.exec_params(statement.encode(), [value.encode() for value in values])
        _check(result, ExecStatus.TUPLES_OK)
        if not result.ntuples:
            return None
        cells = [result.get_value(0, column) for column in range(result.nfields)]
    return [None if cell is None else bytes(cell).decode() for cell in cells]


@contextmanager
def reading(database: "Database", tenant_id: int) -> Iterator[Driver]:
    """The driver's connection in a read-only transaction of one tenant, for the block."""
    with _connection(database) as raw:
        driver = _driver(raw)
        begin(driver, tenant_id, "BEGIN READ ONLY")
        try:
            yield driver
        finally:
            # Nothing was written; a commit, because psycopg forgets its prepared statements with a rollback.
            driver.pgconn.exec_(b"COMMIT")


def begin(driver: Driver, tenant_id: int, words: str = "BEGIN") -> None:
    """Begin a transaction and set its tenant, in one round trip where none has begun.

    A literal SET LOCAL: set_config() would not reach Citus workers (domain/database).
    """
    setting = f"SET LOCAL app.tenant_id = '{tenant_id:d}'"
    if driver.pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        _check(driver.pgconn.exec_(f"{words};{setting}".encode()), ExecStatus.COMMAND_OK)
    else:
        driver.execute(setting)


@contextmanager
def _connection(database: "Database") -> Iterator[PoolProxiedConnection]:
    raw = database.engine.raw_connection()
    try:
        yield raw
    except psycopg.OperationalError as error:
        # The server went away: the next caller gets a fresh connection.
        raw.invalidate(error)
        raise
    finally:
        raw.close()


def _driver(raw: PoolProxiedConnection) -> Driver:
    found: Any = raw.driver_connection
    driver: Driver = found
    return driver


def _check(result: "PGresult", wanted: ExecStatus) -> None:
    if result.status != wanted:
        raise error_from_result(result)
