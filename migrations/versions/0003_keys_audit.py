"""Core schema, part 3: wrapped keys per tenant; the append-only, sealed audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _keys()
    _audit()


def _keys() -> None:
    tenant_table(
        op,
        "tenant_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("wrapped_data", sa.Text()),
        sa.Column("wrapped_index", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("shredded_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(shredded_at IS NULL) = (wrapped_data IS NOT NULL) AND (shredded_at IS NULL) = (wrapped_index IS NOT NULL)",
            name="tenant_key_shredded_has_no_text",
        ),
    )
    tenant_index(op, "tenant_key_kid", "tenant_key", "kid", unique=True)
    # Two processes that onboard or rotate at once can't leave a tenant with two current keys.
    op.execute("CREATE UNIQUE INDEX tenant_key_current ON tenant_key (tenant_id) WHERE retired_at IS NULL")


def _audit() -> None:
    tenant_table(
        op,
        "audit_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("ip_index", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text()),
        sa.Column("subject_id", sa.Text()),
        sa.Column("data", pg.JSONB(), nullable=False),
        kind="append_only",
    )
    tenant_index(op, "audit_entry_at", "audit_entry", "at")
    tenant_index(op, "audit_entry_subject", "audit_entry", "subject_kind", "subject_id", "at")
    tenant_index(op, "audit_entry_actor", "audit_entry", "actor", "at")
    tenant_table(
        op,
        "audit_seal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("entries > 0", name="audit_seal_entries"),
        kind="append_only",
    )
    tenant_index(op, "audit_seal_seq", "audit_seal", "seq", unique=True)
    # Which entry lies in which batch is written down, not inferred from time or order: an entry whose transaction commits
    # late simply has no row here yet and goes into the next batch.
    tenant_table(
        op,
        "audit_sealed",
        sa.Column("entry_id", pg.UUID(), nullable=False),
        sa.Column("seal_id", pg.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        tenant_fk("entry_id", "audit_entry"),
        tenant_fk("seal_id", "audit_seal"),
        kind="append_only",
        key=("entry_id",),
    )
    tenant_index(op, "audit_sealed_seal", "audit_sealed", "seal_id", "position", unique=True)


def downgrade() -> None:
    for table in ("audit_sealed", "audit_seal", "audit_entry", "tenant_key"):
        op.drop_table(table)
