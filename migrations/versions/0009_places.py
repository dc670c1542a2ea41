"""Core schema, part 9: the districts and villages of each region."""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import tenant_index, tenant_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    tenant_table(
        op,
        "area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.CheckConstraint("kind IN ('kabkota', 'kecamatan', 'desa', 'kelurahan')", name="area_kind"),
    )
    tenant_index(op, "area_code", "area", "code", unique=True)
    tenant_index(op, "area_parent_code", "area", "parent_code", "name")


def downgrade() -> None:
    op.drop_table("area")
