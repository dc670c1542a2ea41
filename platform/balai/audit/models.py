"""Who did what, when; and the seals that make a later change of it visible."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Integer, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import Base, TenantModel

# Members of the table's key have no id of their own, so AuditSealed can't be a TenantModel; its filter is written by hand.


class AuditEntry(TenantModel):
    """One act. Never changed, never deleted; holds ids and facts, no personal values and no secrets.

    actor_kind: staff, citizen, operator, system, job or cli; actor: the subject (sub) at Keycloak, or the name of a job or an
    operating-system account; ip_index: blind index of the address.
    """

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(default=now)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Text)
    ip_index: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str | None] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]]


class AuditSeal(TenantModel):
    """One sealed batch: `hash` covers the tenant, the number, the time, every entry in order and the previous hash."""

    __tablename__ = "audit_seal"

    seq: Mapped[int]
    sealed_at: Mapped[datetime] = mapped_column(default=now)
    entries: Mapped[int]
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class AuditSealed(Base):
    """Which batch an entry lies in, and where in it."""

    __tablename__ = "audit_sealed"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "entry_id"], ["audit_entry.tenant_id", "audit_entry.id"]),
        ForeignKeyConstraint(["tenant_id", "seal_id"], ["audit_seal.tenant_id", "audit_seal.id"]),
    )

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    seal_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int]
