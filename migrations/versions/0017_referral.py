"""Core schema, part 17: never sent away. Other bodies, referrals to them and to other regions, and who reports the same."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0017"
down_revision = "0016"
_MOMENT = sa.DateTime(timezone=True)
_STATES = "'told', 'asked', 'agreed', 'sent', 'refused', 'lapsed', 'withdrawn', 'failed'"


def upgrade() -> None:
    _bodies()
    _referrals()
    _followers()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _bodies() -> None:
    tenant_table(
        op,
        "other_body",
        *(_text(name) for name in ("name", "purpose", "phone", "address", "url", "email")),
        sa.Column("topics", pg.JSONB(), nullable=False),
        sa.Column("retired_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    tenant_index(op, "other_body_name", "other_body", "lower(name)", unique=True)


def _referrals() -> None:
    tenant_table(
        op,
        "referral",
        sa.Column("case_id", pg.UUID(), nullable=False),
        _text("kind"),
        # The step of the document that leads away; its end is where the case goes.
        _text("step"),
        _text("state"),
        # What the reporter is told: name and contact as they were at that moment.
        _text("receiver"),
        sa.Column("body_id", pg.UUID(), nullable=True),
        # The other region by its code and name: nothing of it is ever joined.
        _text("region_code"),
        _text("region_name"),
        _text("service_id"),
        # The new case there is found by this id, so that a job which runs twice files once.
        sa.Column("client_id", pg.UUID(), nullable=True),
        keys.sealed("agreed", "secret"),
        _text("answered_via"),
        _text("other_code"),
        _text("problem"),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", pg.UUID(), nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("answered_by", pg.UUID(), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        tenant_fk("case_id", "cases"),
        tenant_fk("body_id", "other_body"),
        sa.CheckConstraint("kind IN ('region', 'body')", name="referral_kind"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="referral_state"),
    )
    tenant_index(op, "referral_case_id", "referral", "case_id")
    tenant_index(op, "referral_body_id", "referral", "body_id")
    tenant_index(op, "referral_running", "referral", "case_id", unique=True, where="state IN ('asked', 'agreed')")


def _followers() -> None:
    op.add_column("cases", sa.Column("followers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("case_follower", sa.Column("client_id", pg.UUID(), nullable=True))
    op.add_column("case_follower", sa.Column("from_case", pg.UUID(), nullable=True))
    op.add_column("case_follower", sa.Column("language", sa.Text(), nullable=False, server_default="id"))
    op.add_column("case_follower", keys.sealed("words", "text"))
    op.create_foreign_key(
        "case_follower_from_case_fkey", "case_follower", "cases", ["tenant_id", "from_case"], ["tenant_id", "id"]
    )
    tenant_index(op, "case_follower_client", "case_follower", "client_id", unique=True, where="client_id IS NOT NULL")
    tenant_index(op, "case_follower_from_case", "case_follower", "from_case")
    # Two boxes: the exact one for staff, the coarse one for everybody, who must not find an exact place by trying.
    tenant_index(
        op, "cases_nearby", "cases", "service_id", "latitude", "longitude",
        where="closed_at IS NULL AND latitude IS NOT NULL",
    )  # fmt: skip
    tenant_index(
        op, "cases_nearby_shown", "cases", "service_id", "coarse_latitude", "coarse_longitude",
        where="closed_at IS NULL AND published_at IS NOT NULL",
    )  # fmt: skip


def downgrade() -> None:
    for name in ("cases_nearby_shown", "cases_nearby"):
        op.drop_index(name, "cases")
    for name in ("case_follower_from_case", "case_follower_client"):
        op.drop_index(name, "case_follower")
    op.drop_constraint("case_follower_from_case_fkey", "case_follower")
    for name in ("words", "language", "from_case", "client_id"):
        op.drop_column("case_follower", name)
    op.drop_column("cases", "followers")
    op.drop_table("referral")
    op.drop_table("other_body")
