"""What a plugin says about itself."""

from dataclasses import dataclass, field
from typing import Any

from balai.contracts.metrics import Metric
from balai.contracts.sectors import Sector, Stage


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One kind of personal data that a plugin holds (row of the ROPA): what, why, on which legal basis, how long."""

    category: str
    purpose: str
    basis: str
    retention_days: int
    table: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that roles carry, `<area>.<verb>`; label is shown on the staff page."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Role:
    """A bundle of permissions, given to members through Keycloak; plugin roles are `<plugin>.<role>`."""

    key: str
    label: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A plugin's passport.

    name is the plugin's one word everywhere (routes, tables, states); needs_api is a range over `balai.api.API_VERSION`
    such as ">=1,<2"; requires are names of other plugins; settings is a JSON Schema of what a region may set; dpia
    demands a recorded impact assessment before the plugin can be switched on.
    """

    name: str
    titles: dict[str, str]
    summary: dict[str, str]
    sector: Sector
    version: str
    needs_api: str
    requires: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    metrics: tuple[Metric, ...] = ()
    dpia: bool = False

    @property
    def stage(self) -> Stage:
        """Stage of the plugin's sector, from the platform's list."""
        return self.sector.stage
