"""What a region shows of itself: name, look, contact. Data, never code (principle 3)."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class TenantProfile(TenantModel):
    """One row per tenant.

    display_name: as on the portal ("Kota Bandung"); colours: "#rrggbb"; crest_file: id of a re-encoded image in `files`;
    leader_*: kept for the console's records, never rendered for citizens (election law); settings: small region-wide choices.
    """

    __tablename__ = "tenant_profile"

    display_name: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    primary_color: Mapped[str] = mapped_column(default="#0b5d4e")
    accent_color: Mapped[str] = mapped_column(default="#b3541e")
    crest_file: Mapped[uuid.UUID | None]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    leader_name: Mapped[str] = mapped_column(default="")
    leader_photo: Mapped[uuid.UUID | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
