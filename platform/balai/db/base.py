"""Declarative base and the shape that every tenant table has."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import uuid_utils
from sqlalchemy import DateTime, Integer, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def new_id() -> uuid.UUID:
    """A fresh UUIDv7: sorted by time, so that keys fill B-tree pages in order. It tells its time of birth (decision 7)."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class Base(DeclarativeBase):
    """Base of every model, core and plugin. Times are aware (timestamptz); dicts are jsonb."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


class TenantModel(Base):
    """A row of one region: primary key (tenant_id, id).

    `tenant_id` is filled from the session at flush; a row of another tenant is refused there and again by the database.
    """

    __abstract__ = True

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, sort_order=-20)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-10)
