"""Core schema, part 16: no dead letterbox. Suspension, what Keycloak no longer knows, hand-over, working week, own windows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import definer_function, tenant_fk, tenant_index, tenant_table

revision = "0016"
down_revision = "0015"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # suspended_at: for a time without access; missing_since: the last admin, whom Keycloak no longer lets in.
    op.add_column("member", sa.Column("suspended_at", _MOMENT, nullable=True))
    op.add_column("member", sa.Column("missing_since", _MOMENT, nullable=True))
    op.add_column("service_setting", sa.Column("reopen_days", sa.Integer(), nullable=True))
    op.add_column("service_setting", sa.Column("check_days", sa.Integer(), nullable=True))
    _registry()
    _week()
    _hand_over()


def _registry() -> None:
    # The operator must learn of a region that nobody can run any more, and reads no region's rows to learn it.
    op.execute("ALTER TABLE registry.tenant ADD COLUMN no_admin_since timestamptz")
    definer_function(
        op,
        "registry.note_admin(p_there boolean, p_now timestamptz)",
        "void",
        "UPDATE registry.tenant SET no_admin_since = CASE WHEN p_there THEN NULL ELSE COALESCE(no_admin_since, p_now) END"
        " WHERE id = current_setting('app.tenant_id')::int AND (no_admin_since IS NULL) <> p_there",
    )


def _week() -> None:
    tenant_table(
        op,
        "work_week",
        # Holds from this day on until the next row's: what is past is never counted anew.
        sa.Column("since", sa.Date(), nullable=False),
        # Weekday ("0" = Monday) -> [opens, closes] as "07.30", or null for hours that aren't told; a day left out is free.
        sa.Column("days", pg.JSONB(), nullable=False),
    )
    tenant_index(op, "work_week_since", "work_week", "since", unique=True)


def _hand_over() -> None:
    tenant_table(
        op,
        "hand_over",
        sa.Column("member_id", pg.UUID(), nullable=False),
        sa.Column("to_member", pg.UUID(), nullable=False),
        sa.Column("by_member", pg.UUID(), nullable=True),
        keys.sealed("reason", "text"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        # Ids and row numbers of what moved, enough to bring it back; never words.
        sa.Column("parts", pg.JSONB(), nullable=False),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
        tenant_fk("to_member", "member", on_delete="CASCADE"),
        tenant_fk("by_member", "member", on_delete="SET NULL"),
    )
    for column in ("member_id", "to_member", "by_member"):
        tenant_index(op, f"hand_over_{column}", "hand_over", column)


def downgrade() -> None:
    op.drop_table("hand_over")
    op.drop_table("work_week")
    op.execute("DROP FUNCTION registry.note_admin(boolean, timestamptz)")
    op.execute("ALTER TABLE registry.tenant DROP COLUMN no_admin_since")
    for table, column in (
        ("service_setting", "check_days"),
        ("service_setting", "reopen_days"),
        ("member", "missing_since"),
        ("member", "suspended_at"),
    ):
        op.drop_column(table, column)
