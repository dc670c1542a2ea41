"""What the gate asks and writes, on the driver, each statement with its tenant filter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from balai.db import TenantSession, driver

# No count goes further than a decision needs.
_SIGHT: Final = """
SELECT
  (SELECT kind FROM filer_block WHERE tenant_id = %(tenant)s AND value_index = ANY(%(indexes)s) AND until > %(at)s
    AND ended_at IS NULL LIMIT 1),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND device = %(device)s
    AND at > %(hour)s LIMIT 100) x),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND device = %(device)s
    AND at > %(since)s LIMIT 50) x),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND address = %(address)s
    AND at > %(since)s LIMIT 50) x),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND words = %(words)s
    AND at > %(since)s LIMIT 20) x),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND words = %(words)s
    AND (device = %(device)s OR address = %(address)s) AND at > %(since)s LIMIT 20) x),
  (SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %(tenant)s AND at > %(since)s AND NOT held
    LIMIT %(surge)s) x),
  (SELECT string_agg(sketch, '') FROM (SELECT sketch FROM case_origin WHERE tenant_id = %(tenant)s AND at > %(since)s
    AND sketch IS NOT NULL ORDER BY at DESC LIMIT 60) x),
  (SELECT string_agg(sketch, '') FROM (SELECT sketch FROM case_origin WHERE tenant_id = %(tenant)s AND device = %(device)s
    AND at > %(since)s AND sketch IS NOT NULL ORDER BY at DESC LIMIT 10) x)
"""
_KEEP: Final = """
INSERT INTO case_origin (tenant_id, case_id, device, address, words, sketch, held, at)
VALUES (%(tenant)s, %(case)s, %(device)s, %(address)s, %(words)s, %(sketch)s, %(held)s, %(at)s)
"""


class Sight(NamedTuple):
    """What is known of a filing's sender and words: block that holds; filings of this device in an hour and lately, of this
    address lately; exact copies lately, of anybody and of this sender; unheld filings lately (up to the limit asked for);
    sketches of the newest texts, of anybody and of this device, one after the other.
    """

    blocked: str | None
    device_hour: int
    device: int
    address: int
    copies: int
    own_copies: int
    lately: int
    sketches: bytes | None
    own_sketches: bytes | None


def sight(session: TenantSession, values: dict[str, Any]) -> Sight:
    """values: indexes, device, address, words, at, since, hour, surge."""
    row = driver(session).execute(_SIGHT, {"tenant": session.tenant_id, **values}).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return Sight(*row)


def keep(session: TenantSession, values: dict[str, Any]) -> None:
    """Note where a filing came from. values: case, device, address, words, sketch, held, at."""
    driver(session).execute(_KEEP, {"tenant": session.tenant_id, **values})


def unheld_since(session: TenantSession, since: datetime) -> int:
    """Filings since then that went to the inbox, counted up to 20,000."""
    query = "SELECT count(*) FROM (SELECT FROM case_origin WHERE tenant_id = %s AND at > %s AND NOT held LIMIT 20000) x"
    row = driver(session).execute(query, (session.tenant_id, since)).fetchone()
    return int(row[0]) if row else 0


class Source(NamedTuple):
    """Where a held case came from; how many held open cases came from the same device, and from the same address."""

    case_id: UUID
    device: str | None
    address: str | None
    of_device: int
    of_address: int


_SOURCES: Final = """
SELECT o.case_id, o.device, o.address,
  (SELECT count(*) FROM (SELECT FROM case_origin d JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = d.case_id
    WHERE d.tenant_id = %(tenant)s AND d.device = o.device AND c.held_at IS NOT NULL AND c.closed_at IS NULL LIMIT 1000) x),
  (SELECT count(*) FROM (SELECT FROM case_origin d JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = d.case_id
    WHERE d.tenant_id = %(tenant)s AND d.address = o.address AND c.held_at IS NOT NULL AND c.closed_at IS NULL LIMIT 1000) x)
FROM case_origin o WHERE o.tenant_id = %(tenant)s AND o.case_id = ANY(%(ids)s)
"""


def sources(session: TenantSession, ids: Sequence[UUID]) -> dict[UUID, Source]:
    """Case id -> where it came from, as far as that is still known."""
    rows = driver(session).execute(_SOURCES, {"tenant": session.tenant_id, "ids": list(ids)})
    return {row[0]: Source(*row) for row in rows}


def held_like(session: TenantSession, case_id: UUID, *, by: str, limit: int) -> list[UUID]:
    """Held open cases of the same device or address as this one (itself included), oldest first. by: device | address."""
    column = {"device": "device", "address": "address"}[by]
    query = (
        f"SELECT c.id FROM case_origin mine JOIN case_origin o ON o.tenant_id = %(tenant)s AND o.{column} = mine.{column}"
        " JOIN cases c ON c.tenant_id = %(tenant)s AND c.id = o.case_id AND c.held_at IS NOT NULL AND c.closed_at IS NULL"
        " WHERE mine.tenant_id = %(tenant)s AND mine.case_id = %(case)s ORDER BY c.id LIMIT %(limit)s"
    )
    values = {"tenant": session.tenant_id, "case": case_id, "limit": limit}
    return [row[0] for row in driver(session).execute(query, values)]


def forget(session: TenantSession, before: datetime) -> int:
    """Drop what is older; how many rows."""
    query = "DELETE FROM case_origin WHERE tenant_id = %s AND at < %s"
    return driver(session).execute(query, (session.tenant_id, before)).rowcount


def release_origin(session: TenantSession, case_id: UUID) -> None:
    """A released case counts like any other from now on."""
    driver(session).execute(
        "UPDATE case_origin SET held = false WHERE tenant_id = %s AND case_id = %s", (session.tenant_id, case_id)
    )
