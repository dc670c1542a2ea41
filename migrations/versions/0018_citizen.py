"""Core schema, part 18: what citizens see of each other's reports. Moderated words, support, decisions that tell people, and
what keeps a flood of reports out of the inbox.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0018"
down_revision = "0017"
_MOMENT = sa.DateTime(timezone=True)
_SHOWN = "published_at IS NOT NULL AND visibility = 'public' AND NOT is_test"
_NEWEST = ("published_at DESC", "code DESC")
_INDEXES = (
    # The public list: pages are cut by (published_at, code), because a case's id tells when it was made.
    ("cases_shown", _NEWEST, _SHOWN),
    ("cases_shown_service", ("service_id", *_NEWEST), _SHOWN),
    ("cases_shown_region", ("region", *_NEWEST), _SHOWN),
    ("cases_shown_open", _NEWEST, f"{_SHOWN} AND closed_at IS NULL"),
    ("cases_shown_supported", ("service_id", "supporters DESC", *_NEWEST), f"{_SHOWN} AND supporters > 0"),
    # What a human has to look at: before the public sees it, and before the inbox does.
    (
        "cases_unmoderated",
        ("unit_id", "id DESC"),
        "visibility = 'public' AND published_at IS NULL AND moderated_at IS NULL AND held_at IS NULL AND NOT is_test",
    ),
    ("cases_held", ("id DESC",), "held_at IS NOT NULL AND closed_at IS NULL"),
    ("cases_spam", ("id DESC",), "held_at IS NOT NULL AND closed_at IS NOT NULL"),
)


def upgrade() -> None:
    for column in (
        sa.Column("held_at", _MOMENT, nullable=True),
        sa.Column("held_for", sa.Text(), nullable=True),
        sa.Column("moderated_at", _MOMENT, nullable=True),
        sa.Column("supporters", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("cases", column)
    op.create_check_constraint("cases_held_for", "cases", "(held_at IS NULL) = (held_for IS NULL)")
    # Whatever is held has been seen by nobody, so it can't be public.
    op.create_check_constraint("cases_held_hidden", "cases", "held_at IS NULL OR published_at IS NULL")
    for name, columns, where in _INDEXES:
        tenant_index(op, name, "cases", *columns, where=where)
    op.drop_index("cases_public", "cases")
    _words()
    _origins()
    _blocks()
    _decisions()


def _words() -> None:
    tenant_table(
        op,
        "case_public_text",
        sa.Column("case_id", pg.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        tenant_fk("case_id", "cases", on_delete="CASCADE"),
        key=("case_id",),
    )


def _origins() -> None:
    # Keyed hashes of where a filing came from, kept for a week. No foreign key and unlogged: a crash may forget them.
    tenant_table(
        op,
        "case_origin",
        sa.Column("case_id", pg.UUID(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        # 16 hashes of its words, 4 bytes each.
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        key=("case_id",),
    )
    op.execute("ALTER TABLE case_origin SET UNLOGGED")
    for column in ("device", "address", "words"):
        tenant_index(op, f"case_origin_{column}", "case_origin", column, "at DESC", where=f"{column} IS NOT NULL")
    tenant_index(op, "case_origin_at", "case_origin", "at DESC")


def _blocks() -> None:
    tenant_table(
        op,
        "filer_block",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_index", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        keys.sealed("reason", "text"),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('phone', 'email', 'device', 'address')", name="filer_block_kind"),
        tenant_fk("by_member", "member", on_delete="SET NULL"),
    )
    tenant_index(op, "filer_block_value", "filer_block", "value_index", "until")
    tenant_index(op, "filer_block_by_member", "filer_block", "by_member")


def _decisions() -> None:
    op.add_column("decision", sa.Column("announced_at", _MOMENT, nullable=True))
    tenant_index(op, "decision_announced", "decision", "decided_at DESC", "id DESC", where="announced_at IS NOT NULL")
    # Who was told, by every keyed hash that person is known by: nobody is told twice, whatever was reported how often.
    tenant_table(
        op,
        "decision_told",
        sa.Column("decision_id", pg.UUID(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        tenant_fk("decision_id", "decision", on_delete="CASCADE"),
        key=("decision_id", "person"),
    )


def downgrade() -> None:
    op.drop_table("decision_told")
    op.drop_index("decision_announced", "decision")
    op.drop_column("decision", "announced_at")
    for table in ("filer_block", "case_origin", "case_public_text"):
        op.drop_table(table)
    tenant_index(op, "cases_public", "cases", "published_at DESC", "id DESC", where="published_at IS NOT NULL")
    for name, _columns, _where in _INDEXES:
        op.drop_index(name, "cases")
    for name in ("cases_held_hidden", "cases_held_for"):
        op.drop_constraint(name, "cases")
    for column in ("supporters", "moderated_at", "held_for", "held_at"):
        op.drop_column("cases", column)
