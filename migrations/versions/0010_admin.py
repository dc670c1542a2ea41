"""Core schema, part 10: the permits by which a region lets the operator look into its data (decision 18)."""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import tenant_index, tenant_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    tenant_table(
        op,
        "operator_grant",
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text()),
        sa.CheckConstraint("until > given_at", name="operator_grant_time"),
        # Whoever could set a date in the year 3000 would have made a permanent door of it.
        sa.CheckConstraint("until <= given_at + interval '7 days'", name="operator_grant_short"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="operator_grant_ended"),
    )
    tenant_index(op, "operator_grant_until", "operator_grant", "until")


def downgrade() -> None:
    op.drop_table("operator_grant")
