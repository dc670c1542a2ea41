"""Who is asking, as far as this request's host is concerned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

STEPPED_UP = "kode"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, or a region's API client.

    sub: Keycloak's id; tenant_id: the region of this host (on the apex: the operator or ministry the person signed in for,
    None for a citizen); roles: those in exactly that region; member_id: the row of `member`, None for citizens and API
    clients; via: how they proved it; acr: "kode" after the second factor.
    """

    sub: str
    name: str
    email: str
    tenant_id: int | None
    roles: frozenset[str]
    permissions: frozenset[str]
    member_id: UUID | None
    via: Literal["session", "token"]
    acr: str
    auth_at: datetime
    is_service: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether they hold any role in this region; otherwise they are a citizen here."""
        return bool(self.roles)

    @property
    def stepped_up(self) -> bool:
        """Whether the second factor was shown in this sign-in."""
        return self.acr == STEPPED_UP

    def may(self, permission: str) -> bool:
        """Whether a role gives this permission."""
        return permission in self.permissions
