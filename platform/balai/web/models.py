"""Renditions of the region's crest, small enough to live beside the rows that every page reads."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from balai.db import TenantModel


class LookImage(TenantModel):
    """One rendition: `small` (WebP, page header), `icon` (PNG, browser tab), `large` (PNG, print and home screen)."""

    __tablename__ = "look_image"

    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
