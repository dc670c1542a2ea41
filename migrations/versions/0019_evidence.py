"""Core schema, part 19: evidence. Facts from the timeline, people per place, costs, apps, verdicts, trials, needs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import definer_function, tenant_fk, tenant_index, tenant_table

revision = "0019"
down_revision = "0018"
_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, default: str | None = "", *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, server_default=None if null else default)


def _at(name: str, *, null: bool = False) -> "sa.Column[sa.DateTime]":
    return sa.Column(name, _MOMENT, nullable=null)


def _number(name: str, type_: type = sa.Integer, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, type_(), nullable=null, server_default=None if null else "0")


def _day(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default="false")


def _json(name: str, default: str = "{}") -> sa.Column[object]:
    return sa.Column(name, pg.JSONB(), nullable=False, server_default=default)


def _member(name: str = "by_member") -> tuple[sa.Column[object], sa.Constraint]:
    return sa.Column(name, pg.UUID()), tenant_fk(name, "member", on_delete="SET NULL")


def upgrade() -> None:
    _timeline()
    _people()
    _facts()
    _months()
    _money()
    _verdicts()
    _trials()
    _needs()
    _national()


def _timeline() -> None:
    # Rows are committed out of order, so neither a time nor an id may be the watermark. The writing transaction's number is one:
    # below the oldest running transaction nothing can appear any more. bigint, because its comparisons are leakproof.
    op.execute("ALTER TABLE case_event ADD COLUMN xact bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint")
    tenant_index(op, "case_event_xact", "case_event", "xact")


def _people() -> None:
    tenant_table(
        op, "place_count", _text("code", None), _text("subject", None), _number("year", sa.SmallInteger),
        sa.Column("size", sa.Integer(), nullable=False), _text("source"), _flag("example"), _at("changed_at"), *_member(),
        sa.CheckConstraint("size > 0", name="place_count_size"),
        sa.CheckConstraint("year BETWEEN 1990 AND 2100", name="place_count_year"),
    )  # fmt: skip
    tenant_index(op, "place_count_once", "place_count", "subject", "code", "year", unique=True)
    tenant_index(op, "place_count_by_member", "place_count", "by_member")


def _facts() -> None:
    tenant_table(
        op, "fact_state", sa.Column("until_xact", sa.BigInteger(), nullable=False), _day("open_from"), _text("calendar"),
        _at("rolled_at"), key=(),
    )  # fmt: skip
    tenant_table(
        op, "fact_case", sa.Column("case_id", pg.UUID(), nullable=False), _text("service_id", None), _text("district", None),
        _text("topic"), _text("topic_by"), _text("channel", None), _flag("assisted"), _text("pseudonym", null=True),
        _number("year", sa.SmallInteger), _day("asked_month"), _at("ended_at", null=True), _day("ended_month", null=True),
        _text("outcome", null=True), _flag("abandoned"), _number("worked", null=True), _number("units", sa.SmallInteger),
        _day("overdue_month", null=True), _day("reopened_month", null=True), _at("rated_at", null=True),
        _day("rated_month", null=True), _number("stars", sa.SmallInteger, null=True),
        key=("case_id",),
    )  # fmt: skip
    tenant_index(op, "fact_case_asked", "fact_case", "asked_month", "service_id")
    for what in ("ended", "overdue", "reopened", "rated"):
        tenant_index(op, f"fact_case_{what}", "fact_case", f"{what}_month", where=f"{what}_month IS NOT NULL")
    tenant_table(
        op, "fact_back", sa.Column("case_id", pg.UUID(), nullable=False), _at("ended_at"), _day("month"),
        _text("service_id", None), _text("district", None), _text("topic"), _text("outcome", None), _flag("abandoned"),
        key=("case_id", "ended_at"),
    )  # fmt: skip
    tenant_index(op, "fact_back_month", "fact_back", "month")


def _months() -> None:
    counts = (
        "asked", "known", "people", "assisted", "ended", "completed", "abandoned", "late", "overdue", "reopened", "rated",
        "satisfied", "stars", "units",
    )  # fmt: skip
    tenant_table(
        op, "fact_month", _text("service_id", None), _text("district", None), _day("month"), *(_number(c) for c in counts),
        _number("half", null=True), _number("most", null=True), _json("channels"),
        key=("service_id", "district", "month"),
    )  # fmt: skip
    tenant_index(op, "fact_month_month", "fact_month", "month")
    tenant_table(
        op, "fact_year", _text("service_id", None), _text("district", None), _number("year", sa.SmallInteger),
        *(_number(c) for c in ("asked", "known", "people", "again")),
        key=("service_id", "district", "year"),
    )  # fmt: skip
    tenant_table(
        op, "fact_need", _text("topic", None), _text("district", None), _day("month"),
        *(_number(c) for c in ("asked", "ended", "in_time", "overdue")),
        key=("topic", "district", "month"),
    )  # fmt: skip
    tenant_table(
        op, "metric_value", _text("plugin", None), _text("metric", None), _text("district"), _day("month"),
        *(sa.Column(c, sa.Numeric()) for c in ("value", "numerator", "denominator")), _text("source"), _at("collected_at"),
        key=("plugin", "metric", "district", "month"),
    )  # fmt: skip


def _money() -> None:
    tenant_table(
        op, "service_cost", _text("subject", None), _number("year", sa.SmallInteger), _text("kind", None),
        _number("amount", sa.BigInteger), _number("quantity", null=True), _number("unit_price", sa.BigInteger, null=True),
        _text("document"), _text("activity_code"), _text("dpa"), _text("note"), _flag("example"), _at("changed_at"), *_member(),
        sa.CheckConstraint("kind IN ('licence', 'staff', 'device', 'message', 'other')", name="service_cost_kind"),
        sa.CheckConstraint("amount BETWEEN 0 AND 10000000000000", name="service_cost_amount"),
    )  # fmt: skip
    tenant_index(op, "service_cost_subject", "service_cost", "subject", "year")
    tenant_index(op, "service_cost_by_member", "service_cost", "by_member")
    tenant_table(
        op, "known_app", _text("name", None), _text("owner"), _text("contract"), _number("yearly_cost", sa.BigInteger),
        _text("does"), _text("sector", None), _text("topic"), _number("monthly_users", null=True), _text("users_source"),
        _number("year", sa.SmallInteger), _day("since", null=True), _flag("stopped"), _flag("example"), _at("changed_at"),
        *_member(),
        sa.CheckConstraint("yearly_cost BETWEEN 0 AND 10000000000000", name="known_app_cost"),
        sa.CheckConstraint("monthly_users >= 0", name="known_app_users"),
    )  # fmt: skip
    tenant_index(op, "known_app_name", "known_app", "name", unique=True)
    tenant_index(op, "known_app_by_member", "known_app", "by_member")


def _verdicts() -> None:
    tenant_table(
        op, "verdict", _text("subject", None), _text("kind", None), _text("title"), _day("month"), _text("verdict", None),
        _text("action", None), _json("reasons", "[]"), _json("figures"), _text("rules", None), _at("made_at"),
        _at("bad_since", null=True), _text("answer"), _at("answered_at", null=True), *_member("answered_by"),
        sa.CheckConstraint("kind IN ('service', 'readiness', 'app')", name="verdict_kind"),
        sa.CheckConstraint("action IN ('stop', 'fix', 'keep')", name="verdict_action"),
    )  # fmt: skip
    tenant_index(op, "verdict_once", "verdict", "subject", "month", unique=True)
    tenant_index(op, "verdict_month", "verdict", "month")
    tenant_index(op, "verdict_answered_by", "verdict", "answered_by")
    tenant_table(
        op, "evidence_setting", _json("values"), _at("changed_at"), *_member(),
        sa.UniqueConstraint("tenant_id", name="evidence_setting_one"),
    )  # fmt: skip
    tenant_index(op, "evidence_setting_by_member", "evidence_setting", "by_member")
    tenant_table(
        op, "stage_reason", _text("plugin", None), _text("stage", None), _text("reason", None), _json("short", "[]"), _at("at"),
        *_member(), kind="append_only",
    )  # fmt: skip
    tenant_index(op, "stage_reason_plugin", "stage_reason", "plugin", "at")
    tenant_index(op, "stage_reason_by_member", "stage_reason", "by_member")


def _trials() -> None:
    tenant_table(
        op, "trial", _text("kind", None), _text("subject", None), _text("title", None), _text("measure", None),
        sa.Column("target", sa.Numeric(), nullable=False), sa.Column("base", sa.Numeric()), sa.Column("result", sa.Numeric()),
        _number("cost_cap", sa.BigInteger), _text("reason"), _day("starts_on"), _day("ends_on"), _text("state", "announced"),
        _at("published_at"), _at("started_at", null=True), _at("ended_at", null=True), _text("end_reason"), _json("before"),
        *_member(),
        sa.CheckConstraint("kind IN ('service', 'unit', 'plugin')", name="trial_kind"),
        sa.CheckConstraint("state IN ('announced', 'running', 'kept', 'stopped')", name="trial_state"),
        sa.CheckConstraint("ends_on > starts_on", name="trial_days"),
    )  # fmt: skip
    tenant_index(op, "trial_state", "trial", "state")
    tenant_index(op, "trial_by_member", "trial", "by_member")


def _needs() -> None:
    tenant_table(
        op, "case_topic", sa.Column("case_id", pg.UUID(), nullable=False), _text("topic", None), _at("at"), *_member(),
        tenant_fk("case_id", "cases"),
    )  # fmt: skip
    tenant_index(op, "case_topic_once", "case_topic", "case_id", unique=True)
    tenant_index(op, "case_topic_by_member", "case_topic", "by_member")
    tenant_table(op, "topic_word", _text("word", None), _text("topic", None), _at("at"), *_member())
    tenant_index(op, "topic_word_once", "topic_word", "word", unique=True)
    tenant_index(op, "topic_word_by_member", "topic_word", "by_member")
    tenant_table(
        op, "audit_anchor", _day("month"), _number("seq"), _text("head", None), _at("made_at"),
        kind="append_only",
    )  # fmt: skip
    tenant_index(op, "audit_anchor_once", "audit_anchor", "month", unique=True)


def _national() -> None:
    definer_function(
        op,
        "registry.publish_figures(p_subjects text[], p_month text, p_metric text, p_values numeric[], p_people int[])",
        "void",
        "DELETE FROM registry.published_figure WHERE tenant_id = current_setting('app.tenant_id')::int AND metric = p_metric;"
        " INSERT INTO registry.published_figure (tenant_id, subject, month, metric, value, people)"
        " SELECT current_setting('app.tenant_id')::int, s, p_month, p_metric, v, p"
        " FROM unnest(p_subjects, p_values, p_people) AS f (s, v, p)",
    )  # fmt: skip


def downgrade() -> None:
    op.execute("DROP FUNCTION registry.publish_figures(text[], text, text, numeric[], int[])")
    for table in (
        "audit_anchor", "topic_word", "case_topic", "trial", "stage_reason", "evidence_setting", "verdict", "known_app",
        "service_cost", "metric_value", "fact_need", "fact_year", "fact_month", "fact_back", "fact_case", "fact_state",
        "place_count",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("ALTER TABLE case_event DROP COLUMN xact")
