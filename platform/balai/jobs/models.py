"""What a job leaves in its region's own tables."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import Base, TenantModel


class JobReceipt(Base):
    """Committed with what the job wrote: a second run of the same job finds it and does nothing."""

    __tablename__ = "job_receipt"

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now)


class JobFailure(TenantModel):
    """One failed attempt: type of the exception and where it was raised; never its message, which may name people."""

    __tablename__ = "job_failure"

    job_id: Mapped[int] = mapped_column(BigInteger)
    task: Mapped[str]
    attempt: Mapped[int]
    error: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
