"""Core schema, part 12: what is kept how long, what may not be touched or deleted, breaches and their 72 hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0012"
down_revision = "0011"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("cases", sa.Column("forget_at", _MOMENT, nullable=True))
    # What the nightly run asks for: closed cases that nobody has looked at yet, and those whose time has come.
    tenant_index(op, "cases_forget", "cases", "forget_at", where="closed_at IS NOT NULL")
    op.add_column("citizen_profile", sa.Column("email_index", sa.Text(), nullable=True))
    tenant_index(op, "citizen_profile_email", "citizen_profile", "email_index", where="email_index IS NOT NULL")
    tenant_index(op, "case_lookup_index", "case_lookup", "value_index", "case_id")
    _marks()
    _runs()
    _breaches()


def _marks() -> None:
    tenant_table(
        op,
        "case_mark",
        sa.Column("case_id", pg.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        keys.sealed("reason", "text"),
        # Code of the request that asked for it; empty when nobody asked.
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", pg.UUID(), nullable=True),
        tenant_fk("case_id", "cases"),
        sa.CheckConstraint("kind IN ('hold', 'restricted', 'forget')", name="case_mark_kind"),
    )
    tenant_index(op, "case_mark_once", "case_mark", "case_id", "kind", unique=True, where="ended_at IS NULL")
    tenant_index(op, "case_mark_kind", "case_mark", "kind", "id DESC")


def _runs() -> None:
    tenant_table(
        op,
        "retention_run",
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        # What went, by kind: {"contact": 3, "fields": 1, "words": 0, "files": 2}
        sa.Column("parts", pg.JSONB(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        kind="append_only",
    )
    tenant_index(op, "retention_run_at", "retention_run", "at DESC")


def _breaches() -> None:
    tenant_table(
        op,
        "breach",
        sa.Column("noticed_at", _MOMENT, nullable=False),
        keys.sealed("story", "text"),
        keys.sealed("measures", "text"),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("told_people_at", _MOMENT, nullable=True),
        sa.Column("told_authority_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    tenant_index(op, "breach_noticed", "breach", "noticed_at DESC")


def downgrade() -> None:
    for table in ("breach", "retention_run", "case_mark"):
        op.drop_table(table)
    op.drop_index("case_lookup_index", "case_lookup")
    op.drop_index("citizen_profile_email", "citizen_profile")
    op.drop_column("citizen_profile", "email_index")
    op.drop_index("cases_forget", "cases")
    op.drop_column("cases", "forget_at")
