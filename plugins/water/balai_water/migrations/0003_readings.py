"""Nothing yet."""

revision = "water_0003"
down_revision = "water_0002"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
