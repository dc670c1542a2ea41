"""Core schema, part 11: gateways and how they are doing, texts of a region's own, quiet hours, digests, refusals, receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0011"
down_revision = "0010"
_STATES = ("queued", "sent", "kept", "undelivered", "dropped", "unwanted")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _message()
    _gateways()
    _wishes()
    _receipts()


def _message() -> None:
    op.add_column("message", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("message", sa.Column("due_at", _MOMENT, nullable=True))
    op.add_column("message", sa.Column("reference", sa.Text(), nullable=False, server_default=""))
    op.add_column("message", sa.Column("address_index", sa.Text(), nullable=True))
    op.add_column("message", keys.sealed("line", "text"))
    op.add_column("message", sa.Column("delivered_at", _MOMENT, nullable=True))
    op.add_column("message", sa.Column("digested_at", _MOMENT, nullable=True))
    _states(*_STATES)
    # What the bell counts on every page of the console.
    tenant_index(
        op, "message_unread", "message", "member_id", "id DESC",
        where="member_id IS NOT NULL AND read_at IS NULL AND channel = 'inapp'",
    )  # fmt: skip
    tenant_index(op, "message_reference", "message", "channel", "reference", where="reference <> ''")
    tenant_index(op, "message_created", "message", "created_at", "channel", "state")
    tenant_index(op, "message_queued", "message", "channel", "id", where="state = 'queued'")


def _states(*states: str) -> None:
    op.drop_constraint("message_state", "message")
    op.create_check_constraint("message_state", "message", f"state IN ({', '.join(map(repr, states))})")


def _gateways() -> None:
    tenant_table(
        op,
        "gateway",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        # Address, names of fields and headers; never a secret.
        sa.Column("config", pg.JSONB(), nullable=False),
        keys.sealed("secret", "secret"),
        keys.sealed("receipt_secret", "secret"),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    tenant_index(op, "gateway_channel", "gateway", "channel", unique=True)
    tenant_table(
        op,
        "channel_state",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", _MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    tenant_index(op, "channel_state_channel", "channel_state", "channel", unique=True)


def _wishes() -> None:
    tenant_table(
        op,
        "message_text",
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        # All three empty: back to the text that Balai ships.
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        kind="append_only",
    )
    tenant_index(op, "message_text_version", "message_text", "template", "language", "version", unique=True)
    tenant_table(
        op,
        "message_hours",
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("quiet_mail", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("quiet_from <> quiet_until", name="message_hours_span"),
    )
    op.execute("CREATE UNIQUE INDEX message_hours_one ON message_hours (tenant_id)")
    tenant_table(
        op,
        "message_refusal",
        sa.Column("address_index", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    tenant_index(op, "message_refusal_address", "message_refusal", "address_index", unique=True)
    tenant_table(
        op,
        "message_wish",
        sa.Column("member_id", pg.UUID(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("last_digest", sa.Date(), nullable=True),
        sa.CheckConstraint("mail IN ('off', 'daily', 'each')", name="message_wish_mail"),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
    )
    tenant_index(op, "message_wish_member", "message_wish", "member_id", unique=True)


def _receipts() -> None:
    tenant_table(
        op,
        "delivery_receipt",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("verdict IN ('delivered', 'failed')", name="delivery_receipt_verdict"),
        kind="append_only",
    )
    # The same receipt a second time is the first one again.
    tenant_index(op, "delivery_receipt_once", "delivery_receipt", "channel", "reference", "verdict", unique=True)


def downgrade() -> None:
    for table in (
        "delivery_receipt", "message_wish", "message_refusal", "message_hours", "message_text", "channel_state", "gateway",
    ):  # fmt: skip
        op.drop_table(table)
    for index in ("message_unread", "message_reference", "message_created", "message_queued"):
        op.drop_index(index, "message")
    op.execute("UPDATE message SET state = 'undelivered' WHERE state IN ('dropped', 'unwanted')")
    _states(*_STATES[:4])
    for column in ("urgent", "due_at", "reference", "address_index", "line", "delivered_at", "digested_at"):
        op.drop_column("message", column)
