"""Nothing yet."""

revision = "water_0007"
down_revision = "water_0006"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
