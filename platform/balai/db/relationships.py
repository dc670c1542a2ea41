"""Relationships over composite keys.

A plain relationship over (tenant_id, x_id) makes SQLAlchemy blank the shared key column at flush; only the foreign() part
may be written (decision 8).
"""

from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import InstrumentedAttribute, foreign, relationship


def tenant_relationship(
    local: type[Any] | str,
    remote: str,
    key: str,
    *,
    back_populates: str | None = None,
    uselist: bool = False,
    **options: Any,
) -> Any:
    """Relationship to `remote` (class name) whose id stands in `key`.

    local: the class that holds `key` (or its name); uselist=True for the other side (rows of `remote` that hold `key`).
    """
    local_name = local if isinstance(local, str) else local.__name__

    def condition() -> Any:
        near, far = _mapped(local_name), _mapped(remote)
        holder, target = (far, near) if uselist else (near, far)
        column: InstrumentedAttribute[Any] = getattr(holder, key)
        return and_(near.tenant_id == far.tenant_id, foreign(column) == target.id)

    return relationship(
        remote,
        primaryjoin=condition,
        back_populates=back_populates,
        uselist=uselist,
        lazy=options.pop("lazy", "raise"),
        **options,
    )


def _mapped(name: str) -> Any:
    from balai.db.base import Base

    for mapper in Base.registry.mappers:
        if mapper.class_.__name__ == name:
            return mapper.class_
    raise LookupError(f"no model named {name}")
