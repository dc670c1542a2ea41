"""Core schema, part 14: the officer's inbox. What each member has read, bulk acts that can be undone, reply texts, and indexes
for the first page of every filter at a million cases.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import definer_function, tenant_fk, tenant_index, tenant_table

revision = "0014"
down_revision = "0013"
_MOMENT = sa.DateTime(timezone=True)
# Without the marks that would glue two words into a host's name, an address or a negative number.
_WORDS = "to_tsvector('simple'::regconfig, translate(summary || ' ' || landmark, './:-@_', '      '))"
_INDEXES = (
    ("cases_assignee_open", ("assignee_id", "id DESC"), "closed_at IS NULL AND assignee_id IS NOT NULL"),
    ("cases_region_open", ("region", "id DESC"), "closed_at IS NULL"),
    # Overdue and waiting cases are the old ones: a walk of all open cases from the newest on would meet them last.
    ("cases_overdue", ("id DESC",), "closed_at IS NULL AND overdue_at IS NOT NULL"),
    ("cases_overdue_unit", ("unit_id", "id DESC"), "closed_at IS NULL AND overdue_at IS NOT NULL"),
    ("cases_waiting", ("id DESC",), "closed_at IS NULL AND waits_for = 'citizen'"),
    ("cases_waiting_unit", ("unit_id", "id DESC"), "closed_at IS NULL AND waits_for = 'citizen'"),
    ("cases_reopened", ("id DESC",), "closed_at IS NULL AND reopened > 0"),
    # The beginning of a code is a range of text: only the C collation orders it so.
    ("cases_code_start", ('code COLLATE "C"',), None),
)


def upgrade() -> None:
    for name, columns, where in _INDEXES:
        tenant_index(op, name, "cases", *columns, where=where)
    _search()
    _reading()
    _acts()
    _replies()


def _search() -> None:
    # Trusted since PostgreSQL 13: the owner of the database may create it. It puts tenant_id into the same index as the words.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public")
    op.execute(f"CREATE INDEX cases_words ON cases USING gin (tenant_id, {_WORDS}) WHERE visibility <> 'secret'")
    # @@ is not leakproof, so under row-level security no index could serve it (domain/database): a definer's function, with the
    # tenant inside. It answers ids only; whoever asks joins them to what row-level security and `access` let them see.
    definer_function(
        op,
        "inbox_hits(p_words text, p_before uuid, p_most int)",
        "SETOF uuid",
        "WITH hit AS MATERIALIZED ("
        f" SELECT id FROM cases WHERE tenant_id = current_setting('app.tenant_id')::int AND visibility <> 'secret'"
        f" AND {_WORDS} @@ to_tsquery('simple'::regconfig, p_words))"
        " SELECT id FROM hit WHERE p_before IS NULL OR id < p_before ORDER BY id DESC LIMIT p_most",
        volatile="STABLE",
    )


def _reading() -> None:
    tenant_table(
        op,
        "case_read",
        sa.Column("member_id", pg.UUID(), nullable=False),
        sa.Column("case_id", pg.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
        tenant_fk("case_id", "cases", on_delete="CASCADE"),
        key=("member_id", "case_id"),
    )
    tenant_index(op, "case_read_case_id", "case_read", "case_id")
    tenant_table(
        op,
        "inbox_mark",
        sa.Column("member_id", pg.UUID(), nullable=False),
        sa.Column("looked_at", _MOMENT, nullable=False),
        # Where the visit before this one ended: what came later is new.
        sa.Column("since_at", _MOMENT, nullable=False),
        # Whatever did not change after this counts as read.
        sa.Column("read_before", _MOMENT, nullable=False),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
        key=("member_id",),
    )


def _acts() -> None:
    tenant_table(
        op,
        "bulk_act",
        sa.Column("member_id", pg.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        # What each case was before, and its seq afterwards; never what somebody wrote.
        sa.Column("items", pg.JSONB(), nullable=False),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
        sa.CheckConstraint("kind IN ('assign', 'step', 'note', 'read')", name="bulk_act_kind"),
    )
    tenant_index(op, "bulk_act_member", "bulk_act", "member_id", "id DESC")


def _replies() -> None:
    tenant_table(
        op,
        "reply_text",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        # '' = every service
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.CheckConstraint("demand IN ('answer', 'question', 'reason', 'note')", name="reply_text_demand"),
        tenant_fk("by_member", "member", on_delete="SET NULL"),
    )
    tenant_index(op, "reply_text_service", "reply_text", "service_id", "demand")
    tenant_index(op, "reply_text_by_member", "reply_text", "by_member")


def downgrade() -> None:
    for table in ("reply_text", "bulk_act", "inbox_mark", "case_read"):
        op.drop_table(table)
    op.execute("DROP FUNCTION inbox_hits(text, uuid, int)")
    op.drop_index("cases_words", "cases")
    for name, _columns, _where in _INDEXES:
        op.drop_index(name, "cases")
    op.execute("DROP EXTENSION IF EXISTS btree_gin")
