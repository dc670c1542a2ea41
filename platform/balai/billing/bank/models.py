"""Bank statements: how a bank's file is laid out, files that were taken in, and their lines."""

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from balai import keys
from balai.clock import now
from balai.db import TenantModel

LINE_STATES: Final = ("settled", "queued", "undone")
IMPORT_STATES: Final = ("checked", "queued", "imported", "undone")


class BankLayout(TenantModel):
    """One account's file: its label, and as `columns.Layout` says which columns hold what."""

    __tablename__ = "bank_layout"

    label: Mapped[str] = mapped_column(Text)
    config: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class BankImport(TenantModel):
    """One file. digest: SHA-256 of it; content: the file (base64), until it was taken in; lines: those with incoming money,
    known: of these, what an earlier file had brought; state: checked (nothing booked), queued, imported (as a whole), undone.
    """

    __tablename__ = "bank_import"

    layout_id: Mapped[uuid.UUID]
    filename: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="checked")
    content: Mapped[str | None] = keys.sealed_column("secret")
    lines: Mapped[int] = mapped_column(Integer)
    known: Mapped[int] = mapped_column(Integer)
    settled: Mapped[int] = mapped_column(Integer)
    queued: Mapped[int] = mapped_column(Integer)
    rupiah: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(default=now)
    by_member: Mapped[uuid.UUID | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[uuid.UUID | None]


class BankLine(TenantModel):
    """Money that came in by one line of a file. digest: what makes it this line and no other in this account, the how-manieth
    of equal ones included; words: the bank's text, sealed (payers' names stand in it); why: how it was matched.
    """

    __tablename__ = "bank_line"

    import_id: Mapped[uuid.UUID]
    layout_id: Mapped[uuid.UUID]
    line: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(Text)
    booked_on: Mapped[date] = mapped_column(Date)
    rupiah: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[str] = keys.sealed_column("text")
    reference: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    payment_id: Mapped[uuid.UUID]
