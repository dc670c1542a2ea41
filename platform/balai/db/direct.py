"""Ways to the driver for what happens in every request: SQLAlchemy's path costs several times the statement itself.

look_up: one value of the registry, 30 us of Python instead of 175. reading: a read-only piece of work of one tenant
in its own transaction, without a session. Both take a connection of the ordinary pool, and both are used by modules on the
Core-SQL allow-list only.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.pool import PoolProxiedConnection

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from balai.db.database import Database

Driver = psycopg.Connection[Any]


def look_up(database: "Database", function: str, value: str) -> bytes | None:
    """What `function(value)` of the registry answers, as text, outside any transaction; None for NULL.

    A plpgsql function keeps its plan for the connection's life; psycopg's own prepared statements go with every rollback.
    """
    raw = database.engine.raw_connection()
    try:
        driver = _driver(raw)
        result = driver.pgconn.exec_params(f"SELECT {function}($1)".encode(), [value.encode()])
        _check(driver, result, ExecStatus.TUPLES_OK)
        found: bytes | None = result.get_value(0, 0)
    except psycopg.OperationalError as error:
        # The server went away: the next caller gets a fresh connection.
        raw.invalidate(error)
        raise
    finally:
        raw.close()
    return found


class reading:  # noqa: N801 - used as a function: `with db.reading(...) as driver`
    """The driver's connection in a read-only transaction of one tenant, for the block.

    Statements are planned once per connection, whatever their values: planning costs more than a page of rows does. They must
    walk an index that fits every region. (A class, because a generator costs 10 us more, twice in a request.)
    """

    __slots__ = ("_raw", "_tenant_id")

    def __init__(self, database: "Database", tenant_id: int) -> None:
        self._raw = database.engine.raw_connection()
        self._tenant_id = tenant_id

    def __enter__(self) -> Driver:
        driver = _driver(self._raw)
        try:
            begin(driver, self._tenant_id, "BEGIN READ ONLY;SET LOCAL plan_cache_mode = force_generic_plan")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return driver

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, psycopg.OperationalError):
            self._raw.invalidate(error)
        else:
            # Nothing was written; a commit, because psycopg forgets its prepared statements with a rollback.
            _driver(self._raw).pgconn.exec_(b"COMMIT")
        self._raw.close()


def begin(driver: Driver, tenant_id: int, words: str = "BEGIN") -> None:
    """Begin a transaction and set its tenant, in one round trip where none has begun.

    A literal SET LOCAL: set_config() would not reach Citus workers (domain/database).
    """
    setting = f"SET LOCAL app.tenant_id = '{tenant_id:d}'"
    if driver.pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        _check(driver, driver.pgconn.exec_(f"{words};{setting}".encode()), ExecStatus.COMMAND_OK)
    else:
        driver.execute(setting)


def _driver(raw: PoolProxiedConnection) -> Driver:
    found: Any = raw.driver_connection
    driver: Driver = found
    return driver


def _check(driver: Driver, result: "PGresult", wanted: ExecStatus) -> None:
    if result.status == wanted:
        return
    if driver.closed:
        # Such an answer has no code, so psycopg would call it a mere DatabaseError.
        raise psycopg.OperationalError("the server closed the connection")
    raise error_from_result(result)
