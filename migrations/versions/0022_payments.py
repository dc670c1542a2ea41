"""Core schema, part 22: ways to pay. Providers and what they said, bank statements, cash drawers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0022"
down_revision = "0021"
_MOMENT = sa.DateTime(timezone=True)


def _id(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, pg.UUID(), nullable=null)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _money(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _at(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, _MOMENT, nullable=null)


def _one_of(name: str, column: str, *words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({', '.join(map(repr, words))})", name=name)


def upgrade() -> None:
    _providers()
    _events()
    _inbox()
    _comparison()
    _bank()
    _cash()


def _providers() -> None:
    tenant_table(
        op,
        "payment_gateway",
        _text("provider"),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        # Never a secret.
        sa.Column("config", pg.JSONB(), nullable=False),
        keys.sealed("secrets", "secret"),
        _at("changed_at"),
    )
    tenant_index(op, "payment_gateway_provider", "payment_gateway", "provider", unique=True)
    tenant_table(
        op,
        "payment_order",
        *(_text(name) for name in ("code", "provider", "method")),
        _id("invoice_id"),
        _money("rupiah"),
        *(_text(name) for name in ("state", "number", "qr", "url", "reference")),
        _at("until"),
        _at("created_at"),
        _at("changed_at"),
        _at("asked_at", null=True),
        tenant_fk("invoice_id", "invoice"),
        sa.CheckConstraint("rupiah > 0", name="payment_order_rupiah"),
        _one_of("payment_order_state", "state", "waiting", "paid", "expired", "failed", "refunded"),
    )
    tenant_index(op, "payment_order_code", "payment_order", "code", unique=True)
    tenant_index(op, "payment_order_number", "payment_order", "number", where="number <> ''")
    tenant_index(op, "payment_order_invoice", "payment_order", "invoice_id", "id DESC")
    # What the nightly comparison walks.
    tenant_index(op, "payment_order_open", "payment_order", "provider", "id", where="state <> 'paid'")


def _events() -> None:
    tenant_table(
        op,
        "payment_event",
        *(_text(name) for name in ("provider", "source", "order_code", "state")),
        _money("rupiah", null=True),
        _text("reference"),
        _text("digest"),
        keys.sealed("said", "text"),
        _at("said_at", null=True),
        _at("at"),
        _text("verdict"),
        _id("payment_id", null=True),
        tenant_fk("payment_id", "payment"),
        _one_of("payment_event_source", "source", "callback", "asked", "report"),
        kind="append_only",
    )
    # Nothing of an event changes but its cover: rotation of keys seals the words anew.
    op.execute("GRANT UPDATE (said) ON payment_event TO balai_app")
    # The same words a second time are the first ones again.
    tenant_index(op, "payment_event_once", "payment_event", "provider", "digest", unique=True)
    tenant_index(op, "payment_event_order", "payment_event", "provider", "order_code")
    tenant_index(op, "payment_event_payment", "payment_event", "payment_id", where="payment_id IS NOT NULL")
    tenant_index(op, "payment_event_at", "payment_event", "at DESC")


def _inbox() -> None:
    # What was proven and isn't booked yet: a row leaves it in the transaction that books it and writes its payment_event.
    tenant_table(
        op,
        "payment_inbox",
        *(_text(name) for name in ("provider", "order_code", "state")),
        _money("rupiah", null=True),
        _text("reference"),
        _text("digest"),
        keys.sealed("said", "text", nullable=False),
        _at("said_at", null=True),
        _at("at"),
        _at("tried_at", null=True),
    )
    tenant_index(op, "payment_inbox_once", "payment_inbox", "provider", "digest", unique=True)
    tenant_index(op, "payment_inbox_order", "payment_inbox", "provider", "order_code")


def _comparison() -> None:
    tenant_table(
        op,
        "reconciliation_run",
        _text("provider"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("phase"),
        _text("cursor"),
        _count("looked"),
        _count("found"),
        _text("problem"),
        _at("started_at"),
        _at("ended_at", null=True),
        _one_of("reconciliation_run_phase", "phase", "ask", "report", "ours", "done"),
    )
    tenant_index(op, "reconciliation_run_once", "reconciliation_run", "provider", "day", unique=True)
    tenant_table(
        op,
        "reconciliation_finding",
        *(_text(name) for name in ("provider", "kind", "order_code", "reference")),
        _money("ours", null=True),
        _money("theirs", null=True),
        _id("payment_id", null=True),
        _at("at"),
        *(_text(name) for name in ("state", "action", "note")),
        _at("done_at", null=True),
        _id("done_by", null=True),
        tenant_fk("payment_id", "payment"),
        _one_of("reconciliation_finding_state", "state", "open", "done"),
    )
    tenant_index(
        op,
        "reconciliation_finding_once",
        "reconciliation_finding",
        "provider",
        "kind",
        "order_code",
        "reference",
        unique=True,
    )
    tenant_index(op, "reconciliation_finding_open", "reconciliation_finding", "id DESC", where="state = 'open'")
    tenant_index(
        op, "reconciliation_finding_payment", "reconciliation_finding", "payment_id", where="payment_id IS NOT NULL"
    )


def _bank() -> None:
    tenant_table(op, "bank_layout", _text("label"), sa.Column("config", pg.JSONB(), nullable=False), _at("changed_at"))
    tenant_index(op, "bank_layout_label", "bank_layout", "label", unique=True)
    tenant_table(
        op,
        "bank_import",
        _id("layout_id"),
        _text("filename"),
        _text("digest"),
        _text("state"),
        # The file itself, until it has been taken in.
        keys.sealed("content", "secret"),
        *(_count(name) for name in ("lines", "known", "settled", "queued")),
        _money("rupiah"),
        _at("at"),
        _id("by_member", null=True),
        _at("undone_at", null=True),
        _id("undone_by", null=True),
        tenant_fk("layout_id", "bank_layout"),
        _one_of("bank_import_state", "state", "checked", "queued", "imported", "undone"),
    )
    tenant_index(op, "bank_import_file", "bank_import", "layout_id", "digest", unique=True, where="state = 'imported'")
    tenant_index(op, "bank_import_layout", "bank_import", "layout_id")
    tenant_index(op, "bank_import_at", "bank_import", "id DESC")
    tenant_table(
        op,
        "bank_line",
        _id("import_id"),
        _id("layout_id"),
        _count("line"),
        _text("digest"),
        sa.Column("booked_on", sa.Date(), nullable=False),
        _money("rupiah"),
        keys.sealed("words", "text", nullable=False),
        *(_text(name) for name in ("reference", "state", "why")),
        _id("payment_id"),
        tenant_fk("import_id", "bank_import"),
        tenant_fk("layout_id", "bank_layout"),
        tenant_fk("payment_id", "payment"),
        sa.CheckConstraint("rupiah > 0", name="bank_line_rupiah"),
        _one_of("bank_line_state", "state", "settled", "queued", "undone"),
    )
    # A line counts once, whatever file it comes in.
    tenant_index(op, "bank_line_once", "bank_line", "layout_id", "digest", unique=True, where="state <> 'undone'")
    tenant_index(op, "bank_line_import", "bank_line", "import_id", "line")
    tenant_index(op, "bank_line_payment", "bank_line", "payment_id")
    # Whose bill has exactly this sum open?
    tenant_index(op, "invoice_open_sum", "invoice", "outstanding", where="state = 'open'")


def _cash() -> None:
    tenant_table(
        op,
        "cash_drawer",
        _count("number"),
        _id("member_id"),
        _id("unit_id", null=True),
        *(_money(name) for name in ("opening", "taken", "given_back")),
        _at("opened_at"),
        _id("opening_transaction_id", null=True),
        _at("closed_at", null=True),
        _money("counted", null=True),
        _money("difference", null=True),
        _text("note"),
        _id("closing_transaction_id", null=True),
        tenant_fk("member_id", "member"),
        tenant_fk("unit_id", "unit", on_delete="SET NULL"),
        sa.CheckConstraint("opening >= 0 AND taken >= 0 AND given_back >= 0", name="cash_drawer_sums"),
        sa.CheckConstraint(
            "CASE WHEN closed_at IS NULL THEN counted IS NULL AND difference IS NULL"
            " ELSE difference = counted - (opening + taken - given_back) END",
            name="cash_drawer_closed",
        ),
    )
    tenant_index(op, "cash_drawer_number", "cash_drawer", "number", unique=True)
    tenant_index(op, "cash_drawer_open", "cash_drawer", "member_id", unique=True, where="closed_at IS NULL")
    tenant_index(op, "cash_drawer_unit", "cash_drawer", "unit_id")
    tenant_table(
        op,
        "cash_receipt",
        _id("drawer_id"),
        _count("number"),
        _money("total"),
        _money("handed"),
        _at("at"),
        _id("member_id"),
        tenant_fk("drawer_id", "cash_drawer"),
        tenant_fk("member_id", "member"),
        sa.CheckConstraint("total > 0 AND handed >= total", name="cash_receipt_handed"),
        kind="append_only",
    )
    tenant_index(op, "cash_receipt_number", "cash_receipt", "drawer_id", "number", unique=True)
    tenant_index(op, "cash_receipt_member", "cash_receipt", "member_id")
    tenant_table(
        op,
        "cash_receipt_part",
        _id("receipt_id"),
        _id("invoice_id"),
        _id("payment_id"),
        _money("amount"),
        tenant_fk("receipt_id", "cash_receipt"),
        tenant_fk("invoice_id", "invoice"),
        tenant_fk("payment_id", "payment"),
        sa.CheckConstraint("amount > 0", name="cash_receipt_part_amount"),
        kind="append_only",
    )
    tenant_index(op, "cash_receipt_part_receipt", "cash_receipt_part", "receipt_id", "invoice_id", unique=True)
    tenant_index(op, "cash_receipt_part_invoice", "cash_receipt_part", "invoice_id")
    tenant_index(op, "cash_receipt_part_payment", "cash_receipt_part", "payment_id", unique=True)
    _reversals()


def _reversals() -> None:
    tenant_table(
        op,
        "cash_reversal",
        _id("receipt_id"),
        _id("drawer_id"),
        _money("amount"),
        _text("reason"),
        _text("state"),
        _id("asked_by"),
        _at("asked_at"),
        _id("decided_by", null=True),
        _at("decided_at", null=True),
        tenant_fk("receipt_id", "cash_receipt"),
        tenant_fk("drawer_id", "cash_drawer"),
        tenant_fk("asked_by", "member"),
        _one_of("cash_reversal_state", "state", "asked", "approved", "refused"),
        # Nobody approves what they asked for themselves.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="cash_reversal_two_people"),
    )
    tenant_index(op, "cash_reversal_once", "cash_reversal", "receipt_id", unique=True, where="state <> 'refused'")
    tenant_index(op, "cash_reversal_drawer", "cash_reversal", "drawer_id")
    tenant_index(op, "cash_reversal_asked", "cash_reversal", "id", where="state = 'asked'")
    tenant_index(op, "cash_reversal_asked_by", "cash_reversal", "asked_by")


def downgrade() -> None:
    op.drop_index("invoice_open_sum", "invoice")
    for table in (
        "cash_reversal", "cash_receipt_part", "cash_receipt", "cash_drawer", "bank_line", "bank_import", "bank_layout",
        "reconciliation_finding", "reconciliation_run", "payment_inbox", "payment_event", "payment_order", "payment_gateway",
    ):  # fmt: skip
        op.drop_table(table)
