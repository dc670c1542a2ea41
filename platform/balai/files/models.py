"""What is known of a stored file. The bytes lie in the storage, encrypted with the tenant's key."""

from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel
from balai.keys.columns import KID

FileState = Literal["draft", "stored", "redacted", "deleted"]
STATES: Final = ("draft", "stored", "redacted", "deleted")
VISIBILITIES: Final = ("public", "private", "secret")


class File(TenantModel):
    """One upload.

    purpose: `<room>.<use>`, decides who may read it (see services.allow); filename: as sent, encrypted (names of files hold
    names of people); media_type, size (bytes), sha256 (hex): of what is stored, after re-encoding; width and height in
    pixels, pages, seconds: by kind; has_thumbnail: a 320-pixel JPEG lies beside it; state: draft until claimed by a form,
    redacted or deleted = the row stays, the content is gone or changed; created_by: who sent it, as the caller names people.
    """

    __tablename__ = "file"

    purpose: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = keys.sealed_column("text")
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    pages: Mapped[int | None]
    seconds: Mapped[float | None]
    has_thumbnail: Mapped[bool] = mapped_column(default=False)
    visibility: Mapped[str] = mapped_column(Text, default="private")
    state: Mapped[str] = mapped_column(Text, default="stored")
    storage_key: Mapped[str] = mapped_column(Text)
    kid: Mapped[str] = mapped_column(Text, comment=KID)
    claim: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    @property
    def is_image(self) -> bool:
        """Whether it is a re-encoded photo: the only thing that is ever shown inline."""
        return self.media_type == "image/jpeg"

    @property
    def is_readable(self) -> bool:
        """Whether there is content to serve."""
        return self.state in {"draft", "stored"} or (self.state == "redacted" and bool(self.size))

    def facts(self) -> dict[str, Any]:
        """What a page or the API may say of it besides its name."""
        given = {"media_type": self.media_type, "size": self.size, "width": self.width, "height": self.height}
        return {k: v for k, v in (given | {"pages": self.pages, "seconds": self.seconds}).items() if v is not None}
