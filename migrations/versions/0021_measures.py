"""Core schema, part 21: the small figures that public pages show, a region's own languages, and the state on a citizen's list.

The home page must not count reports while somebody waits for it, so the figures are kept by a job. A catalogue is text of the
region's own: it is stored as uploaded, beside what was found when it was checked.
"""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import definer_function, tenant_index, tenant_table

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Two tables and one function."""
    tenant_table(
        op,
        "service_figure",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("median_days", sa.Float(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
    )
    tenant_index(op, "service_figure_service", "service_figure", "service_id", unique=True)
    tenant_table(
        op,
        "language_catalogue",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("po", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("translated", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_member", sa.Uuid(), nullable=True),
    )
    tenant_index(op, "language_catalogue_code", "language_catalogue", "code", unique=True)
    # Staff move a case without knowing whose list it stands on: `my_case` holds the sub, the case only its blind index.
    definer_function(
        op,
        "my_case_move(p_code text, p_state text)",
        "void",
        "UPDATE my_case SET state = p_state WHERE tenant_id = current_setting('app.tenant_id')::int AND code = p_code",
    )


def downgrade() -> None:
    """Both tables, the function."""
    op.execute("DROP FUNCTION my_case_move(text, text)")
    op.drop_table("language_catalogue")
    op.drop_table("service_figure")
