"""Nothing yet."""

revision = "water_0006"
down_revision = "water_0005"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
