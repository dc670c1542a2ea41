"""What stands in the way of a case's data: a legal hold, a restriction, a wish to be forgotten."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

MARKS: Final = ("hold", "restricted", "forget")


class CaseMark(TenantModel):
    """One mark on a case, in force until ended_at.

    kind: hold = nothing may be deleted (a dispute, an audit, a court); restricted = kept, but not shown, published nor used
    (UU 27/2022 pasal 11); forget = who filed it goes as soon as it is closed. reason: sealed; request: code of the request
    that asked for it, "" when nobody did.
    """

    __tablename__ = "case_mark"

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = keys.sealed_column("text")
    request: Mapped[str] = mapped_column(Text, default="")
    by_member: Mapped[uuid.UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
