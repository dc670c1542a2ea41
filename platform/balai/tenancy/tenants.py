"""What a tenant is: one regional government (or the operator, or a ministry) on this deployment."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from balai.contracts import PluginState


@dataclass(frozen=True, slots=True)
class Tenant:
    """One row of `registry.tenant` with its plugin states, as read at the start of a request.

    id: local number (row-level security); key: global UUID (Keycloak alias, audit, exports); region_code: Kemendagri code
    such as "32.73", None for operator and ministries; plugins: only what has ever been switched.
    """

    id: int
    key: uuid.UUID
    slug: str
    kind: Literal["region", "operator", "ministry"]
    region_code: str | None
    name: str
    timezone: str
    status: Literal["onboarding", "active", "suspended"]
    plugins: Mapping[str, PluginState] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        """Alias of its Keycloak organization; never changes (decision 13)."""
        return f"t-{self.key}"

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone: WIB, WITA or WIT."""
        return ZoneInfo(self.timezone)

    @property
    def is_province(self) -> bool:
        """Whether it is a province (code "32") rather than a regency or city ("32.73")."""
        return self.region_code is not None and "." not in self.region_code
