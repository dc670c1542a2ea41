"""What the admin room keeps itself: permits for the operator. Everything else it shows belongs to other rooms."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class OperatorGrant(TenantModel):
    """A permit of this region: until `until` the operator's people may look at its console data, for `reason`.

    given_by, ended_by: Keycloak sub of the member who gave it and of whoever took it back early.
    """

    __tablename__ = "operator_grant"

    reason: Mapped[str] = mapped_column(Text)
    given_by: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)

    @property
    def active(self) -> bool:
        """Whether it holds right now."""
        return self.ended_at is None and self.until > now()
