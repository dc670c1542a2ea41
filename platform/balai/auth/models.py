"""Who works for a region."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel


class Member(TenantModel):
    """One person of a region's staff; mirrors Keycloak's organization for assignment and history (decision 17).

    sub: Keycloak's id of the person; email: encrypted, found by email_index; roles: as given by this region; mailed_at: when
    the last invitation left, None while none did; joined_at: first sign-in.
    A person who left stays as a row (active is False): the history of cases names them. suspended_at: without access for a
    time, roles kept (active is False too); missing_since: the last admin, whom Keycloak no longer lets in; stays until there
    is another one, and counts as nobody where a unit must be staffed.
    """

    __tablename__ = "member"

    sub: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None] = keys.sealed_column("email")
    email_index: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    invited_at: Mapped[datetime | None]
    invited_by: Mapped[str | None]
    mailed_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    roles_changed_at: Mapped[datetime] = mapped_column(default=now)
