"""Who stands before a case: its reporter, a member of staff with the units they work in, or the system itself."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever reads or acts.

    units, heads: where a member of staff works, and which of them they lead; reporter_index: blind index of a signed-in
    citizen; holds: ids of cases whose link secret this browser has shown.
    """

    kind: Literal["citizen", "staff", "system"]
    member_id: UUID | None = None
    is_admin: bool = False
    permissions: frozenset[str] = frozenset()
    units: frozenset[UUID] = frozenset()
    heads: frozenset[UUID] = frozenset()
    reporter_index: str | None = None
    holds: frozenset[UUID] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Whether a role gives this permission; the system may everything."""
        return self.kind == "system" or permission in self.permissions


SYSTEM: Final = Person("system")
