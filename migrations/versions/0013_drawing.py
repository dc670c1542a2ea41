"""Core schema, part 13: services on the drawing board, with every state that they had."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0013"
down_revision = "0012"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    tenant_table(
        op,
        "service_drawing",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", pg.JSONB(), nullable=False),
        sa.Column("units", pg.JSONB(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("asked_by", pg.UUID(), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("decided_by", pg.UUID(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("published_number", sa.Integer(), nullable=True),
        sa.Column("changed_by", pg.UUID(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('new', 'changes')", name="service_drawing_kind"),
        sa.CheckConstraint("state IN ('draft', 'asked', 'refused', 'published')", name="service_drawing_state"),
    )
    tenant_index(op, "service_drawing_service", "service_drawing", "service_id", unique=True)
    tenant_table(
        op,
        "service_drawing_step",
        sa.Column("drawing_id", pg.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("document", pg.JSONB(), nullable=False),
        sa.Column("units", pg.JSONB(), nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        tenant_fk("drawing_id", "service_drawing", on_delete="CASCADE"),
        kind="append_only",
    )
    tenant_index(op, "service_drawing_step_number", "service_drawing_step", "drawing_id", "number", unique=True)


def downgrade() -> None:
    op.drop_table("service_drawing_step")
    op.drop_table("service_drawing")
