"""What the manager knows about a plugin: what it brought, or why it was kept out."""

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from balai.contracts import (
    Channel,
    Connector,
    Manifest,
    Metric,
    PaymentProvider,
    Permission,
    PersonalData,
    Role,
    Service,
    Task,
)

if TYPE_CHECKING:
    from flask import Blueprint


class PluginFault(Exception):  # noqa: N818 - what is wrong with it, in one sentence for the operator
    """Why a plugin is kept out."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Everything that the `register_*` hooks of one plugin answered, manifest included."""

    blueprints: "tuple[Blueprint, ...]" = ()
    services: tuple[Service, ...] = ()
    permissions: tuple[Permission, ...] = ()
    roles: tuple[Role, ...] = ()
    tasks: tuple[Task, ...] = ()
    metrics: tuple[Metric, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    channels: tuple[Channel, ...] = ()
    payment_providers: tuple[PaymentProvider, ...] = ()
    connectors: tuple[Connector, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """An accepted plugin, or a room of the core (`manifest` None, always on)."""

    name: str
    module: ModuleType | Any
    manifest: Manifest | None
    distribution: str = ""
    brought: Brought = field(default_factory=Brought)

    @property
    def core(self) -> bool:
        """Whether it is a room of the core."""
        return self.manifest is None

    @property
    def folder(self) -> Path | None:
        """Folder of its package: templates, translations and migrations lie there. None for a module without a file."""
        file = getattr(self.module, "__file__", None)
        return Path(file).parent if file else None


@dataclass(frozen=True, slots=True)
class Refused:
    """A plugin that is installed and kept out: named by doctor and in the operator's console."""

    name: str
    distribution: str
    reason: str
