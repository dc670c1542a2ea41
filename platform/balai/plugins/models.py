"""What a region has entered about a plugin: its settings and its impact assessment."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from balai.clock import now
from balai.db import TenantModel


class PluginSetting(TenantModel):
    """One row per plugin that a region has configured.

    values: checked against the manifest's JSON Schema; dpia: number and date of the recorded impact assessment, None without.
    """

    __tablename__ = "plugin_setting"

    plugin: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dpia: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
