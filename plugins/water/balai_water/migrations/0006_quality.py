"""What a zone got and lost in a month, limits of drinking water by regulation, samples, and incidents with all that happened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.api import tenant_fk, tenant_index, tenant_table

revision = "water_0006"
down_revision = "water_0005"
_MOMENT = sa.DateTime(timezone=True)
_TABLES = (
    "water_quality_incident_event", "water_quality_incident", "water_sample", "water_regulation", "water_supply_month",
)  # fmt: skip


def upgrade() -> None:
    _supply()
    _samples()
    _incidents()


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _litres(name: str, *, known: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not known)


def _supply() -> None:
    """Litres, hours a day, km and metres of pressure. What isn't known is NULL, never 0."""
    maybe = ("input_litres", "billed_metered_litres", "theft_litres", "meter_error_litres")
    sure = ("billed_unmetered_litres", "unbilled_metered_litres", "unbilled_unmetered_litres")
    figures = ("mains_km", "pipe_km", "pressure_m")
    tenant_table(
        op,
        "water_supply_month",
        sa.Column("zone_id", pg.UUID(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(_litres(name) for name in maybe),
        *(_litres(name, known=True) for name in sure),
        sa.Column("input_metered", sa.Boolean(), nullable=False),
        sa.Column("hours_per_day", sa.Double(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in figures),
        _text("source"),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", pg.UUID(), nullable=True),
        tenant_fk("zone_id", "water_zone"),
        tenant_fk("changed_by", "member", on_delete="SET NULL"),
        sa.CheckConstraint("EXTRACT(DAY FROM month) = 1", name="water_supply_month_first_day"),
        sa.CheckConstraint("hours_per_day BETWEEN 0 AND 24", name="water_supply_month_hours"),
        sa.CheckConstraint(
            " AND ".join(f"coalesce({name}, 0) >= 0" for name in (*maybe, *sure, *figures)),
            name="water_supply_month_figures",
        ),
    )
    tenant_index(op, "water_supply_month_zone", "water_supply_month", "zone_id", "month", unique=True)
    tenant_index(op, "water_supply_month_month", "water_supply_month", "month")
    tenant_index(op, "water_supply_month_by", "water_supply_month", "changed_by", where="changed_by IS NOT NULL")


def _samples() -> None:
    tenant_table(
        op,
        "water_regulation",
        _text("name"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _text("source"),
        sa.Column("limits", pg.JSONB(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", pg.UUID(), nullable=True),
        tenant_fk("created_by", "member", on_delete="SET NULL"),
    )
    tenant_index(op, "water_regulation_valid_from", "water_regulation", "valid_from", unique=True)
    tenant_index(op, "water_regulation_by", "water_regulation", "created_by", where="created_by IS NOT NULL")
    tenant_table(
        op,
        "water_sample",
        sa.Column("zone_id", pg.UUID(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        _text("point"),
        _text("lab"),
        _text("report_number"),
        sa.Column("readings", pg.JSONB(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", pg.UUID(), nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by", pg.UUID(), nullable=True),
        _text("withdrawn_reason"),
        tenant_fk("zone_id", "water_zone"),
        tenant_fk("created_by", "member", on_delete="SET NULL"),
        tenant_fk("withdrawn_by", "member", on_delete="SET NULL"),
    )
    # The same sheet of the laboratory counts once; one that was withdrawn may come again.
    tenant_index(
        op, "water_sample_once", "water_sample", "zone_id", "taken_on", "point", "report_number", unique=True,
        where="withdrawn_at IS NULL",
    )  # fmt: skip
    for column in ("created_by", "withdrawn_by"):
        tenant_index(op, f"water_sample_{column}", "water_sample", column, where=f"{column} IS NOT NULL")


def _incidents() -> None:
    tenant_table(
        op,
        "water_quality_incident",
        sa.Column("zone_id", pg.UUID(), nullable=False),
        sa.Column("sample_id", pg.UUID(), nullable=False),
        sa.Column("parameters", pg.JSONB(), nullable=False),
        _text("state"),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closing_sample_id", pg.UUID(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        tenant_fk("zone_id", "water_zone"),
        tenant_fk("sample_id", "water_sample"),
        tenant_fk("closing_sample_id", "water_sample"),
        sa.CheckConstraint("state IN ('open', 'passed', 'mistaken')", name="water_quality_incident_state"),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="water_quality_incident_closed"),
        sa.CheckConstraint("advice IN ('boil', 'avoid', 'care')", name="water_quality_incident_advice"),
    )
    # One at a time per zone: what fails meanwhile joins it.
    tenant_index(
        op, "water_quality_incident_open", "water_quality_incident", "zone_id", unique=True, where="state = 'open'"
    )
    tenant_index(op, "water_quality_incident_zone", "water_quality_incident", "zone_id")
    for column in ("sample_id", "closing_sample_id"):
        tenant_index(op, f"water_quality_incident_{column}", "water_quality_incident", column)
    tenant_table(
        op,
        "water_quality_incident_event",
        sa.Column("incident_id", pg.UUID(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _text("kind"),
        sa.Column("sample_id", pg.UUID(), nullable=True),
        sa.Column("member_id", pg.UUID(), nullable=True),
        _text("note"),
        sa.Column("data", pg.JSONB(), nullable=False),
        tenant_fk("incident_id", "water_quality_incident"),
        tenant_fk("sample_id", "water_sample"),
        kind="append_only",
    )
    for column in ("incident_id", "sample_id"):
        tenant_index(op, f"water_quality_incident_event_{column}", "water_quality_incident_event", column)
