"""Stored answers of idempotent requests."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.db import TenantModel


class IdempotencyKey(TenantModel):
    """One done POST: id is 128 bits of the hash of (who, method, path, key); answer is encrypted."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("idempotency_key_created_at", "tenant_id", "created_at"),)

    body_hash: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = keys.sealed_column("secret")
    created_at: Mapped[datetime]
