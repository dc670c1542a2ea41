"""Nothing yet."""

revision = "water_0005"
down_revision = "water_0004"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
