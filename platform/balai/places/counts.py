"""People per place and year, and other groups: what a share is measured against. Nothing here is guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from balai.db import TenantSession
from balai.places.models import PlaceCount

PEOPLE: Final = "penduduk"


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, in which year, who says so; example: made up for the demo."""

    size: int
    year: int
    source: str
    example: bool


def save_counts(session: TenantSession, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows (code, subject, year, size, source, example, by_member), each in place of an older one; answers how many."""
    known = {(c.subject, c.code, c.year): c for c in session.scalars(select(PlaceCount))}
    number = 0
    for row in rows:
        found = known.get((row["subject"], row["code"], row["year"]))
        if found is None:
            found = known[row["subject"], row["code"], row["year"]] = PlaceCount()
            session.add(found)
        for name, value in row.items():
            setattr(found, name, value)
        number += 1
    session.flush()
    return number


def latest(session: TenantSession, subject: str, *, until: int) -> dict[str, Count]:
    """The newest count of each place up to a year, by code."""
    query = select(PlaceCount).where(PlaceCount.subject == subject, PlaceCount.year <= until).order_by(PlaceCount.year)
    return {c.code: Count(c.size, c.year, c.source, c.example) for c in session.scalars(query)}


def size_of(session: TenantSession, subject: str, code: str, *, until: int) -> Count | None:
    """The newest count of the whole region, None when nobody entered it."""
    return latest(session, subject, until=until).get(code)
