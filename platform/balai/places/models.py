"""Districts and villages of a region, and later its population and points."""

from sqlalchemy.orm import Mapped, mapped_column

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
