"""Nothing yet."""

revision = "water_0004"
down_revision = "water_0003"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
