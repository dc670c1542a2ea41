"""What the admin room keeps itself: permits for the operator, orders to open a region or to export one."""

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
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


class RegionOpening(TenantModel):
    """The operator's order to open a region; a row of the operator's own tenant, carried out by the worker.

    state: waiting, done, refused (note says why, in words for the operator); password: the admin's first one where no mail
    server is set, until it was shown; admin_email and admin_name are cleared once done.
    """

    __tablename__ = "region_opening"

    region_code: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text, default="")
    admin_email: Mapped[str | None] = keys.sealed_column("email")
    admin_name: Mapped[str | None] = keys.sealed_column("name")
    password: Mapped[str | None] = keys.sealed_column("secret")
    state: Mapped[str] = mapped_column(Text, default="waiting")
    note: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class DataExport(TenantModel):
    """A region's order to take its data along, carried out by the worker.

    state: waiting, done (the archive lies ready until it is dropped), gone; personal: readable personal data, with a reason;
    size in bytes; rows: in all tables.
    """

    __tablename__ = "data_export"

    personal: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="waiting")
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
