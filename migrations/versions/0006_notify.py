"""Core schema, part 6: messages and the log of their deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    tenant_table(
        op,
        "message",
        sa.Column("channel", sa.Text(), nullable=False),
        keys.sealed("recipient", "secret"),
        sa.Column("member_id", pg.UUID(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        keys.sealed("subject", "text", nullable=False),
        keys.sealed("body", "text", nullable=False),
        sa.Column("about_kind", sa.Text(), nullable=True),
        # No foreign key: what a message is about belongs to rooms above this one.
        sa.Column("about_id", pg.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'sent', 'kept', 'undelivered')", name="message_state"),
        tenant_fk("member_id", "member", on_delete="SET NULL"),
    )
    tenant_index(op, "message_member", "message", "member_id", "id DESC")
    tenant_index(op, "message_about", "message", "about_id", "id DESC", where="about_id IS NOT NULL")
    tenant_index(op, "message_unsent", "message", "id DESC", where="state IN ('kept', 'undelivered')")
    tenant_table(
        op,
        "delivery",
        sa.Column("message_id", pg.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        tenant_fk("message_id", "message"),
        kind="append_only",
    )
    tenant_index(op, "delivery_message_id", "delivery", "message_id")


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("message")
