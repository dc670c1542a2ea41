"""Senders from whom a region takes nothing for a while."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

KINDS: Final = ("phone", "email", "device", "address")


class FilerBlock(TenantModel):
    """One block. value_index: keyed hash of the number, address or device; hint: as much of it as staff may read again."""

    __tablename__ = "filer_block"

    kind: Mapped[str] = mapped_column(Text)
    value_index: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str | None] = keys.sealed_column("text")
    made_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    by_member: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
