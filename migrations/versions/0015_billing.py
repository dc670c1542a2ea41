"""Core schema, part 15: billing. A double-entry ledger that the database itself keeps balanced, invoices, payments.

Sums that reports need are written by the triggers that see the rows, as deltas; a job folds them. So no figure can disagree with
what it counts, and two payments never wait for the same row of a roll-up.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0015"
down_revision = "0014"
_MOMENT = sa.DateTime(timezone=True)
_OUTSTANDING = "total + fees - credited - applied"
_STATE = (
    "CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'::text"
    f" WHEN ({_OUTSTANDING}) = 0 THEN 'paid'::text ELSE 'open'::text END"
)
_TABLES = (
    "billing_setting", "billing_delta", "billing_figure", "payment_refund", "payment_allocation", "payment", "instalment_plan",
    "invoice_entry", "invoice", "invoice_series", "ledger_closing", "ledger_line", "ledger_transaction", "ledger_account",
)  # fmt: skip
# Columns of an invoice that never change once it is issued; the payer's may be cleared when the law wants it.
_FIXED = (
    "series", "year", "serial", "subject_kind", "subject_id", "lines", "total", "issued_on", "due_on", "late_fee_rule",
    "transaction_id", "issued_at",
)  # fmt: skip


def upgrade() -> None:
    _ledger()
    _invoices()
    _payments()
    _figures()
    _triggers()


def _ledger() -> None:
    tenant_table(
        op,
        "ledger_account",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('asset', 'liability', 'income', 'expense')", name="ledger_account_kind"),
        sa.CheckConstraint("key ~ '^[a-z][a-z0-9_.-]*$'", name="ledger_account_word"),
        kind="append_only",
    )
    tenant_index(op, "ledger_account_key", "ledger_account", "key", unique=True)
    tenant_table(
        op,
        "ledger_transaction",
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reverses", pg.UUID(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.CheckConstraint("lines >= 2", name="ledger_transaction_lines"),
        tenant_fk("reverses", "ledger_transaction"),
        kind="append_only",
    )
    # What was taken back once can't be taken back again.
    tenant_index(
        op, "ledger_transaction_reverses", "ledger_transaction", "reverses", unique=True, where="reverses IS NOT NULL"
    )
    tenant_table(
        op,
        "ledger_line",
        sa.Column("transaction_id", pg.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", pg.UUID(), nullable=True),
        # As its transaction's, so that neither the guard nor a report looks the transaction up for each line.
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount <> 0", name="ledger_line_amount"),
        sa.CheckConstraint("seq >= 1", name="ledger_line_seq"),
        kind="append_only",
        key=("transaction_id", "seq"),
    )
    tenant_index(op, "ledger_line_day", "ledger_line", "booked_on", "account")
    tenant_index(op, "ledger_line_subject", "ledger_line", "subject_id", where="subject_id IS NOT NULL")
    tenant_table(
        op,
        "ledger_closing",
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("balances", pg.JSONB(), nullable=False),
        kind="append_only",
    )
    tenant_index(op, "ledger_closing_through", "ledger_closing", "through", unique=True)


def _invoices() -> None:
    tenant_table(
        op,
        "invoice_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name="invoice_series_last"),
    )
    tenant_index(op, "invoice_series_year", "invoice_series", "series", "year", unique=True)
    tenant_table(op, "invoice", *_invoice_columns())
    tenant_index(op, "invoice_number", "invoice", "series", "year", "serial", unique=True)
    tenant_index(op, "invoice_payer", "invoice", "payer_index", "id DESC", where="payer_index IS NOT NULL")
    tenant_index(op, "invoice_subject", "invoice", "subject_kind", "subject_id")
    tenant_index(op, "invoice_unit", "invoice", "unit_id", where="unit_id IS NOT NULL")
    tenant_index(op, "invoice_fee", "invoice", "next_fee_on", where="next_fee_on IS NOT NULL AND state = 'open'")
    tenant_index(op, "invoice_due", "invoice", "next_due_on", "id", where="state = 'open'")
    tenant_table(
        op,
        "invoice_entry",
        sa.Column("invoice_id", pg.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", pg.JSONB(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("transaction_id", pg.UUID(), nullable=True),
        sa.CheckConstraint("kind IN ('late_fee', 'credit', 'cancel', 'instalments')", name="invoice_entry_kind"),
        sa.CheckConstraint("amount >= 0", name="invoice_entry_amount"),
        tenant_fk("invoice_id", "invoice"),
        tenant_fk("transaction_id", "ledger_transaction"),
        kind="append_only",
    )
    tenant_index(op, "invoice_entry_invoice", "invoice_entry", "invoice_id", "id")
    tenant_index(op, "invoice_entry_transaction", "invoice_entry", "transaction_id", where="transaction_id IS NOT NULL")
    tenant_index(op, "invoice_entry_kind", "invoice_entry", "kind", "id DESC")
    # A month's late fee is charged once, however often the job runs.
    tenant_index(
        op, "invoice_entry_month", "invoice_entry", "invoice_id", "key", unique=True, where="kind = 'late_fee'"
    )
    _plans()


def _invoice_columns() -> tuple[sa.Column | sa.Constraint, ...]:
    return (
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("payer_index", sa.Text(), nullable=True),
        keys.sealed("payer_name", "name"),
        keys.sealed("payer_phone", "phone"),
        keys.sealed("payer_email", "email"),
        sa.Column("lines", pg.JSONB(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("credited", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("applied", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("outstanding", sa.BigInteger(), sa.Computed(_OUTSTANDING, persisted=True), nullable=False),
        sa.Column("state", sa.Text(), sa.Computed(_STATE, persisted=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.Column("parts", pg.JSONB(), nullable=True),
        sa.Column("late_fee_rule", pg.JSONB(), nullable=True),
        sa.Column("next_fee_on", sa.Date(), nullable=True),
        sa.Column("unit_id", pg.UUID(), nullable=True),
        sa.Column("transaction_id", pg.UUID(), nullable=False),
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("series ~ '^[A-Z][A-Z0-9]{0,11}$' AND serial >= 1", name="invoice_number_form"),
        sa.CheckConstraint(
            "total >= 0 AND fees >= 0 AND credited >= 0 AND applied >= 0 AND total + fees - credited - applied >= 0",
            name="invoice_sums",
        ),
        # What is cancelled demands nothing and holds nobody's money.
        sa.CheckConstraint(
            "cancelled_at IS NULL OR (applied = 0 AND credited = total + fees)", name="invoice_cancelled_is_empty"
        ),
        tenant_fk("unit_id", "unit"),
    )


def _plans() -> None:
    tenant_table(
        op,
        "instalment_plan",
        sa.Column("invoice_id", pg.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parts", pg.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'replaced')", name="instalment_plan_state"),
        tenant_fk("invoice_id", "invoice"),
    )
    tenant_index(op, "instalment_plan_invoice", "instalment_plan", "invoice_id", "id DESC")
    tenant_index(op, "instalment_plan_asked", "instalment_plan", "invoice_id", unique=True, where="state = 'asked'")


def _payments() -> None:
    sums = ("applied", "held", "unmatched", "refunded", "reversed")
    tenant_table(
        op,
        "payment",
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("invoice_id", pg.UUID(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in sums),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("paid_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("transaction_id", pg.UUID(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.CheckConstraint(
            f"amount > 0 AND {' + '.join(sums)} = amount AND {' AND '.join(f'{s} >= 0' for s in sums)}",
            name="payment_sums",
        ),
        sa.CheckConstraint("reference <> '' AND method <> ''", name="payment_named"),
        tenant_fk("invoice_id", "invoice"),
        tenant_fk("transaction_id", "ledger_transaction"),
    )
    # The same money told twice is the same row.
    tenant_index(op, "payment_reference", "payment", "method", "reference", unique=True)
    tenant_index(op, "payment_invoice", "payment", "invoice_id", where="invoice_id IS NOT NULL")
    tenant_index(op, "payment_transaction", "payment", "transaction_id")
    tenant_index(op, "payment_paid", "payment", "paid_at")
    tenant_index(op, "payment_loose", "payment", "id", where="held + unmatched > 0")
    tenant_table(
        op,
        "payment_allocation",
        sa.Column("payment_id", pg.UUID(), nullable=False),
        sa.Column("invoice_id", pg.UUID(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("transaction_id", pg.UUID(), nullable=False),
        sa.CheckConstraint("amount <> 0", name="payment_allocation_amount"),
        tenant_fk("payment_id", "payment"),
        tenant_fk("invoice_id", "invoice"),
        tenant_fk("transaction_id", "ledger_transaction"),
        kind="append_only",
    )
    tenant_index(op, "payment_allocation_payment", "payment_allocation", "payment_id")
    tenant_index(op, "payment_allocation_invoice", "payment_allocation", "invoice_id", "id")
    tenant_index(op, "payment_allocation_transaction", "payment_allocation", "transaction_id")
    _refunds()


def _refunds() -> None:
    tenant_table(
        op,
        "payment_refund",
        sa.Column("payment_id", pg.UUID(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("paid_at", _MOMENT, nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("transaction_id", pg.UUID(), nullable=False),
        sa.Column("paid_transaction_id", pg.UUID(), nullable=True),
        sa.CheckConstraint("amount > 0", name="payment_refund_amount"),
        sa.CheckConstraint("state IN ('owed', 'paid')", name="payment_refund_state"),
        sa.CheckConstraint("(state = 'paid') = (paid_transaction_id IS NOT NULL)", name="payment_refund_booked"),
        tenant_fk("payment_id", "payment"),
        tenant_fk("transaction_id", "ledger_transaction"),
        tenant_fk("paid_transaction_id", "ledger_transaction"),
    )
    tenant_index(op, "payment_refund_payment", "payment_refund", "payment_id")
    tenant_index(op, "payment_refund_transaction", "payment_refund", "transaction_id")
    tenant_index(
        op, "payment_refund_paid", "payment_refund", "paid_transaction_id", where="paid_transaction_id IS NOT NULL"
    )
    tenant_index(op, "payment_refund_owed", "payment_refund", "id", where="state = 'owed'")


def _figures() -> None:
    tenant_table(
        op,
        "billing_figure",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *_sums(),
    )
    tenant_index(op, "billing_figure_place", "billing_figure", "kind", "day", "key", unique=True)
    tenant_table(
        op,
        "billing_delta",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *_sums(),
        key=("seq",),
    )
    tenant_table(
        op,
        "billing_setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", pg.JSONB(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    tenant_index(op, "billing_setting_key", "billing_setting", "key", unique=True)


def _sums() -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("debit", "credit", "count")]


# BL001: not balanced, BL002: the period is closed, BL003: what was issued never changes.
_LINES_TRIGGER = (Path(__file__).parents[1] / "sql" / "ledger-line-made.sql").read_text()
_OWED = (
    "SELECT tenant_id, next_due_on, series, {sign}outstanding AS sum, {sign}1 AS n FROM {rows} WHERE outstanding <> 0"
)
_RECEIVABLE = """
BEGIN
  INSERT INTO public.billing_delta (tenant_id, kind, day, key, debit, credit, count)
  SELECT tenant_id, 'receivable', next_due_on, series, sum(sum), 0, sum(n) FROM ({rows}) x
  GROUP BY tenant_id, next_due_on, series HAVING sum(sum) <> 0 OR sum(n) <> 0;
  RETURN NULL;
END
"""


# The guard's plans are made once per connection, often while a table is new and small; they must hold when it is large: from
# the new lines, by the primary key, to their transactions.
_BY_KEY = ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_material")


def _triggers() -> None:
    made, gone = _OWED.format(sign="", rows="made"), _OWED.format(sign="-", rows="gone")
    _trigger("ledger_line_made", _LINES_TRIGGER, "ledger_line", "AFTER INSERT", "NEW TABLE AS made", "STATEMENT")
    for choice in _BY_KEY:
        op.execute(f"ALTER FUNCTION ledger_line_made() SET {choice} = off")
    _trigger("invoice_made", _RECEIVABLE.format(rows=made), "invoice", "AFTER INSERT", "NEW TABLE AS made", "STATEMENT")
    _trigger(
        "invoice_moved", _RECEIVABLE.format(rows=f"{made} UNION ALL {gone}"), "invoice", "AFTER UPDATE",
        "OLD TABLE AS gone NEW TABLE AS made", "STATEMENT",
    )  # fmt: skip
    refuse = "BEGIN RAISE EXCEPTION 'an issued invoice is never changed' USING ERRCODE = 'BL003'; END"
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _FIXED)
    _trigger("invoice_stays", refuse, "invoice", "BEFORE UPDATE", "", f"ROW WHEN ({changed})")
    op.execute("CREATE TRIGGER invoice_remains BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_stays()")


def _trigger(name: str, body: str, table: str, when: str, tables: str, level: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $balai${body}$balai$")
    referencing = f"REFERENCING {tables} " if tables else ""
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} {referencing}FOR EACH {level} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for function in ("ledger_line_made", "invoice_made", "invoice_moved", "invoice_stays"):
        op.execute(f"DROP FUNCTION {function}()")
