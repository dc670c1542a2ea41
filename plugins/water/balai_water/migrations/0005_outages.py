"""Outages, the connections that they touch, and who was told of what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import tenant_fk, tenant_index, tenant_table

revision = "water_0005"
down_revision = "water_0004"
_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("water_notice", "water_outage_connection", "water_outage")


def upgrade() -> None:
    _outages()
    _notices()


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _outages() -> None:
    tenant_table(
        op,
        "water_outage",
        _text("kind"),
        _text("reason"),
        _text("text"),
        _moment("starts_at", nullable=False),
        _moment("ends_at"),
        _moment("ended_at"),
        _text("state"),
        sa.Column("selection", pg.JSONB(), nullable=False),
        sa.Column("places", pg.JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("member_id", pg.UUID(), nullable=True),
        _moment("created_at", nullable=False),
        _moment("announced_at"),
        _moment("changed_at", nullable=False),
        tenant_fk("member_id", "member", on_delete="SET NULL"),
        sa.CheckConstraint("kind IN ('planned', 'sudden')", name="water_outage_kind"),
        sa.CheckConstraint("state IN ('draft', 'announced', 'ended', 'cancelled')", name="water_outage_state"),
        sa.CheckConstraint("ends_at > starts_at", name="water_outage_times"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="water_outage_ended"),
    )
    tenant_index(op, "water_outage_state", "water_outage", "state", "starts_at")
    tenant_index(op, "water_outage_member_id", "water_outage", "member_id", where="member_id IS NOT NULL")
    tenant_table(
        op,
        "water_outage_connection",
        sa.Column("outage_id", pg.UUID(), nullable=False),
        sa.Column("connection_id", pg.UUID(), nullable=False),
        _moment("added_at", nullable=False),
        _moment("spared_at"),
        tenant_fk("outage_id", "water_outage", on_delete="CASCADE"),
        tenant_fk("connection_id", "water_connection", on_delete="CASCADE"),
    )
    tenant_index(
        op, "water_outage_connection_once", "water_outage_connection", "outage_id", "connection_id", unique=True
    )
    tenant_index(op, "water_outage_connection_connection_id", "water_outage_connection", "connection_id")


def _notices() -> None:
    tenant_table(
        op,
        "water_notice",
        # No foreign keys: what it is about belongs to rooms above, the message to the core, which may drop it earlier.
        sa.Column("about", pg.UUID(), nullable=False),
        _text("kind"),
        sa.Column("connection_id", pg.UUID(), nullable=False),
        sa.Column("message_id", pg.UUID(), nullable=True),
        _moment("at", nullable=False),
        tenant_fk("connection_id", "water_connection", on_delete="CASCADE"),
    )
    tenant_index(op, "water_notice_once", "water_notice", "about", "kind", "connection_id", unique=True)
    tenant_index(op, "water_notice_connection_id", "water_notice", "connection_id")
