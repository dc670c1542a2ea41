"""Core schema, part 10: the permits by which a region lets the operator look into its data (decision 18), the operator's orders
to open a region, and a region's orders to take its data along.
"""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import tenant_index, tenant_table
from balai.keys import sealed

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _grants()
    _openings()
    _exports()


def _grants() -> None:
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


def _openings() -> None:
    # Lives with the operator's tenant. The worker does the opening, so what it needs to know stands here, sealed, and not in
    # the job's arguments.
    tenant_table(
        op,
        "region_opening",
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sealed("admin_email", "email"),
        sealed("admin_name", "name"),
        sealed("password", "secret"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused')", name="region_opening_state"),
    )
    tenant_index(op, "region_opening_asked_at", "region_opening", "asked_at")


def _exports() -> None:
    tenant_table(
        op,
        "data_export",
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default="0"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'gone')", name="data_export_state"),
        sa.CheckConstraint("NOT personal OR reason <> ''", name="data_export_reason"),
    )
    tenant_index(op, "data_export_asked_at", "data_export", "asked_at")


def downgrade() -> None:
    op.drop_table("data_export")
    op.drop_table("region_opening")
    op.drop_table("operator_grant")
