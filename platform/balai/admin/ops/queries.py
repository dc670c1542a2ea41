"""What the health pages ask the database. Core SQL over the registry and the queue; no tenant's rows are read."""

from sqlalchemy import Connection, text


def alive(connection: Connection) -> bool:
    """The database answers and the registry is there."""
    return connection.execute(text("SELECT count(*) >= 0 FROM registry.tenant")).scalar_one() is True


def figures(connection: Connection) -> dict[str, int]:
    """Tenants by status and plugin switches, for /metrics."""
    rows = connection.execute(text("SELECT status, count(*) AS n FROM registry.tenant GROUP BY status"))
    found = {f'tenants{{status="{row.status}"}}': int(row.n) for row in rows}
    on = connection.execute(text("SELECT count(*) FROM registry.tenant_plugin WHERE state IN ('on', 'closing')"))
    found["plugins_switched_on"] = int(on.scalar_one())
    return found
