"""Bills: one per connection and month, the runs that make them, what the utility set, objections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import tenant_fk, tenant_index, tenant_table

revision = "water_0004"
down_revision = "water_0003"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _runs()
    _bills()
    _settings()


def downgrade() -> None:
    for table in ("water_billing_setting", "water_objection", "water_bill", "water_billing_run"):
        op.drop_table(table)


def _runs() -> None:
    tenant_table(
        op,
        "water_billing_run",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("tariff_id", pg.UUID(), nullable=False),
        sa.Column("after", pg.UUID(), nullable=True),
        sa.Column("counts", pg.JSONB(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("started_by", pg.UUID(), nullable=True),
        sa.Column("moved_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'stopped')", name="water_billing_run_state"),
        sa.CheckConstraint("extract(day FROM month) = 1", name="water_billing_run_month"),
    )
    tenant_index(op, "water_billing_run_running", "water_billing_run", "month", unique=True, where="state = 'running'")
    tenant_index(op, "water_billing_run_month", "water_billing_run", "month")


def _bills() -> None:
    # Tariff, run, customer and invoice are never deleted: keys to them would cost each month's hundred thousand rows and
    # guard against nothing.
    tenant_table(
        op,
        "water_bill",
        sa.Column("connection_id", pg.UUID(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("customer_id", pg.UUID(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("stand", sa.Integer(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("use_m3", sa.Integer(), nullable=False),
        sa.Column("charged_m3", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("tariff_id", pg.UUID(), nullable=True),
        sa.Column("run_id", pg.UUID(), nullable=True),
        sa.Column("invoice_id", pg.UUID(), nullable=True),
        sa.Column("external", pg.JSONB(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        tenant_fk("connection_id", "water_connection"),
        sa.CheckConstraint("extract(day FROM month) = 1", name="water_bill_month"),
        sa.CheckConstraint("(invoice_id IS NULL) <> (external IS NULL)", name="water_bill_source"),
        sa.CheckConstraint("paid_on IS NULL OR external IS NOT NULL", name="water_bill_paid"),
    )
    # One bill per connection and month, whoever runs what how often.
    tenant_index(op, "water_bill_connection", "water_bill", "connection_id", "month", unique=True)
    tenant_index(op, "water_bill_month", "water_bill", "month", "connection_id")
    tenant_index(op, "water_bill_customer", "water_bill", "customer_id")
    tenant_table(
        op,
        "water_objection",
        sa.Column("bill_id", pg.UUID(), nullable=False),
        sa.Column("case_id", pg.UUID(), nullable=False),
        tenant_fk("bill_id", "water_bill", on_delete="CASCADE"),
        tenant_fk("case_id", "cases", on_delete="CASCADE"),
    )
    tenant_index(op, "water_objection_case", "water_objection", "case_id", unique=True)
    tenant_index(op, "water_objection_bill", "water_objection", "bill_id")


def _settings() -> None:
    tenant_table(
        op,
        "water_billing_setting",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("unit_id", pg.UUID(), nullable=True),
        sa.Column("due_day", sa.SmallInteger(), nullable=False),
        sa.Column("pay_at", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        tenant_fk("unit_id", "unit", on_delete="SET NULL"),
        sa.CheckConstraint("mode IN ('own', 'external')", name="water_billing_setting_mode"),
        sa.CheckConstraint("due_day BETWEEN 1 AND 28", name="water_billing_setting_due_day"),
    )
    tenant_index(op, "water_billing_setting_unit", "water_billing_setting", "unit_id")
    # One row per region.
    op.execute("CREATE UNIQUE INDEX water_billing_setting_one ON water_billing_setting (tenant_id)")
