"""SQL of bills: whole months are read and written by a few statements. Every statement names its tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import and_, case, func, literal_column, or_, select

from balai.api import TenantSession, driver
from balai_water.bills.models import Bill
from balai_water.readings.models import Reading
from balai_water.readings.queries import due, uses
from balai_water.register.models import Connection, Customer

_ADD = """
INSERT INTO water_bill (tenant_id, id, connection_id, month, customer_id, group_key, previous, stand, estimated, use_m3,
  charged_m3, total, due_on, tariff_id, run_id, invoice_id, created_at)
SELECT $1, b.id, b.connection_id, $2, b.customer_id, b.group_key, b.previous, b.stand, b.estimated, b.use_m3, b.charged_m3,
  b.total, $3, $4, $5, b.invoice_id, $6
FROM json_to_recordset($7::json) b (id uuid, connection_id uuid, customer_id uuid, group_key text, previous int, stand int,
  estimated boolean, use_m3 int, charged_m3 int, total bigint, invoice_id uuid)
"""
_TAKE_OVER = """
INSERT INTO water_bill AS old (tenant_id, id, connection_id, month, customer_id, group_key, previous, stand, estimated, use_m3,
  charged_m3, total, due_on, external, paid_on, created_at)
SELECT $1, b.id, b.connection_id, b.month, b.customer_id, b.group_key, b.previous, b.stand, false, b.use_m3, b.use_m3, b.total,
  b.due_on, b.external, b.paid_on, $2
FROM json_to_recordset($3::json) b (id uuid, connection_id uuid, month date, customer_id uuid, group_key text, previous int,
  stand int, use_m3 int, total bigint, due_on date, external jsonb, paid_on date)
ON CONFLICT (tenant_id, connection_id, month) DO UPDATE SET use_m3 = excluded.use_m3, charged_m3 = excluded.charged_m3,
  total = excluded.total, due_on = excluded.due_on, external = excluded.external, previous = excluded.previous,
  stand = excluded.stand,
  paid_on = CASE WHEN excluded.external ? 'undated' THEN COALESCE(old.paid_on, excluded.paid_on) ELSE excluded.paid_on END
WHERE old.external IS NOT NULL
  AND (old.use_m3, old.total, old.due_on, old.external, old.previous, old.stand, old.paid_on) IS DISTINCT FROM
  (excluded.use_m3, excluded.total, excluded.due_on, excluded.external, excluded.previous, excluded.stand,
   CASE WHEN excluded.external ? 'undated' THEN COALESCE(old.paid_on, excluded.paid_on) ELSE excluded.paid_on END)
"""

# No card may be written in two ways.
_CARD = func.nullif(Connection.card, literal_column("'null'::jsonb"), type_=Connection.card.type)


class NewBill(msgspec.Struct, gc=False):
    """A bill that is about to be written; names as in models.Bill."""

    id: UUID
    connection_id: UUID
    customer_id: UUID
    group_key: str
    previous: int | None
    stand: int | None
    estimated: bool
    use_m3: int
    charged_m3: int
    total: int
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class Combination:
    """Connections that are charged the same: their group, card (as it is stored), use in m3, and how many there are."""

    group_key: str
    card: dict[str, Any] | None
    use: int
    count: int


def billable(
    session: TenantSession, month: date, after: UUID | None, limit: int
) -> tuple[list[tuple[Any, ...]], UUID | None]:
    """The next `limit` connections with a use, by id, those after `after`; of them the ones that have no bill yet:

    (connection, number, group, card, customer, sealed name, account's index, use, previous, stand, kind), and the id of the last
    one that was looked at (None: there are no more). Three walks along a range of ids and no join of what this very run writes:
    of that the planner knows nothing, and once guessed wrong it compared every bill with every connection.
    """
    walk = uses(month).order_by(Reading.connection_id).limit(limit)
    read: Sequence[Any] = session.execute(walk.where(Reading.connection_id > after) if after else walk).all()
    if not read:
        return [], None
    first, last = read[0][0], read[-1][0]
    billed = set(
        session.scalars(select(Bill.connection_id).where(Bill.month == month, Bill.connection_id.between(first, last)))
    )
    query = (
        select(
            Connection.id, Connection.number, Connection.group_key, Connection.card, Connection.customer_id, Customer.name,
            Customer.sub_index,
        )
        .join(Customer, and_(Customer.tenant_id == Connection.tenant_id, Customer.id == Connection.customer_id))
        .where(Connection.tenant_id == session.tenant_id, Connection.id.between(first, last))
    )  # fmt: skip
    taps = {row[0]: row for row in session.execute(query)}
    return [(*taps[row[0]], *row[1:]) for row in read if row[0] not in billed], last


def combinations(session: TenantSession, month: date) -> list[Combination]:
    """The uses of a month, connections that are charged the same counted together."""
    read = uses(month).subquery()
    query = (
        select(Connection.group_key, _CARD, read.c.use, func.count())
        .join(read, read.c.connection_id == Connection.id)
        .where(Connection.tenant_id == session.tenant_id)
        .group_by(Connection.group_key, _CARD, read.c.use)
        .order_by(Connection.group_key, read.c.use)
    )
    return [Combination(*row) for row in session.execute(query)]


def connections_of(session: TenantSession, month: date, found: Combination, limit: int) -> list[tuple[UUID, str]]:
    """(id, number) of connections of one combination, by number."""
    read = uses(month).subquery()
    card = _CARD.is_(None) if found.card is None else Connection.card == found.card
    query = (
        select(Connection.id, Connection.number)
        .join(read, read.c.connection_id == Connection.id)
        .where(
            Connection.tenant_id == session.tenant_id,
            Connection.group_key == found.group_key,
            read.c.use == found.use,
            card,
        )
        .order_by(Connection.number)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def add(
    session: TenantSession,
    bills: Sequence[NewBill],
    *,
    month: date,
    due_on: date,
    tariff_id: UUID,
    run_id: UUID,
    at: Any,
) -> None:
    """Write bills of one batch."""
    _tell(session, _ADD, month, due_on, tariff_id, run_id, at, msgspec.json.encode(bills).decode())


def take_over(session: TenantSession, rows: Sequence[dict[str, Any]], at: Any) -> int:
    """Write bills of another system, or what changed of them; how many rows that were. Bills made here are left alone."""
    return _tell(session, _TAKE_OVER, at, msgspec.json.encode(rows).decode())


def _tell(session: TenantSession, statement: str, *values: Any) -> int:
    session.flush()
    return psycopg.RawCursor(driver(session)).execute(statement, [session.tenant_id, *values]).rowcount


def left_out(
    session: TenantSession, month: date, known_groups: Sequence[str], limit: int, *, after: str = ""
) -> list[tuple[UUID, str, str, str]]:
    """Connections without a bill of a month that a run can't give one: (id, number, why, group), by number, those after `after`.

    why: unread, check, refused, or group (it isn't in the tariff).
    """
    read = and_(
        Reading.tenant_id == Connection.tenant_id, Reading.connection_id == Connection.id, Reading.month == month
    )
    unknown = Connection.group_key.not_in(known_groups)
    why = case((Reading.id.is_(None), "unread"), (Reading.state != "accepted", Reading.state), else_="group")
    query = (
        select(Connection.id, Connection.number, why, Connection.group_key)
        .outerjoin(Reading, read)
        .where(Connection.tenant_id == session.tenant_id, Connection.number > after, ~_billed(month))
        .where(
            or_(
                and_(Reading.id.is_(None), due(month)),
                Reading.state != "accepted",
                and_(Reading.id.is_not(None), unknown),
            )
        )
        .order_by(Connection.number)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def _billed(month: date) -> Any:
    same = and_(Bill.tenant_id == Connection.tenant_id, Bill.connection_id == Connection.id)
    return select(Bill.id).where(same, Bill.month == month).exists()


def left_out_counts(session: TenantSession, month: date) -> dict[str, int]:
    """How many connections have no bill of a month, by why: unread, check, refused, accepted."""
    read = and_(
        Reading.tenant_id == Connection.tenant_id, Reading.connection_id == Connection.id, Reading.month == month
    )
    why = func.coalesce(Reading.state, "unread")
    query = (
        select(why, func.count())
        .select_from(Connection)
        .outerjoin(Reading, read)
        .where(Connection.tenant_id == session.tenant_id, ~_billed(month), due(month) | Reading.id.is_not(None))
        .group_by(why)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def month_figures(session: TenantSession) -> list[tuple[date, int, int, int, int]]:
    """(month, bills, m3, rupiah, bills of another system) of the last 24 months that have any, the latest first."""
    query = (
        select(
            Bill.month, func.count(), func.sum(Bill.use_m3), func.sum(Bill.total),
            func.count().filter(Bill.invoice_id.is_(None)),
        )
        .group_by(Bill.month)
        .order_by(Bill.month.desc())
        .limit(24)
    )  # fmt: skip
    return [(row[0], row[1], int(row[2]), int(row[3]), row[4]) for row in session.execute(query)]


def billed_m3(session: TenantSession, month: date) -> dict[UUID | None, int]:
    """m3 that were billed for a month, by the zone of the connection (None: in no zone)."""
    query = (
        select(Connection.zone_id, func.sum(Bill.use_m3))
        .join(Connection, and_(Connection.tenant_id == Bill.tenant_id, Connection.id == Bill.connection_id))
        .where(Bill.month == month)
        .group_by(Connection.zone_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}
