"""Zones, routes, other safe sources, customers, connections, their meters and what happened to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import sealed, tenant_fk, tenant_index, tenant_table

revision = "water_0001"
down_revision = None
_MOMENT = sa.DateTime(timezone=True)
_TABLES = (
    "water_connection_event", "water_meter", "water_connection", "water_customer", "water_source", "water_route", "water_zone",
)  # fmt: skip


def upgrade() -> None:
    _places()
    _customers()
    _connections()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _degrees() -> tuple[sa.Column[float], sa.Column[float]]:
    return sa.Column("latitude", sa.Double(), nullable=True), sa.Column("longitude", sa.Double(), nullable=True)


def _places() -> None:
    for name, extra in (("water_zone", ()), ("water_route", (sa.Column("member_id", pg.UUID(), nullable=True),))):
        tenant_table(
            op,
            name,
            _text("key"),
            _text("name"),
            *extra,
            sa.Column("active", sa.Boolean(), nullable=False),
            *((tenant_fk("member_id", "member", on_delete="SET NULL"),) if extra else ()),
        )
        tenant_index(op, f"{name}_key", name, "key", unique=True)
    tenant_index(op, "water_route_member_id", "water_route", "member_id", where="member_id IS NOT NULL")
    tenant_table(
        op,
        "water_source",
        _text("kind"),
        _text("name"),
        _text("region"),
        *_degrees(),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        _text("counted_by"),
        _text("note"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("households >= 0 AND year BETWEEN 1900 AND 2200", name="water_source_figures"),
    )
    tenant_index(op, "water_source_region", "water_source", "region")


def _customers() -> None:
    tenant_table(
        op,
        "water_customer",
        sealed("name", "name"),
        sealed("phone", "phone"),
        sealed("email", "email"),
        sealed("nik", "nik"),
        _text("phone_index", nullable=True),
        _text("sub_index", nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    for column in ("phone_index", "sub_index"):
        tenant_index(op, f"water_customer_{column}", "water_customer", column, where=f"{column} IS NOT NULL")


def _connections() -> None:
    tenant_table(
        op,
        "water_connection",
        _text("number"),
        sa.Column("customer_id", pg.UUID(), nullable=False),
        _text("group_key"),
        _text("region"),
        sealed("address", "text"),
        *_degrees(),
        sa.Column("zone_id", pg.UUID(), nullable=True),
        sa.Column("route_id", pg.UUID(), nullable=True),
        sa.Column("route_order", sa.Integer(), nullable=False),
        _text("priority", nullable=True),
        sa.Column("card", pg.JSONB(), nullable=True),
        _text("state"),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        tenant_fk("customer_id", "water_customer"),
        tenant_fk("zone_id", "water_zone", on_delete="SET NULL"),
        tenant_fk("route_id", "water_route", on_delete="SET NULL"),
        sa.CheckConstraint("state IN ('active', 'suspended', 'isolated', 'terminated')", name="water_connection_state"),
    )
    tenant_index(op, "water_connection_number", "water_connection", "number", unique=True)
    for column in ("customer_id", "region", "zone_id"):
        tenant_index(op, f"water_connection_{column}", "water_connection", column)
    tenant_index(op, "water_connection_route_id", "water_connection", "route_id", "route_order")
    tenant_table(
        op,
        "water_meter",
        sa.Column("connection_id", pg.UUID(), nullable=False),
        _text("serial"),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("initial", sa.Integer(), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("final", sa.Integer(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        tenant_fk("connection_id", "water_connection", on_delete="CASCADE"),
        sa.CheckConstraint("digits BETWEEN 3 AND 9", name="water_meter_digits"),
    )
    # One meter at a time.
    tenant_index(op, "water_meter_connection", "water_meter", "connection_id", unique=True, where="removed_on IS NULL")
    tenant_index(op, "water_meter_connection_id", "water_meter", "connection_id")
    tenant_table(
        op,
        "water_connection_event",
        sa.Column("connection_id", pg.UUID(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _text("kind"),
        _text("from_state", nullable=True),
        _text("to_state", nullable=True),
        _text("reason"),
        sa.Column("case_id", pg.UUID(), nullable=True),
        sa.Column("member_id", pg.UUID(), nullable=True),
        sa.Column("data", pg.JSONB(), nullable=False),
        tenant_fk("connection_id", "water_connection"),
        kind="append_only",
    )
    tenant_index(op, "water_connection_event_connection_id", "water_connection_event", "connection_id")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
