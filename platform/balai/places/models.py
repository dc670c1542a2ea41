"""Districts and villages of a region, and how many live there; later its points."""

import uuid
from datetime import datetime

from sqlalchemy import SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class Area(TenantModel):
    """A district (kecamatan) or village (desa, kelurahan) by Kemendagri code, such as "32.73.01" or "32.73.01.1001".

    Loaded when a region opens; a province also holds its regencies (kind kabkota). An area that the list dropped stays,
    inactive, because reports refer to it.
    """

    __tablename__ = "area"

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    parent_code: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class PlaceCount(TenantModel):
    """How many people, connections, businesses ... there are in the region or one of its districts, in a year.

    subject: "penduduk", or the key of a target group that a service names; code: the region's own code or a district's; example:
    a made-up figure of the demo.
    """

    __tablename__ = "place_count"

    code: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    size: Mapped[int]
    source: Mapped[str] = mapped_column(Text, default="")
    example: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    by_member: Mapped[uuid.UUID | None]
