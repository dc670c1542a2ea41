"""Core schema, part 20: phone. Outlines of regions, so that a position may suggest which region it lies in.

They come from a file that the operator loads (`balai region outlines`), simplified, and only ever suggest: a simplified border is
wrong for a few points in a hundred.
"""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """outline: rings of [longitude, latitude] in degrees, holes among them (even-odd); the box around it finds it by index."""
    op.execute(
        "ALTER TABLE registry.region ADD COLUMN outline jsonb, ADD COLUMN south float8, ADD COLUMN west float8,"
        " ADD COLUMN north float8, ADD COLUMN east float8"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE registry.region DROP COLUMN outline, DROP COLUMN south, DROP COLUMN west, DROP COLUMN north,"
        " DROP COLUMN east"
    )
