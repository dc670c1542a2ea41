"""The wrapped keys of a tenant."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class TenantKey(TenantModel):
    """One generation of a tenant's keys, wrapped by the operator's KEK.

    The data key encrypts and is renewed by rotation; the index key stays the same over all generations, or every blind index
    and pseudonym would have to be built anew. Shredded keys keep their row (that they are gone is a fact worth keeping) and
    lose both wrapped texts.
    """

    __tablename__ = "tenant_key"

    kid: Mapped[str] = mapped_column(Text)
    wrapped_data: Mapped[str | None] = mapped_column(Text)
    wrapped_index: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]
    shredded_at: Mapped[datetime | None]
