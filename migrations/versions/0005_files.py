"""Core schema, part 5: uploaded files; what a citizen told a region about themselves, and what they agreed to."""

import sqlalchemy as sa
from alembic import op

from balai import keys
from balai.db.migration import tenant_index, tenant_table
from balai.keys.columns import KID

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _files()
    _privacy()


def _files() -> None:
    tenant_table(
        op,
        "file",
        sa.Column("purpose", sa.Text(), nullable=False),
        keys.sealed("filename", "text", nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("pages", sa.Integer()),
        sa.Column("seconds", sa.Float()),
        sa.Column("has_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False, comment=KID),
        sa.Column("claim", sa.Text()),
        sa.Column("created_by", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'stored', 'redacted', 'deleted')", name="file_state"),
        sa.CheckConstraint("visibility IN ('public', 'private', 'secret')", name="file_visibility"),
    )
    tenant_index(op, "file_claim", "file", "claim", unique=True, where="claim IS NOT NULL")
    tenant_index(op, "file_drafts", "file", "created_at", where="state = 'draft'")


def _privacy() -> None:
    tenant_table(
        op,
        "citizen_profile",
        sa.Column("sub_index", sa.Text(), nullable=False),
        keys.sealed("name", "name"),
        keys.sealed("phone", "phone"),
        keys.sealed("email", "email"),
        sa.Column("phone_index", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    tenant_index(op, "citizen_profile_sub", "citizen_profile", "sub_index", unique=True)
    tenant_index(op, "citizen_profile_phone", "citizen_profile", "phone_index")
    tenant_table(
        op,
        "consent",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        kind="append_only",
    )
    tenant_index(op, "consent_who", "consent", "who", "purpose", "at")


def downgrade() -> None:
    for table in ("consent", "citizen_profile", "file"):
        op.drop_table(table)
