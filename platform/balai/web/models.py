"""Renditions of the region's crest, small enough to live beside the rows that every page reads; its own languages."""

import uuid
from datetime import datetime

from sqlalchemy import Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class LookImage(TenantModel):
    """One rendition: `small` (WebP, page header), `icon` (PNG, browser tab), `large` (PNG, print and home screen)."""

    __tablename__ = "look_image"

    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class LanguageCatalogue(TenantModel):
    """A language that a region added, or its own wording of one that we ship.

    po: the catalogue as uploaded (gettext, checked); version: hash of it, part of what processes keep it under; translated of
    total: strings of ours that it knows when it was uploaded.
    """

    __tablename__ = "language_catalogue"

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    po: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    translated: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]
