"""Nothing yet."""

revision = "water_0002"
down_revision = "water_0001"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
