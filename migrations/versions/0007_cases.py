"""Core schema, part 7: the spine. Cases with their timeline, units, services as each region runs them, decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai import keys
from balai.db.migration import tenant_fk, tenant_index, tenant_table

revision = "0007"
down_revision = "0006"

_OUTCOMES = "'done', 'not_possible', 'referred', 'withdrawn', 'lapsed', 'merged'"
_EVENTS = (
    "'filed', 'moved', 'assigned', 'asked', 'answered', 'noted', 'attached', 'messaged', 'overdue', 'escalated', 'rated',"
    " 'confirmed', 'disputed', 'reopened', 'merged', 'handed_over', 'redacted'"
)


def upgrade() -> None:
    _units()
    _services()
    _cases()
    _timeline()
    _ties()
    _decisions()


def _text(name: str, default: str | None = None, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, server_default=default)


def _at(name: str, *, null: bool = False) -> "sa.Column[sa.DateTime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, pg.UUID(), nullable=null)


def _flag(name: str, default: str = "false") -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=default)


def _units() -> None:
    tenant_table(
        op,
        "unit",
        _text("name"),
        _id("head_id", null=True),
        _id("parent_id", null=True),
        _text("phone"),
        _text("payment_account", null=True),
        _flag("is_admin"),
        _flag("active", "true"),
        _at("created_at"),
        tenant_fk("head_id", "member", on_delete="SET NULL"),
        tenant_fk("parent_id", "unit", on_delete="SET NULL"),
    )
    tenant_index(op, "unit_head_id", "unit", "head_id")
    tenant_index(op, "unit_parent_id", "unit", "parent_id")
    op.execute("CREATE UNIQUE INDEX unit_admin ON unit (tenant_id) WHERE is_admin")
    tenant_table(
        op,
        "unit_member",
        _id("unit_id"),
        _id("member_id"),
        _at("since"),
        tenant_fk("unit_id", "unit", on_delete="CASCADE"),
        tenant_fk("member_id", "member", on_delete="CASCADE"),
    )
    tenant_index(op, "unit_member_once", "unit_member", "unit_id", "member_id", unique=True)
    tenant_index(op, "unit_member_member_id", "unit_member", "member_id")
    tenant_table(op, "slot_unit", _text("service_id"), _text("slot"), _id("unit_id"), tenant_fk("unit_id", "unit"))
    tenant_index(op, "slot_unit_once", "slot_unit", "service_id", "slot", unique=True)
    tenant_index(op, "slot_unit_unit_id", "slot_unit", "unit_id")
    tenant_table(op, "own_day", sa.Column("day", sa.Date(), nullable=False), _text("name"), _flag("working"))
    tenant_index(op, "own_day_once", "own_day", "day", unique=True)


def _services() -> None:
    tenant_table(
        op,
        "service_version",
        _text("service_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("digest"),
        sa.Column("document", pg.JSONB(), nullable=False),
        _at("since"),
        _id("by_member", null=True),
        kind="append_only",
    )
    tenant_index(op, "service_version_once", "service_version", "service_id", "version", unique=True)
    tenant_table(
        op,
        "service_setting",
        _text("service_id"),
        _text("state", "on"),
        sa.Column("trial_until", sa.Date()),
        sa.Column("sla", pg.JSONB(), nullable=False),
        sa.Column("texts", pg.JSONB(), nullable=False),
        sa.Column("steps_off", pg.JSONB(), nullable=False),
        sa.Column("extra_fields", pg.JSONB(), nullable=False),
        _text("call_instead"),
        _at("changed_at"),
        sa.CheckConstraint("state IN ('on', 'trial', 'paused', 'closing', 'off')", name="service_setting_state"),
        sa.CheckConstraint("state <> 'trial' OR trial_until IS NOT NULL", name="service_setting_trial"),
    )
    tenant_index(op, "service_setting_once", "service_setting", "service_id", unique=True)


def _cases() -> None:
    tenant_table(
        op,
        "cases",
        _text("code"),
        _id("client_id", null=True),
        _text("link_hash", null=True),
        _text("service_id"),
        sa.Column("service_version", sa.Integer(), nullable=False),
        _text("state"),
        _text("waits_for"),
        _text("outcome", null=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        _id("unit_id"),
        _id("assignee_id", null=True),
        # Prefixes of codes ("32.73.01") are ranges of text: only the C collation orders them so.
        sa.Column("region", sa.Text(collation="C"), nullable=False),
        *(
            sa.Column(n, sa.Float(), nullable=True)
            for n in ("latitude", "longitude", "coarse_latitude", "coarse_longitude")
        ),
        _text("landmark"),
        _text("channel"),
        _flag("assisted"),
        _flag("is_test"),
        _text("anonymity"),
        _text("visibility"),
        _text("pseudonym", null=True),
        _text("reporter_index", null=True),
        keys.sealed("contact_name", "name"),
        keys.sealed("contact_phone", "phone"),
        keys.sealed("contact_email", "email"),
        _text("language", "id"),
        _text("summary"),
        sa.Column("data", pg.JSONB(), nullable=False),
        keys.sealed("personal", "text"),
        _at("filed_at"),
        _at("changed_at"),
        _at("state_since"),
        _at("due_at", null=True),
        sa.Column("due_left", sa.Integer()),
        _text("due_for", null=True),
        _at("overdue_at", null=True),
        _at("next_timer_at", null=True),
        sa.Column("timers_done", sa.SmallInteger(), nullable=False),
        _at("published_at", null=True),
        _at("closed_at", null=True),
        _at("reopen_until", null=True),
        sa.Column("reopened", sa.SmallInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger()),
        tenant_fk("unit_id", "unit"),
        tenant_fk("assignee_id", "member", on_delete="SET NULL"),
        *_case_checks(),
    )
    _case_indexes()


def _case_checks() -> list[sa.CheckConstraint]:
    def check(name: str, condition: str) -> sa.CheckConstraint:
        return sa.CheckConstraint(condition, name=f"cases_{name}")

    return [
        check("waits_for", "waits_for IN ('staff', 'citizen', 'other')"),
        check("outcome", f"outcome IN ({_OUTCOMES})"),
        # An open case has no outcome, a closed one always has.
        check("closed", "(closed_at IS NULL) = (outcome IS NULL)"),
        check("channel", "channel IN ('web', 'api', 'open311', 'lapor', 'counter', 'phone', 'letter', 'whatsapp')"),
        check("anonymity", "anonymity IN ('named', 'anonymous')"),
        check("anonymous", "anonymity = 'named' OR (contact_name IS NULL AND reporter_index IS NULL)"),
        check("visibility", "visibility IN ('public', 'private', 'secret')"),
        check("published", "published_at IS NULL OR visibility = 'public'"),
        check("position", "(latitude IS NULL) = (longitude IS NULL)"),
        check("rating", "rating BETWEEN 1 AND 5"),
    ]


def _case_indexes() -> None:
    index = tenant_index
    index(op, "cases_code", "cases", "code", unique=True)
    index(op, "cases_client_id", "cases", "client_id", unique=True, where="client_id IS NOT NULL")
    # Inboxes: newest first by id (UUIDv7 = time of filing), keyset-paged; open cases are the small part of the table.
    index(op, "cases_unit_open", "cases", "unit_id", "id DESC", where="closed_at IS NULL")
    index(op, "cases_unit", "cases", "unit_id", "id DESC")
    index(op, "cases_assignee", "cases", "assignee_id", "id DESC", where="assignee_id IS NOT NULL")
    index(op, "cases_open", "cases", "id DESC", where="closed_at IS NULL")
    index(op, "cases_service", "cases", "service_id", "id DESC")
    # What every member of staff finds, and what is left to its unit: each list is a walk along one of the two.
    index(op, "cases_listed", "cases", "id DESC", where="visibility = 'public'")
    index(op, "cases_unit_private", "cases", "unit_id", "id DESC", where="visibility = 'private'")
    index(op, "cases_region", "cases", "region", "id DESC")
    index(op, "cases_reporter", "cases", "reporter_index", "id DESC", where="reporter_index IS NOT NULL")
    index(op, "cases_due", "cases", "due_at", where="closed_at IS NULL AND due_at IS NOT NULL")
    index(op, "cases_timer", "cases", "next_timer_at", where="next_timer_at IS NOT NULL")
    index(op, "cases_closed", "cases", "service_id", "closed_at", where="closed_at IS NOT NULL")
    index(op, "cases_public", "cases", "published_at DESC", "id DESC", where="published_at IS NOT NULL")
    index(op, "cases_map", "cases", "coarse_latitude", "coarse_longitude", where="published_at IS NOT NULL")


def _timeline() -> None:
    tenant_table(
        op,
        "case_event",
        _id("case_id"),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("kind"),
        _at("at"),
        _text("actor_kind"),
        _id("actor", null=True),
        _id("unit", null=True),
        _text("from_state", null=True),
        _text("to_state", null=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("data", pg.JSONB(), nullable=False),
        tenant_fk("case_id", "cases"),
        sa.CheckConstraint(f"kind IN ({_EVENTS})", name="case_event_kind"),
        sa.CheckConstraint("actor_kind IN ('citizen', 'staff', 'system')", name="case_event_actor_kind"),
        kind="append_only",
    )
    tenant_index(op, "case_event_seq", "case_event", "case_id", "seq", unique=True)
    tenant_index(op, "case_event_at", "case_event", "at")
    tenant_table(
        op,
        "case_text",
        _id("case_id"),
        keys.sealed("body", "text"),
        _at("redacted_at", null=True),
        tenant_fk("id", "case_event"),
        tenant_fk("case_id", "cases"),
    )
    tenant_index(op, "case_text_case_id", "case_text", "case_id")


def _ties() -> None:
    tenant_table(
        op,
        "case_file",
        _id("case_id"),
        _id("file_id"),
        _id("event_id", null=True),
        _text("field"),
        _flag("by_citizen", "true"),
        _flag("public"),
        _at("added_at"),
        tenant_fk("case_id", "cases"),
        tenant_fk("file_id", "file"),
        tenant_fk("event_id", "case_event"),
    )
    tenant_index(op, "case_file_case_id", "case_file", "case_id")
    tenant_index(op, "case_file_file_id", "case_file", "file_id", unique=True)
    tenant_index(op, "case_file_event_id", "case_file", "event_id")
    tenant_table(
        op, "case_lookup", _id("case_id"), _text("purpose"), _text("value_index"), tenant_fk("case_id", "cases")
    )
    tenant_index(op, "case_lookup_value", "case_lookup", "purpose", "value_index", "case_id")
    tenant_index(op, "case_lookup_case_id", "case_lookup", "case_id")
    tenant_table(
        op, "case_reader", _id("case_id"), _id("member_id"), _at("added_at"),
        tenant_fk("case_id", "cases"), tenant_fk("member_id", "member", on_delete="CASCADE"),
    )  # fmt: skip
    tenant_index(op, "case_reader_once", "case_reader", "case_id", "member_id", unique=True)
    tenant_index(op, "case_reader_member_id", "case_reader", "member_id")
    tenant_table(
        op, "case_follower", _id("case_id"), _text("kind"), _text("person", null=True), keys.sealed("contact", "secret"),
        _flag("wants_news"), _at("added_at"), tenant_fk("case_id", "cases"),
        sa.CheckConstraint("kind IN ('also', 'supports')", name="case_follower_kind"),
    )  # fmt: skip
    tenant_index(
        op, "case_follower_once", "case_follower", "case_id", "person", unique=True, where="person IS NOT NULL"
    )
    tenant_index(op, "case_follower_case_id", "case_follower", "case_id")
    tenant_table(
        op, "case_link", _id("case_id"), _text("kind"), _id("other_id", null=True), _text("other_code"), _text("receiver"),
        _at("made_at"), tenant_fk("case_id", "cases"), tenant_fk("other_id", "cases", on_delete="SET NULL"),
        sa.CheckConstraint(
            "kind IN ('handed_over', 'received', 'merged_into', 'duplicate', 'split_from')", name="case_link_kind"
        ),
    )  # fmt: skip
    tenant_index(op, "case_link_case_id", "case_link", "case_id")
    tenant_index(op, "case_link_other_id", "case_link", "other_id")


def _decisions() -> None:
    tenant_table(
        op,
        "decision",
        _text("kind"),
        _text("subject"),
        _text("title"),
        _text("reason"),
        _id("member_id", null=True),
        _flag("public"),
        _at("decided_at"),
        tenant_fk("member_id", "member", on_delete="SET NULL"),
    )
    tenant_index(op, "decision_subject", "decision", "subject", "decided_at")
    tenant_index(op, "decision_member_id", "decision", "member_id")
    tenant_table(
        op, "decision_case", _id("decision_id"), _id("case_id"), _at("told_at", null=True),
        tenant_fk("decision_id", "decision", on_delete="CASCADE"), tenant_fk("case_id", "cases"),
    )  # fmt: skip
    tenant_index(op, "decision_case_once", "decision_case", "decision_id", "case_id", unique=True)
    tenant_index(op, "decision_case_case_id", "decision_case", "case_id")


def downgrade() -> None:
    for table in (
        "decision_case", "decision", "case_link", "case_follower", "case_reader", "case_lookup", "case_file", "case_text",
        "case_event", "cases", "service_setting", "service_version", "own_day", "slot_unit", "unit_member", "unit",
    ):  # fmt: skip
        op.drop_table(table)
