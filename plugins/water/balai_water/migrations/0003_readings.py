"""Periods, one reading per connection and period, what was decided about readings, and corrections of closed months."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import tenant_fk, tenant_index, tenant_table

revision = "water_0003"
down_revision = "water_0002"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _periods()
    _readings()
    _changes()


def downgrade() -> None:
    for table in ("water_correction", "water_reading_change", "water_reading", "water_period"):
        op.drop_table(table)


def _id(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, pg.UUID(), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _first_day(column: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"extract(day FROM {column}) = 1", name=name)


def _periods() -> None:
    tenant_table(
        op,
        "water_period",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        _id("opened_by"),
        sa.Column("closed_at", _MOMENT, nullable=True),
        _id("closed_by"),
        sa.CheckConstraint("state IN ('open', 'reading', 'verifying', 'closed')", name="water_period_state"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="water_period_closed"),
        _first_day("month", "water_period_first_day"),
    )
    tenant_index(op, "water_period_month", "water_period", "month", unique=True)


def _readings() -> None:
    tenant_table(
        op,
        "water_reading",
        _id("connection_id", nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        # A meter is never deleted: a key to it would cost a hundred thousand look-ups a month and guard against nothing.
        _id("meter_id"),
        _whole("stand", nullable=True),
        _whole("previous"),
        _whole("use"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("flags", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _whole("accepted_use", nullable=True),
        sa.Column("differs", sa.Boolean(), nullable=False),
        _whole("credit"),
        sa.Column("recent", pg.ARRAY(sa.Integer()), nullable=False),
        _whole("base_stand", nullable=True),
        _id("base_meter_id"),
        _id("client_id", nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        _id("member_id"),
        _id("photo_id"),
        sa.Column("note", sa.Text(), nullable=False),
        tenant_fk("connection_id", "water_connection", on_delete="CASCADE"),
        tenant_fk("member_id", "member", on_delete="SET NULL"),
        tenant_fk("photo_id", "file", on_delete="SET NULL"),
        sa.CheckConstraint("use >= 0 AND previous >= 0 AND stand >= 0", name="water_reading_figures"),
        sa.CheckConstraint("(kind = 'estimate') = (stand IS NULL)", name="water_reading_estimate"),
        sa.CheckConstraint(
            "kind IN ('estimate', 'self', 'sheet', 'reader', 'corrected')"
            " AND state IN ('accepted', 'check', 'refused')",
            name="water_reading_words",
        ),
        _first_day("month", "water_reading_first_day"),
    )
    tenant_index(op, "water_reading_connection_month", "water_reading", "connection_id", "month", unique=True)
    tenant_index(op, "water_reading_client_id", "water_reading", "client_id", unique=True)
    tenant_index(op, "water_reading_month", "water_reading", "month")
    tenant_index(op, "water_reading_waiting", "water_reading", "month", where="state <> 'accepted'")
    for column in ("member_id", "photo_id"):
        tenant_index(op, f"water_reading_{column}", "water_reading", column, where=f"{column} IS NOT NULL")


def _changes() -> None:
    tenant_table(
        op,
        "water_reading_change",
        _id("connection_id", nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        _id("client_id"),
        sa.Column("before", pg.JSONB(), nullable=False),
        sa.Column("after", pg.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _id("member_id"),
        _id("photo_id"),
        tenant_fk("connection_id", "water_connection"),
        kind="append_only",
    )
    tenant_index(op, "water_reading_change_connection", "water_reading_change", "connection_id", "month")
    tenant_index(
        op,
        "water_reading_change_client_id",
        "water_reading_change",
        "client_id",
        unique=True,
        where="client_id IS NOT NULL",
    )
    tenant_table(
        op,
        "water_correction",
        _id("connection_id", nullable=False),
        sa.Column("for_month", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        _whole("stand", nullable=True),
        _whole("delta"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _id("member_id"),
        tenant_fk("connection_id", "water_connection"),
        sa.CheckConstraint("month > for_month AND stand >= 0", name="water_correction_figures"),
        kind="append_only",
    )
    tenant_index(op, "water_correction_connection", "water_correction", "connection_id", "month")
