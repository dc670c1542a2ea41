"""Names found by their words, requests that the register still lacks, tables that were brought, browsers of households."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import sealed, tenant_fk, tenant_index, tenant_table

revision = "water_0007"
down_revision = "water_0006"
_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("water_household_link", "water_import", "water_order", "water_customer_word")


def upgrade() -> None:
    tenant_table(
        op,
        "water_customer_word",
        _id("customer_id"),
        _text("word"),
        tenant_fk("customer_id", "water_customer", on_delete="CASCADE"),
    )
    tenant_index(op, "water_customer_word_word", "water_customer_word", "word", "customer_id", unique=True)
    tenant_index(op, "water_customer_word_customer_id", "water_customer_word", "customer_id")
    tenant_table(
        op,
        "water_order",
        _id("case_id"),
        _text("kind"),
        _text("state"),
        _id("connection_id", nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        _id("member_id", nullable=True),
        tenant_fk("case_id", "cases", on_delete="CASCADE"),
        tenant_fk("connection_id", "water_connection", on_delete="SET NULL"),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name="water_order_state"),
    )
    tenant_index(op, "water_order_case_id", "water_order", "case_id", unique=True)
    tenant_index(op, "water_order_open", "water_order", "created_at", where="state = 'open'")
    tenant_index(op, "water_order_connection_id", "water_order", "connection_id", where="connection_id IS NOT NULL")
    _imports()


def _imports() -> None:
    tenant_table(
        op,
        "water_import",
        _text("kind"),
        _text("filename"),
        _text("digest"),
        sealed("content", "secret"),
        _text("state"),
        sa.Column("counts", pg.JSONB(), nullable=False),
        _text("problem"),
        sa.Column("at", _MOMENT, nullable=False),
        _id("member_id", nullable=True),
        sa.CheckConstraint("state IN ('checked', 'queued', 'applied', 'failed')", name="water_import_state"),
    )
    tenant_index(op, "water_import_kind", "water_import", "kind", "at")
    tenant_table(
        op,
        "water_household_link",
        _id("connection_id"),
        _id("customer_id"),
        _text("secret_hash"),
        sa.Column("created_at", _MOMENT, nullable=False),
        tenant_fk("connection_id", "water_connection", on_delete="CASCADE"),
        tenant_fk("customer_id", "water_customer", on_delete="CASCADE"),
    )
    tenant_index(op, "water_household_link_connection_id", "water_household_link", "connection_id")
    tenant_index(op, "water_household_link_customer_id", "water_household_link", "customer_id")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, pg.UUID(), nullable=nullable)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
