"""Tariffs: drafts that are worked on, adopted versions that nobody changes, and their withdrawals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import tenant_fk, tenant_index, tenant_table

revision = "water_0002"
down_revision = "water_0001"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    tenant_table(
        op,
        "water_tariff_draft",
        sa.Column("decree", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("rules", pg.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", pg.UUID(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    # INSERT only: what was adopted is what people were charged by.
    tenant_table(
        op,
        "water_tariff",
        sa.Column("decree", sa.Text(), nullable=False),
        sa.Column("decreed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("rules", pg.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("adopted_at", _MOMENT, nullable=False),
        sa.Column("adopted_by", pg.UUID(), nullable=True),
        kind="append_only",
    )
    # One per day: the next edition comes only after the one before was withdrawn.
    tenant_index(op, "water_tariff_valid_from", "water_tariff", "valid_from", "edition", unique=True)
    tenant_table(
        op,
        "water_tariff_withdrawal",
        sa.Column("tariff_id", pg.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("member_id", pg.UUID(), nullable=True),
        tenant_fk("tariff_id", "water_tariff"),
        kind="append_only",
    )
    tenant_index(op, "water_tariff_withdrawal_tariff_id", "water_tariff_withdrawal", "tariff_id", unique=True)


def downgrade() -> None:
    for table in ("water_tariff_withdrawal", "water_tariff", "water_tariff_draft"):
        op.drop_table(table)
